"""A page's life by its creator's hand: what each state allows, what it refuses, and what is told."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, told
from contracts.catalog import CreatorErased, ProductExpired, ProductState, ProductUpdated, ProductWithdrawn
from contracts.pages import (
    FormField,
    PageExpired,
    PageLaunched,
    PagePublished,
    PageState,
    PageStatus,
    PageUpdated,
    PageWithdrawn,
)

from .conftest import DAY, HOUR, PUBLIC_URL, Seller, instant

KINDS: tuple[type[PageState], ...] = (PagePublished, PageUpdated, PageLaunched, PageExpired, PageWithdrawn)


async def everything_told(db: Database) -> list[PageState]:
    return [event for kind in KINDS for event in await told(db, kind)]


async def test_a_draft_is_shown_to_its_creator_and_told_to_nobody(seller: Seller, db: Database) -> None:
    product = await seller.sells()
    answer = await seller.send("POST", "", await seller.wanted(productIds=[str(product.id)]))
    draft = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert (draft["status"], draft["version"], draft["launchAt"]) == ("draft", 1, None)
    assert (draft["productId"], draft["productIds"]) == (str(product.id), [str(product.id)])
    assert draft["url"] == f"{PUBLIC_URL}/p/{draft['shortId']}"
    assert draft["creatorId"] == str(seller.id)
    shown = await seller.send("GET", f"/{draft['id']}")
    assert (shown.json(), shown.headers["etag"]) == (draft, '"1"')
    assert await everything_told(db) == []


async def test_a_page_is_published_once_with_its_whole_state(seller: Seller, db: Database) -> None:
    form = [{"name": "size", "label": "Size", "type": "select", "required": True, "options": ["S", "M"]}]
    says = {"title": "Birds", "accent": "#336699", "formerPriceInCents": 2900}
    page = await seller.announces(
        quantityLimit=5, customization=says, registrationForm=form, afterExpiry={"mode": "message", "message": "Bye"}
    )
    (event,) = await told(db, PagePublished)
    assert (event.id, event.version, event.status) == (UUID(page["id"]), 2, PageStatus.PUBLISHED)
    assert (event.short_id, event.creator_id, event.product_ids) == (page["shortId"], seller.id, [event.product_id])
    assert (event.launch_at, event.expires_at) == (instant(page["launchAt"]), instant(page["expiresAt"]))
    assert (event.is_pre_launch, event.quantity_limit, event.time_zone) == (True, 5, "Europe/Berlin")
    assert event.customization == says
    assert event.registration_form == [FormField.model_validate(form[0])]
    assert (event.after_expiry.mode, event.after_expiry.message) == ("message", "Bye")


async def test_without_a_launch_a_page_launches_as_it_is_published(seller: Seller, db: Database) -> None:
    before = seller.now()
    page = await seller.publishes()
    assert before <= instant(page["launchAt"]) <= seller.now()
    (event,) = await told(db, PagePublished)
    assert (page["isPreLaunch"], event.is_pre_launch) == (False, False)


async def test_a_launch_that_passed_while_it_was_a_draft_is_now(seller: Seller, clock: SettableClock) -> None:
    draft = await seller.drafts(launchAt=(seller.now() + HOUR).isoformat())
    clock.advance(2 * HOUR)
    before = seller.now()
    page = (await seller.send("POST", f"/{draft['id']}/publish")).json()
    assert before <= instant(page["launchAt"]) <= seller.now()


async def test_all_of_a_draft_can_be_changed_and_none_of_it_is_told(seller: Seller, db: Database) -> None:
    draft = await seller.drafts(quantityLimit=3, launchAt=(seller.now() + HOUR).isoformat())
    changes: dict[str, Any] = {
        "productIds": [str((await seller.sells()).id), str((await seller.sells()).id)],
        "launchAt": None,
        "expiresAt": (seller.now() + 2 * DAY).isoformat(),
        "timeZone": "Asia/Tokyo",
        "quantityLimit": None,
        "customization": {"title": "Other"},
        "registrationForm": [
            {"name": "age", "label": "Age", "type": "number", "required": False, "options": []},
        ],
        "afterExpiry": {"mode": "notify_me", "message": ""},
    }
    changed = (await seller.changes(draft, **changes)).json()
    assert instant(changed.pop("expiresAt")) == instant(changes.pop("expiresAt"))
    assert {name: changed[name] for name in changes} == changes
    assert changed["version"] == 2
    assert await everything_told(db) == []


async def test_what_is_not_sent_stays(seller: Seller) -> None:
    draft = await seller.drafts(quantityLimit=3, customization={"title": "Birds"})
    changed = (await seller.changes(draft, timeZone="Asia/Tokyo")).json()
    assert changed == {**draft, "timeZone": "Asia/Tokyo", "version": 2, "updatedAt": changed["updatedAt"]}


async def test_each_change_of_a_published_page_is_told_as_the_next_version(seller: Seller, db: Database) -> None:
    page = await seller.announces()
    sooner = seller.now() + HOUR / 2
    asked: list[dict[str, Any]] = [{"launchAt": sooner.isoformat()}, {"quantityLimit": 9}]
    for version, changes in enumerate(asked, start=3):
        answer = await seller.changes(page, **changes)
        assert (answer.status_code, answer.headers["etag"]) == (200, f'"{version}"')
    moved, capped = await told(db, PageUpdated)
    assert (moved.version, moved.launch_at, moved.is_pre_launch) == (3, sooner, True)
    assert (capped.version, capped.launch_at, capped.quantity_limit) == (4, sooner, 9)


async def test_a_change_names_the_version_it_was_made_from(seller: Seller, db: Database) -> None:
    page = await seller.publishes()
    path = f"/{page['id']}"
    unnamed = await seller.send("PATCH", path, {"quantityLimit": 1})
    assert (unnamed.status_code, unnamed.json()["type"]) == (428, "if-match-required")
    stale = await seller.send("PATCH", path, {"quantityLimit": 1}, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["type"], stale.headers["etag"]) == (412, "stale", '"2"')
    assert await told(db, PageUpdated) == []
    current = await seller.send("PATCH", path, {"quantityLimit": 1}, **{"If-Match": stale.headers["etag"]})
    assert (current.status_code, current.headers["etag"]) == (200, '"3"')


async def test_of_two_changes_at_once_one_is_stale(seller: Seller, db: Database) -> None:
    page = await seller.publishes()
    answers = await asyncio.gather(
        *(seller.send("PATCH", f"/{page['id']}", {"quantityLimit": n}, **{"If-Match": '"2"'}) for n in (1, 2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(await told(db, PageUpdated)) == 1


async def test_a_page_is_extended_to_later_alone(seller: Seller, db: Database) -> None:
    page = await seller.publishes()
    expires_at = instant(page["expiresAt"])
    for sooner in (expires_at, expires_at - HOUR):
        refused = await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": sooner.isoformat()})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/expiresAt")
    assert await told(db, PageUpdated) == []
    later = expires_at + HOUR
    extended = (await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": later.isoformat()})).json()
    assert (instant(extended["expiresAt"]), extended["extensions"], extended["version"]) == (later, 1, 3)
    (event,) = await told(db, PageUpdated)
    assert (event.version, event.expires_at) == (3, later)


async def test_a_withdrawn_page_is_told_once_however_often_it_is_withdrawn(seller: Seller, db: Database) -> None:
    page = await seller.publishes()
    for _ in range(2):
        withdrawn = await seller.withdraws(page)
        assert (withdrawn["status"], withdrawn["version"]) == ("withdrawn", 3)
    (event,) = await told(db, PageWithdrawn)
    assert (event.id, event.version, event.status) == (UUID(page["id"]), 3, PageStatus.WITHDRAWN)


async def test_an_expired_page_can_still_be_withdrawn(seller: Seller, db: Database, clock: SettableClock) -> None:
    page = await seller.publishes()
    clock.set(instant(page["expiresAt"]))
    await seller.withdraws(page)
    assert len(await told(db, PageWithdrawn)) == 1


async def test_a_draft_that_is_deleted_is_gone(seller: Seller, db: Database) -> None:
    draft = await seller.drafts()
    statuses = [(await seller.send("DELETE", f"/{draft['id']}")).status_code for _ in range(2)]
    assert statuses == [204, 404]
    assert (await seller.send("GET", "")).json()["items"] == []
    assert await everything_told(db) == []


LATER = {"expiresAt": "2999-01-01T00:00:00Z"}
REFUSALS = [
    ("draft", "extend", LATER, "not-published"),
    ("draft", "withdraw", None, "not-published"),
    ("pre_launch", "publish", None, "not-a-draft"),
    ("pre_launch", "change", {"launchAt": None}, "already-launched"),
    ("live", "publish", None, "not-a-draft"),
    ("live", "delete", None, "still-published"),
    ("live", "change", LATER, "not-a-draft"),
    ("live", "change", {"productIds": ["own"]}, "not-a-draft"),
    ("live", "change", {"launchAt": "2998-01-01T00:00:00Z"}, "already-launched"),
    ("expired", "publish", None, "not-a-draft"),
    ("expired", "extend", LATER, "page-over"),
    ("expired", "change", {"quantityLimit": 1}, "page-over"),
    ("expired", "delete", None, "still-published"),
    ("withdrawn", "publish", None, "not-a-draft"),
    ("withdrawn", "extend", LATER, "not-published"),
    ("withdrawn", "change", {"quantityLimit": 1}, "not-published"),
    ("withdrawn", "delete", None, "not-a-draft"),
]


@pytest.mark.parametrize(("state", "action", "body", "slug"), REFUSALS)
async def test_what_its_state_does_not_allow_is_refused_and_changes_nothing(
    seller: Seller, db: Database, clock: SettableClock, state: str, action: str, body: dict[str, Any] | None, slug: str
) -> None:
    page = await brought_to(state, seller, clock)
    if body and "productIds" in body:
        body = {"productIds": page["productIds"]}
    before = await everything_told(db)
    refused = await tried(seller, page, action, body)
    assert (refused.status_code, refused.json()["type"]) == (409, slug)
    assert refused.headers["content-type"] == "application/problem+json"
    assert await everything_told(db) == before
    assert (await seller.send("GET", f"/{page['id']}")).json()["version"] == page["version"]


async def brought_to(state: str, seller: Seller, clock: SettableClock) -> dict[str, Any]:
    if state == "draft":
        return await seller.drafts()
    if state == "pre_launch":
        return await seller.announces()
    page = await seller.publishes()
    if state == "withdrawn":
        return await seller.withdraws(page)
    if state == "expired":
        clock.set(instant(page["expiresAt"]))
    return page


async def tried(seller: Seller, page: dict[str, Any], action: str, body: dict[str, Any] | None) -> Any:
    if action == "change":
        return await seller.changes(page, **(body or {}))
    if action == "delete":
        return await seller.send("DELETE", f"/{page['id']}")
    return await seller.send("POST", f"/{page['id']}/{action}", body)


async def test_a_draft_whose_expiry_passed_is_not_published(seller: Seller, clock: SettableClock) -> None:
    draft = await seller.drafts()
    clock.advance(2 * DAY)
    refused = await seller.send("POST", f"/{draft['id']}/publish")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/expiresAt")


@pytest.mark.parametrize("kind", [ProductWithdrawn, ProductExpired])
async def test_what_is_not_for_sale_is_not_published(seller: Seller, db: Database, kind: type[ProductState]) -> None:
    product, other = await seller.sells(), await seller.sells()
    draft = await seller.drafts(productIds=[str(other.id), str(product.id)])
    over = {"is_active": False} if kind is ProductWithdrawn else {"expires_at": seller.now()}
    await seller.hears(kind, product, **over)
    refused = await seller.send("POST", f"/{draft['id']}/publish")
    assert (refused.status_code, refused.json()["type"]) == (409, "product-not-for-sale")
    assert (refused.headers["retry-after"], product.name in refused.json()["detail"]) == ("1", True)
    assert await everything_told(db) == []
    await seller.hears(ProductUpdated, product, version=3, is_active=True, expires_at=None)
    assert (await seller.send("POST", f"/{draft['id']}/publish")).status_code == 200


async def test_a_launch_is_not_moved_to_where_it_would_have_passed(seller: Seller, db: Database) -> None:
    page = await seller.announces()
    for passed in (seller.now() - HOUR, seller.now()):
        refused = await seller.changes(page, launchAt=passed.isoformat())
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/launchAt")
    assert await told(db, PageUpdated) == []


async def test_an_erased_creators_pages_are_gone_with_their_texts(
    seller: Seller, service: Service, db: Database
) -> None:
    draft, live = await seller.drafts(), await seller.publishes(customization={"title": "Ada's birds"})
    withdrawn = await seller.withdraws(await seller.publishes())
    stranger = await seller.stranger().publishes()
    now = seller.now()
    await deliver(service, CreatorErased(id=seller.id, version=2, name="", created_at=now, updated_at=now))
    assert (await seller.send("GET", f"/{draft['id']}")).status_code == 404
    kept = (await seller.send("GET", f"/{live['id']}")).json()
    assert (kept["status"], kept["customization"], kept["version"]) == ("withdrawn", {}, 3)
    assert [str(event.id) for event in await told(db, PageWithdrawn)] == [withdrawn["id"], live["id"]]
    assert stranger["status"] == "published"
    assert len(await told(db, PageWithdrawn)) == 2


async def test_who_was_erased_drafts_nothing_any_more(seller: Seller, service: Service) -> None:
    """With a token that still lasts for minutes."""
    page, wanted, now = await seller.publishes(), await seller.wanted(), seller.now()
    await deliver(service, CreatorErased(id=seller.id, version=2, name="", created_at=now, updated_at=now))
    for path, body in (("", wanted), (f"/{page['id']}/relaunch", None)):
        refused = await seller.send("POST", path, body)
        assert (refused.status_code, refused.json()["type"]) == (401, "unauthorized")
    assert [kept["id"] for kept in (await seller.send("GET", "")).json()["items"]] == [page["id"]]


async def test_a_page_withdrawn_before_its_creator_was_erased_is_told_again_without_its_texts(
    seller: Seller, service: Service, db: Database, clock: SettableClock
) -> None:
    texts = {
        "customization": {"title": "Ada's birds", "thanks": "Ada thanks you"},
        "registrationForm": [{"name": "city", "label": "Ada's question"}],
        "afterExpiry": {"message": "Write to Ada"},
    }
    page = await seller.withdraws(await seller.publishes(**texts))
    clock.advance(HOUR)
    for version in (2, 3):
        now = clock.now()
        await deliver(service, CreatorErased(id=seller.id, version=version, name="", created_at=now, updated_at=now))
    withdrawn, erased = await told(db, PageWithdrawn)
    assert "Ada" not in erased.model_dump_json()
    assert (erased.version, erased.updated_at) == (withdrawn.version + 1, withdrawn.updated_at), "it closed when it did"
    kept = (await seller.send("GET", f"/{page['id']}")).json()
    assert (kept["version"], kept["customization"]) == (erased.version, {})
