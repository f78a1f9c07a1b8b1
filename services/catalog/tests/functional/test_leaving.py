"""A creator takes what is theirs, and leaves nothing behind that names them."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, SettableClock, TestDatabase, deliver, told, until_somebody_waits_for
from contracts.catalog import CreatorErased, ProductUpdated, ProductWithdrawn
from contracts.checkout import OrderPaid
from sqlalchemy import text

from .actors import (
    NAME,
    PASSWORD,
    Browser,
    a_page_event,
    a_pdf,
    a_png,
    a_product,
    an_order_event,
    an_upload,
    signed_in,
    uploaded,
)

A_BOOK = {"name": "B", "priceInCents": 0, "currency": "EUR"}
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
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
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
    assert (await creator.ask("POST", "/v1/products", A_BOOK)).status_code == 404


async def sweep(service: Service, *names: str) -> None:
    for name in names:
        await next(job for job in service.jobs if job.name == name).run(service.db)


async def at_store(service: Service, *files: dict[str, Any]) -> list[bool]:
    return [await service.state["objects"].exists(file["storageKey"]) for file in files]


async def pay_for(service: Service, product: dict[str, Any]) -> None:
    order = an_order_event(a_page_event(product["creatorId"], product["id"]))
    await deliver(service, OrderPaid(**order, token_hash="0" * 64, link_generation=1))


async def erase(creator: Browser) -> None:
    path = "/v1/creators/me?evenThoughLive=true"
    assert (await creator.ask("DELETE", path, {"password": PASSWORD})).status_code == 204


async def test_what_an_erased_creator_never_sold_is_forgotten_with_its_files(
    service: Service, creator: Browser, clock: SettableClock, catalog_database: TestDatabase
) -> None:
    sold = await a_product(creator, name="Sold", description="To somebody")
    draft = await a_product(creator, name="Diary", description="Of Ada")
    unsold = await a_product(creator, name="Shelved", description="By Ada")
    picture = {"fileName": "Diary.png", "fileType": "image/png", "kind": "preview"}
    files = [
        await uploaded(creator, sold["id"], fileName="Sold.pdf"),
        await uploaded(creator, unsold["id"], fileName="Shelved.pdf"),
        await uploaded(creator, draft["id"], a_png((30, 10)), **picture),
    ]
    begun = await an_upload(creator, sold["id"], a_pdf(), fileName="Begun.pdf")
    await pay_for(service, sold)
    assert await at_store(service, *files) == [True, True, True]
    await erase(creator)
    await sweep(service, "forget-unsold", "clear-uploads")
    kept = await everything_kept(catalog_database)
    assert ("Diary" in kept, "Of Ada" in kept) == (False, False)
    assert ("Shelved" in kept, "Sold" in kept) == (True, True)
    assert await at_store(service, *files) == [True, True, False]
    async with httpx.AsyncClient(timeout=PATIENCE) as store:
        late = await store.put(begun.opened["parts"][0]["url"], content=begun.content)
    assert late.status_code == 404
    clock.advance(timedelta(days=30))
    await sweep(service, "forget-unsold", "clear-uploads")
    kept = await everything_kept(catalog_database)
    assert ("Shelved" in kept, "By Ada" in kept, "Sold" in kept) == (False, False, True)
    assert await at_store(service, *files) == [True, False, False]
    [forgotten] = [one for one in await told(service.db, ProductUpdated) if str(one.id) == unsold["id"]]
    assert (forgotten.name, forgotten.description, forgotten.file, forgotten.is_active) == ("", "", None, False)


async def test_who_is_erased_meanwhile_makes_no_product(service: Service, creator: Browser) -> None:
    async with service.db.transaction() as tx:
        await tx.session.execute(text("SELECT FROM creators FOR UPDATE"))
        making = asyncio.create_task(creator.ask("POST", "/v1/products", A_BOOK))
        await until_somebody_waits_for(tx)
        await tx.session.execute(text("UPDATE creators SET erased_at = now()"))
    assert (await making).status_code == 404


async def test_what_is_paid_for_after_its_creator_was_erased_stays(
    service: Service, creator: Browser, clock: SettableClock
) -> None:
    product = await a_product(creator)
    file = await uploaded(creator, product["id"])
    await erase(creator)
    await pay_for(service, product)
    clock.advance(timedelta(days=30))
    await sweep(service, "forget-unsold", "clear-uploads")
    assert await at_store(service, file) == [True]
    assert await told(service.db, ProductUpdated) == []


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
