"""The gateway of leads."""

from leads.http import creators, html, public

ROUTERS = [html.router, public.router, creators.router]
