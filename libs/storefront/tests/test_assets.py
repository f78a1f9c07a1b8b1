"""Static files: one name a content, kept for ever, and few bytes."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import storefront
from storefront import Storefront
from storefront.assets import Assets

STATIC = Path(storefront.__file__).parent / "static"
SCRIPTS = sorted(path.name for path in STATIC.glob("*.js"))


@pytest.fixture
async def client(shop: Storefront) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=shop.static)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


def served_name(name: str) -> str:
    return Assets("").url(name)


@pytest.mark.parametrize("name", [*SCRIPTS, "storefront.css", "icon.svg"])
async def test_a_file_is_served_for_ever_under_the_name_of_its_content(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(served_name(name))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].split(";")[0] in {"text/javascript", "text/css", "image/svg+xml"}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_script_imports_by_served_names(client: httpx.AsyncClient, name: str) -> None:
    script = (await client.get(served_name(name))).text
    for imported in re.findall(r'from "\./([^"]+)"', script):
        assert (await client.get("/" + imported)).headers["cache-control"].endswith("immutable")


async def test_a_name_of_another_release_gets_todays_file_but_not_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/times-0123456789.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["nothing.css", "accent-red.css", "accent-12345g.css", "..%2fassets.py", "times.js", "%00"]
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/{name}")).status_code == 404


async def test_an_accent_is_a_stylesheet_of_its_own(client: httpx.AsyncClient) -> None:
    answer = await client.get("/accent-c2410c.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "--accent:light-dark(#c2410c,#c2410c);" in answer.text


def test_the_stylesheet_is_small() -> None:
    assert (STATIC / "storefront.css").stat().st_size < 13_000


def test_the_house_accent_needs_no_stylesheet_of_its_own() -> None:
    assets = Assets("/api/shop/assets")
    assert assets.accent_url(None) is None
    assert assets.accent_url("#0B6B57") is None
    assert assets.accent_url("expression(1)") is None
    assert assets.accent_url("#C2410C") == "/api/shop/assets/accent-c2410c.css"
