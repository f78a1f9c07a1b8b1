"""The gateway of leads."""

from leads.http import creators, html, keys, public

ROUTERS = [html.router, public.router, keys.router, creators.router]
