"""Templates to responses."""

from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from stripe_sandbox.currencies import shown

_HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-frame-options": "DENY"}


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


_environment = Environment(
    loader=PackageLoader("stripe_sandbox.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["money"] = shown
_environment.filters["moment"] = _moment


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template of this package."""
    return HTMLResponse(_environment.get_template(template).render(**values), status, _HEADERS)
