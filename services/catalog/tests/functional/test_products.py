"""Products: their life, and who may see them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from chassis.lifecycle import Service
from chassis.testing import SettableClock, told
from contracts.catalog import ProductExpired, ProductPublished, ProductUpdated, ProductWithdrawn

from .actors import Browser, a_product, signed_in, uploaded


async def test_a_new_product_is_a_draft_that_nobody_is_told_of(service: Service, creator: Browser) -> None:
    product = await a_product(creator)
    me = (await creator.ask("GET", "/v1/creators/me")).json()
    assert (product["status"], product["isActive"], product["file"]) == ("draft", False, None)
    assert (product["creatorId"], product["attemptsAllowed"], product["accessDays"]) == (me["id"], 5, 7)
    assert await told(service.db, ProductPublished) == []


async def test_a_change_needs_the_version_it_was_made_to_and_is_told(service: Service, creator: Browser) -> None:
    product = await a_product(creator)
    path = f"/v1/products/{product['id']}"
    seen = (await creator.ask("GET", path)).headers["etag"]
    unsaid = await creator.ask("PATCH", path, {"name": "B"})
    changed = await creator.ask("PATCH", path, {"name": "B", "priceInCents": 0}, If_Match=seen)
    stale = await creator.ask("PATCH", path, {"name": "C"}, If_Match=seen)
    assert [unsaid.status_code, changed.status_code, stale.status_code] == [428, 200, 412]
    assert (changed.json()["name"], changed.json()["priceInCents"]) == ("B", 0)
    [event] = await told(service.db, ProductUpdated)
    assert (event.name, event.price_in_cents, event.version) == ("B", 0, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 255),
        ("name", "nul\x00"),
        ("description", "nul\x00"),
        ("priceInCents", -1),
        ("priceInCents", 49),
        ("priceInCents", 100_000_000),
        ("priceInCents", "9.99"),
        ("currency", "eur"),
        ("currency", "XXX"),
        ("expiresAt", "2020-01-01T00:00:00Z"),
        ("expiresAt", "2999-01-01T00:00:00"),
        ("attemptsAllowed", 0),
        ("accessDays", 0),
        ("creatorId", "x"),
    ],
)
async def test_a_product_that_cannot_be_accepted_names_its_field(creator: Browser, field: str, value: Any) -> None:
    wanted = {"name": "A book", "priceInCents": 900, "currency": "EUR", field: value}
    product = await a_product(creator)
    made = await creator.ask("POST", "/v1/products", wanted)
    changed = await creator.ask("PATCH", f"/v1/products/{product['id']}", {field: value}, If_Match='"1"')
    for answer in (made, changed):
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["pointer"] == f"#/{field}"


async def test_a_price_is_judged_together_with_its_currency(creator: Browser) -> None:
    product = await a_product(creator, priceInCents=50, currency="EUR")
    answer = await creator.ask("PATCH", f"/v1/products/{product['id']}", {"currency": "NOK"}, If_Match='"1"')
    assert answer.json()["errors"][0]["pointer"] == "#/priceInCents"


async def test_a_product_is_withdrawn_for_ever_and_told_once(service: Service, creator: Browser) -> None:
    product = await a_product(creator)
    path = f"/v1/products/{product['id']}"
    assert [(await creator.ask("DELETE", path)).status_code for _ in range(2)] == [204, 204]
    [event] = await told(service.db, ProductWithdrawn)
    assert (event.is_active, event.version) == (False, 2)
    shown = (await creator.ask("GET", path)).json()
    assert shown["status"] == "withdrawn"
    changed = await creator.ask("PATCH", path, {"name": "B"}, If_Match="*")
    assert (changed.status_code, changed.json()["type"]) == (409, "product-withdrawn")


async def test_a_list_goes_on_at_its_cursor_newest_first(creator: Browser) -> None:
    made = [(await a_product(creator, name=f"Book {number}"))["id"] for number in range(5)]
    first = (await creator.ask("GET", "/v1/products?limit=3")).json()
    rest = (await creator.ask("GET", f"/v1/products?limit=3&cursor={first['nextCursor']}")).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]
    assert rest["nextCursor"] is None


async def test_a_list_is_filtered_by_status_and_name(creator: Browser) -> None:
    draft = await a_product(creator, name="100% Wool")
    withdrawn = await a_product(creator, name="Wool, 2nd ed.")
    published = await a_product(creator, name="Silk")
    await creator.ask("DELETE", f"/v1/products/{withdrawn['id']}")
    await uploaded(creator, published["id"])

    async def found(query: str) -> list[str]:
        return [item["id"] for item in (await creator.ask("GET", f"/v1/products?{query}")).json()["items"]]

    assert await found("status=draft") == [draft["id"]]
    assert await found("status=withdrawn") == [withdrawn["id"]]
    assert await found("status=published") == [published["id"]]
    assert await found("status=expired") == []
    assert await found("name=wool") == [withdrawn["id"], draft["id"]]
    assert await found("name=0%25 w") == [draft["id"]]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=!", "status=odd", "name=%00"])
async def test_a_list_that_cannot_be_asked_for_so_names_its_parameter(creator: Browser, query: str) -> None:
    answer = await creator.ask("GET", f"/v1/products?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == query.split("=")[0]


async def test_another_creators_product_is_as_one_that_is_missing(
    creator: Browser, visit: Callable[[], Browser]
) -> None:
    path = f"/v1/products/{(await a_product(creator))['id']}"
    other = await signed_in(visit(), "charles@example.com")
    upload = {"fileName": "a.txt", "fileType": "text/plain", "fileSizeBytes": 1}
    answers = [
        await other.ask("GET", path),
        await other.ask("PATCH", path, {"name": "Mine"}, If_Match="*"),
        await other.ask("DELETE", path),
        await other.ask("POST", f"{path}/file-uploads", upload),
        await other.ask("GET", "/v1/products/00000000-0000-0000-0000-000000000000"),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(404, "not-found")}
    assert (await other.ask("GET", "/v1/products")).json()["items"] == []


async def _sweep(service: Service) -> datetime | None:
    job = next(job for job in service.jobs if job.name == "announce-expiries")
    return await job.run(service.db)


async def test_a_product_expires_at_its_instant_whether_announced_or_not(
    service: Service, creator: Browser, clock: SettableClock
) -> None:
    instant = clock.now() + timedelta(minutes=5)
    product = await a_product(creator, expiresAt=instant.isoformat())
    await uploaded(creator, product["id"])
    assert await _sweep(service) == instant
    clock.set(instant)
    shown = (await creator.ask("GET", f"/v1/products/{product['id']}")).json()
    assert (shown["status"], shown["isActive"]) == ("expired", False)
    assert await told(service.db, ProductExpired) == []
    assert [await _sweep(service) for _ in range(2)] == [None, None]
    [event] = await told(service.db, ProductExpired)
    assert (str(event.id), event.is_active) == (product["id"], False)


async def test_a_later_expiry_brings_a_product_back_and_is_announced_in_turn(
    service: Service, creator: Browser, clock: SettableClock
) -> None:
    product = await a_product(creator, expiresAt=(clock.now() + timedelta(minutes=5)).isoformat())
    await uploaded(creator, product["id"])
    clock.advance(timedelta(minutes=6))
    await _sweep(service)
    later = (clock.now() + timedelta(minutes=5)).isoformat()
    back = await creator.ask("PATCH", f"/v1/products/{product['id']}", {"expiresAt": later}, If_Match="*")
    assert back.json()["isActive"]
    clock.advance(timedelta(minutes=6))
    await _sweep(service)
    assert len(await told(service.db, ProductExpired)) == 2


async def test_one_answer_under_one_idempotency_key(service: Service, creator: Browser) -> None:
    wanted = {"name": "A book", "priceInCents": 900, "currency": "EUR"}
    first = await creator.ask("POST", "/v1/products", wanted, Idempotency_Key="k")
    again = await creator.ask("POST", "/v1/products", wanted, Idempotency_Key="k")
    other = await creator.ask("POST", "/v1/products", {**wanted, "name": "B"}, Idempotency_Key="k")
    assert first.json() == again.json()
    assert other.status_code == 422


async def test_buyers_may_be_left_to_name_their_price_and_links_be_bound(service: Service, creator: Browser) -> None:
    chosen = {"pricing": "pay_what_you_want", "priceInCents": 500, "suggestedPriceInCents": 1500}
    product = await a_product(creator, **chosen, addressBinding="network")
    assert chosen.items() <= product.items()
    await uploaded(creator, product["id"])
    [event] = await told(service.db, ProductPublished)
    assert (event.pricing, event.suggested_price_in_cents, event.address_binding) == (
        "pay_what_you_want",
        1500,
        "network",
    )


@pytest.mark.parametrize(
    "prices",
    [
        {"suggestedPriceInCents": 2900},
        {"pricing": "pay_what_you_want", "suggestedPriceInCents": 1899},
        {"pricing": "pay_what_you_want", "currency": "ISK", "priceInCents": 100, "suggestedPriceInCents": 150},
    ],
)
async def test_a_suggested_price_that_makes_no_sense_is_named(creator: Browser, prices: dict[str, Any]) -> None:
    body = {"name": "A", "priceInCents": 1900, "currency": "EUR", **prices}
    answer = await creator.ask("POST", "/v1/products", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/suggestedPriceInCents")


async def test_a_suggested_price_leaves_with_what_it_was_suggested_for(creator: Browser) -> None:
    product = await a_product(creator, pricing="pay_what_you_want", suggestedPriceInCents=2900)
    path = f"/v1/products/{product['id']}"
    kept = await creator.ask("PATCH", path, {"pricing": "fixed"}, If_Match="*")
    assert (kept.status_code, kept.json()["errors"][0]["pointer"]) == (422, "#/suggestedPriceInCents")
    changes = {"pricing": "fixed", "suggestedPriceInCents": None}
    assert (await creator.ask("PATCH", path, changes, If_Match="*")).status_code == 200
