"""Delivery's gateway."""

from delivery.http import creators, downloads, evidence

ROUTERS = [downloads.router, creators.router, evidence.router]
