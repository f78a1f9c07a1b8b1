"""Delivery's gateway."""

from delivery.http import creators, downloads

ROUTERS = [downloads.router, creators.router]
