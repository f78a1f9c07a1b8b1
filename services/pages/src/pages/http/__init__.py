"""Pages's gateway."""

from pages.http import creators, html, public, streams

ROUTERS = [creators.router, public.router, streams.router, html.router]
