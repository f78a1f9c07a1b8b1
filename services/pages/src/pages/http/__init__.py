"""Pages's gateway."""

from pages.http import creators, embedding, html, pictures, public, schemas, streams

ROUTERS = [module.router for module in (creators, public, streams, schemas, html, embedding, pictures)]
