"""Pages's gateway."""

from pages.http import creators, html, public, schemas, streams

ROUTERS = [creators.router, public.router, streams.router, schemas.router, html.router]
