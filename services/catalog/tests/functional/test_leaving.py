"""A creator takes what is theirs, and leaves nothing behind that names them."""

import asyncpg
import httpx
import pytest
from chassis.lifecycle import Service
from chassis.testing import TestDatabase, told
from contracts.catalog import CreatorErased, ProductWithdrawn

from .actors import NAME, PASSWORD, Browser, a_product, signed_in, uploaded

EMAIL = "ada@example.com"


async def everything_kept(database: TestDatabase) -> str:
    """Every row of every table, as text; but what was told, which goes a week after it was sent."""
    connection = await asyncpg.connect(database.owner_url)
    tables = await connection.fetch(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'outbox'"
    )
    rows = [await connection.fetch(f"SELECT t::text FROM {table['name']} t") for table in tables]
    await connection.close()
    return "\n".join(row[0] for table in rows for row in table)


async def test_an_export_holds_the_account_the_products_and_their_files(creator: Browser) -> None:
    product = await a_product(creator)
    file = await uploaded(creator, product["id"], content := b"%PDF-1.7 a book")
    found = (await creator.ask("GET", "/v1/creators/me/export")).json()
    assert found["creator"]["email"] == EMAIL
    assert [one["id"] for one in found["products"]] == [product["id"]]
    assert [(one["id"], one["sha256"]) for one in found["files"]] == [(file["id"], file["sha256"])]
    assert [(one["kind"], one["state"]) for one in found["uploads"]] == [("original", "completed")]
    assert [one["endedAt"] for one in found["sessions"]] == [None]
    assert (found["apiKeys"], found["creator"]["stripeAccount"]) == ([], None)
    async with httpx.AsyncClient() as client:
        assert (await client.get(found["files"][0]["url"])).content == content


async def test_an_erased_creator_is_nowhere_and_sells_nothing(
    service: Service, creator: Browser, catalog_database: TestDatabase
) -> None:
    me = (await creator.ask("GET", "/v1/creators/me")).json()
    product = await a_product(creator)
    await uploaded(creator, product["id"])
    assert EMAIL in await everything_kept(catalog_database)
    assert (await creator.ask("DELETE", "/v1/creators/me", {"password": PASSWORD})).status_code == 204
    kept = await everything_kept(catalog_database)
    assert EMAIL not in kept
    assert NAME not in kept
    assert [one.is_active for one in await told(service.db, ProductWithdrawn)] == [False]
    [erased] = await told(service.db, CreatorErased)
    assert (str(erased.id), erased.name, erased.version) == (me["id"], "", me["version"] + 1)
    assert (await creator.ask("GET", "/v1/creators/me")).status_code == 404
    another = {"name": "B", "priceInCents": 0, "currency": "EUR"}
    assert (await creator.ask("POST", "/v1/products", another)).status_code == 404


async def test_an_erased_creators_sessions_end_and_the_address_is_free(creator: Browser, visitor: Browser) -> None:
    await creator.ask("DELETE", "/v1/creators/me", {"password": PASSWORD})
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 401
    assert (await visitor.ask("POST", "/v1/sessions", {"email": EMAIL, "password": PASSWORD})).status_code == 401
    await signed_in(visitor, EMAIL)


async def test_what_is_left_of_an_erased_creator_is_an_unknown_address(creator: Browser, visitor: Browser) -> None:
    me = (await creator.ask("GET", "/v1/creators/me")).json()
    await creator.ask("DELETE", "/v1/creators/me", {"password": PASSWORD})
    tried = [f"{me['id']}@erased.invalid", "nobody@erased.invalid"]
    erased, unknown = [await visitor.ask("POST", "/v1/sessions", {"email": email, "password": "!"}) for email in tried]
    assert erased.status_code == unknown.status_code == 401
    assert erased.json()["type"] == unknown.json()["type"]


@pytest.mark.parametrize("password", ["wrong password", PASSWORD + " "])
async def test_another_password_erases_nothing(creator: Browser, password: str) -> None:
    refused = await creator.ask("DELETE", "/v1/creators/me", {"password": password})
    assert (refused.status_code, refused.json()["type"]) == (403, "wrong-password")
    assert refused.json()["errors"][0]["pointer"] == "#/password"
    assert (await creator.ask("GET", "/v1/creators/me")).status_code == 200
