"""The gateway of leads."""

from leads.http import creators, early_access, html, keys, public

ROUTERS = [html.router, public.router, keys.router, creators.router, early_access.router]
