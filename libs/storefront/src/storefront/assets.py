"""Stylesheet, scripts and accents under names that change with their content, so that caches may keep them for ever."""

import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from storefront.accent import DEFAULT_ACCENT, is_colour, stylesheet

_STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'(\bfrom\s+"|\bimport\s+")\./([\w-]+\.js)"')
_HASHED = re.compile(r"([a-z_]+)-[0-9a-f]{10}(\.\w+)")
_ACCENT = re.compile(r"accent-([0-9a-f]{6})\.css")

_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_KEPT = "no-cache"
_ONE_DAY = "public, max-age=86400"


class Assets:
    """The files of `static/`, addressed under `prefix` (a path, without a trailing slash)."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._hashed = _hashed_names()
        self._content = {hashed: _content(name) for name, hashed in self._hashed.items()}
        compressed = Middleware(GZipMiddleware, minimum_size=500)
        self.app = Starlette(routes=[Route("/{name}", self._serve)], middleware=[compressed])

    def url(self, name: str) -> str:
        """Where `name`, e.g. `times.js`, is served (KeyError if it is not)."""
        return f"{self._prefix}/{self._hashed[name]}"

    def accent_url(self, colour: str | None) -> str | None:
        """The stylesheet of an accent other than the default; None when the default does."""
        if colour is None or not is_colour(colour) or colour.lower() == DEFAULT_ACCENT:
            return None
        return f"{self._prefix}/accent-{colour[1:].lower()}.css"

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name in self._content:
            return _answer(name, self._content[name], _FOR_EVER)
        if match := _ACCENT.fullmatch(name):
            return _answer(name, stylesheet("#" + match[1]).encode(), _ONE_DAY)
        return self._todays(name)

    def _todays(self, name: str) -> Response:
        """A page rendered by another release asks for that one's name: it gets this one's file, kept by nobody."""
        match = _HASHED.fullmatch(name)
        hashed = self._hashed.get(match[1] + match[2]) if match else None
        if hashed is None:
            return Response("There is no such file.", status_code=404, media_type="text/plain")
        return _answer(hashed, self._content[hashed], _NOT_KEPT)


def _answer(name: str, content: bytes, cache_control: str) -> Response:
    media_type = mimetypes.guess_type(name)[0]
    headers = {
        "Cache-Control": cache_control,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


@lru_cache
def _hashed_names() -> dict[str, str]:
    return {path.name: _hashed_name(path.name) for path in _STATIC.iterdir() if path.is_file()}


def _hashed_name(name: str) -> str:
    stem, _, suffix = name.partition(".")
    return f"{stem}-{hashlib.sha256(_content(name)).hexdigest()[:10]}.{suffix}"


@lru_cache
def _content(name: str) -> bytes:
    """The file as it is served: a script's imports by their hashed names, the stylesheet with the default accent."""
    content = (_STATIC / name).read_bytes()
    if name.endswith(".js"):
        return _IMPORT.sub(lambda found: f'{found[1]}./{_hashed_name(found[2])}"', content.decode()).encode()
    return stylesheet(DEFAULT_ACCENT).encode() + content if name.endswith(".css") else content
