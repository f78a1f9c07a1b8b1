"""Pages's gateway."""

from pages.http import creators, embedding, figures, html, pictures, public, schemas, streams

ROUTERS = [module.router for module in (creators, figures, public, streams, schemas, html, embedding, pictures)]
