"""What is on sale is taken away on purpose alone."""

from datetime import timedelta
from typing import Any

import pytest
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, told
from contracts.catalog import CreatorErased, ProductFileReplaced, ProductWithdrawn
from contracts.pages import PageExpired, PagePublished, PageStatus, PageWithdrawn

from .actors import PASSWORD, Browser, a_page_event, a_pdf, a_product, an_upload, uploaded

KNOWING = "?evenThoughLive=true"


@pytest.fixture
async def product(creator: Browser) -> dict[str, Any]:
    made = await a_product(creator)
    await uploaded(creator, made["id"])
    found: dict[str, Any] = (await creator.ask("GET", f"/v1/products/{made['id']}")).json()
    return found


@pytest.fixture
async def page(service: Service, product: dict[str, Any]) -> dict[str, Any]:
    """Live, as far as catalog has heard."""
    told_of = a_page_event(product["creatorId"], product["id"])
    await deliver(service, PagePublished(**told_of))
    return told_of


async def test_a_product_on_a_live_page_is_withdrawn_only_by_who_knows(
    service: Service, creator: Browser, product: dict[str, Any], page: dict[str, Any]
) -> None:
    path = f"/v1/products/{product['id']}"
    refused = await creator.ask("DELETE", path)
    assert (refused.status_code, refused.json()["type"]) == (409, "product-on-live-pages")
    [named] = refused.json()["pages"]
    assert named == {
        "id": str(page["id"]),
        "shortId": page["short_id"],
        "title": "Light",
        "expiresAt": page["expires_at"].isoformat(),
    }
    assert await told(service.db, ProductWithdrawn) == []
    assert (await creator.ask("DELETE", path + KNOWING)).status_code == 204
    assert (await creator.ask("DELETE", path)).status_code == 204


async def test_pages_that_have_closed_or_sell_something_else_do_not_matter(
    service: Service, creator: Browser, product: dict[str, Any], page: dict[str, Any], clock: SettableClock
) -> None:
    other = await a_product(creator)
    assert (await creator.ask("DELETE", f"/v1/products/{other['id']}")).status_code == 204
    withdrawn = {**page, "version": 3, "status": PageStatus.WITHDRAWN}
    await deliver(service, PageWithdrawn(**withdrawn))
    await deliver(service, PagePublished(**page))
    assert (await creator.ask("DELETE", f"/v1/products/{product['id']}")).status_code == 204


async def test_from_the_instant_of_its_expiry_a_page_does_not_matter_whether_that_was_told_or_not(
    creator: Browser, product: dict[str, Any], page: dict[str, Any], clock: SettableClock
) -> None:
    clock.set(page["expires_at"])
    session = await creator.ask("POST", "/v1/sessions", {"email": "ada@example.com", "password": PASSWORD})
    creator.headers["Authorization"] = f"Bearer {session.json()['accessToken']}"
    assert (await creator.ask("DELETE", f"/v1/products/{product['id']}")).status_code == 204


async def test_an_expiry_is_not_brought_forward_to_before_a_pages(
    creator: Browser, product: dict[str, Any], page: dict[str, Any]
) -> None:
    path, current = f"/v1/products/{product['id']}", {"If_Match": "*"}
    before, after = (page["expires_at"] + timedelta(minutes=by) for by in (-1, 1))
    assert (await creator.ask("PATCH", path, {"expiresAt": after.isoformat()}, **current)).status_code == 200
    refused = await creator.ask("PATCH", path, {"expiresAt": before.isoformat()}, **current)
    assert (refused.status_code, refused.json()["type"]) == (409, "product-on-live-pages")
    assert (await creator.ask("PATCH", path, {"priceInCents": 100}, **current)).status_code == 200
    assert (await creator.ask("PATCH", path, {"expiresAt": None}, **current)).status_code == 200
    knowing = await creator.ask("PATCH", path + KNOWING, {"expiresAt": before.isoformat()}, **current)
    assert knowing.status_code == 200


async def test_a_file_on_sale_is_replaced_only_by_who_knows(
    service: Service, creator: Browser, product: dict[str, Any], page: dict[str, Any]
) -> None:
    path = f"/v1/products/{product['id']}/file-uploads"
    announced = {"fileName": "b.pdf", "fileType": "application/pdf", "fileSizeBytes": 9, "kind": "original"}
    refused = await creator.ask("POST", path, announced)
    assert (refused.status_code, refused.json()["type"]) == (409, "product-on-live-pages")
    picture = {"fileName": "b.png", "fileType": "image/png", "fileSizeBytes": 9, "kind": "preview"}
    assert (await creator.ask("POST", path, picture)).status_code == 201
    assert (await creator.ask("POST", path + KNOWING, announced)).status_code == 201
    assert await told(service.db, ProductFileReplaced) == []


async def test_a_page_that_goes_on_sale_while_a_file_is_sent_is_asked_about_at_its_end(
    service: Service, creator: Browser, product: dict[str, Any]
) -> None:
    upload = await an_upload(creator, product["id"], a_pdf())
    await upload.send()
    await deliver(service, PagePublished(**a_page_event(product["creatorId"], product["id"])))
    refused = await upload.complete()
    assert (refused.status_code, refused.json()["type"]) == (409, "product-on-live-pages")
    assert (await upload.complete(query=KNOWING)).status_code == 200
    assert len(await told(service.db, ProductFileReplaced)) == 1


async def test_a_creator_with_live_pages_leaves_only_when_they_know(
    service: Service, creator: Browser, page: dict[str, Any]
) -> None:
    refused = await creator.ask("DELETE", "/v1/creators/me", {"password": PASSWORD})
    assert (refused.status_code, refused.json()["type"]) == (409, "creator-has-live-pages")
    assert [named["shortId"] for named in refused.json()["pages"]] == [page["short_id"]]
    assert await told(service.db, CreatorErased) == []
    wrong = await creator.ask("DELETE", "/v1/creators/me", {"password": "not this one"})
    assert wrong.status_code == 403
    knowing = await creator.ask("DELETE", "/v1/creators/me" + KNOWING, {"password": PASSWORD})
    assert knowing.status_code == 204


async def test_a_creator_whose_pages_have_closed_leaves_at_once(
    service: Service, creator: Browser, page: dict[str, Any]
) -> None:
    await deliver(service, PageExpired(**{**page, "version": 3, "expires_at": page["launch_at"]}))
    assert (await creator.ask("DELETE", "/v1/creators/me", {"password": PASSWORD})).status_code == 204
