"""The evidence of a dispute: gathered here, taken by Stripe once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from chassis.clock import new_id
from chassis.testing import deliver, sign_in
from checkout import store
from checkout.models import AccessKind
from contracts.delivery import DownloadAttempted, DownloadGranted, DownloadOutcome

from .shop import Json, Page, Shop


async def disputed(shop: Shop, page: Page, *, downloads: int = 2) -> tuple[UUID, Json]:
    """A disputed order with as many downloads, and its dispute as the creator sees it."""
    order_id = await shop.paid_order_on(page)
    now = shop.clock.now()
    grant: dict[str, Any] = {
        "id": new_id(), "version": 1, "order_id": order_id, "creator_id": page.creator_id,
        "product_id": page.product_id, "file_id": new_id(), "attempts_allowed": 5, "attempts_used": 0,
        "expires_at": now + timedelta(days=7),
    }  # fmt: skip
    await deliver(shop.service, DownloadGranted(**grant))
    for number in range(downloads):
        more = {"version": number + 2, "attempt_id": new_id(), "at": now + timedelta(minutes=number + 1)}
        told_now = {**grant, **more, "outcome": DownloadOutcome.GRANTED, "user_agent_family": "Firefox"}
        await deliver(shop.service, DownloadAttempted(**told_now))
    await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/dispute")
    await shop.hear_all(order_id)
    listed = await shop.client.get(f"/v1/disputes?order={order_id}", headers=sign_in(page.creator_id))
    (dispute,) = listed.json()["items"]
    return order_id, dispute


async def answer(shop: Shop, page: Page, dispute: Json, **body: Any) -> httpx.Response:
    path = f"/v1/disputes/{dispute['id']}/evidence"
    return await shop.client.post(path, json=body, headers=sign_in(page.creator_id))


async def at_stripe(shop: Shop, order_id: UUID) -> Json:
    payment = (await shop.order(order_id)).payment_id
    (seen,) = (await shop.at_stripe("/v1/disputes", payment_intent=payment))["data"]
    result: Json = seen
    return result


async def test_evidence_says_who_downloaded_what_and_when(shop: Shop) -> None:
    page = await shop.page()
    order_id, dispute = await disputed(shop, page)
    submitted = await answer(shop, page, dispute, explanation="The buyer wrote to thank me.")
    assert submitted.status_code == 200, submitted.text
    seen = await at_stripe(shop, order_id)
    assert seen["status"] == "under_review"
    log = [line.split("  ", 1)[1] for line in seen["evidence"]["access_activity_log"].splitlines()]
    assert log == ["access granted", "downloaded  (Firefox)", "downloaded  (Firefox)"]
    assert seen["evidence"]["customer_email_address"] == "buyer@example.test"
    assert seen["evidence"]["uncategorized_text"] == "The buyer wrote to thank me."
    file = await shop.stripe.get(f"/v1/files/{seen['evidence']['service_documentation']}/contents")
    assert file.content.startswith(b"%PDF")


async def test_evidence_is_submitted_once(shop: Shop) -> None:
    page = await shop.page()
    _, dispute = await disputed(shop, page)
    assert (await answer(shop, page, dispute, submit=False)).json()["dispute"]["evidenceSubmittedAt"] is None
    assert (await answer(shop, page, dispute)).status_code == 200
    assert (await answer(shop, page, dispute)).json()["type"] == "evidence-submitted"


async def test_evidence_of_many_downloads_stays_in_the_banks_limits(shop: Shop) -> None:
    page = await shop.page()
    order_id, dispute = await disputed(shop, page, downloads=120)
    assert (await answer(shop, page, dispute, explanation="x" * 10_000)).status_code == 200
    assert "21 more, left out here" in (await at_stripe(shop, order_id))["evidence"]["access_activity_log"]


async def test_of_very_many_downloads_no_more_are_read_than_are_shown(shop: Shop) -> None:
    order_id, _ = await disputed(shop, await shop.page(), downloads=30)
    async with shop.db.reading() as session:
        log = await store.access_of(session, order_id, 10)
    assert (len(log.first), len(log.last), log.total) == (10, 10, 31)
    assert log.first[0].kind is AccessKind.GRANTED
    assert log.first[-1].at < log.last[0].at < log.last[-1].at


async def test_what_is_set_anew_while_it_is_taken_back_is_no_access(shop: Shop) -> None:
    page = await shop.page()
    order_id, _ = await disputed(shop, page, downloads=0)
    now = shop.clock.now()
    anew = DownloadGranted(
        id=new_id(), version=9, order_id=order_id, creator_id=page.creator_id, product_id=page.product_id,
        file_id=new_id(), attempts_allowed=5, attempts_used=0, expires_at=now, revoked_at=now, reason="disputed",
    )  # fmt: skip
    await deliver(shop.service, anew)
    async with shop.db.reading() as session:
        assert (await store.access_of(session, order_id, 10)).total == 1


async def test_evidence_is_briefer_where_the_bank_has_many_pages_already(shop: Shop) -> None:
    page = await shop.page()
    order_id, dispute = await disputed(shop, page, downloads=30)
    pages = {"file": ("policy.pdf", b"%PDF-1.7" + b"/Type /Page\n" * 45)}
    file = (await shop.stripe.post("/v1/files", data={"purpose": "dispute_evidence"}, files=pages)).json()
    policy = {"evidence[refund_policy]": file["id"], "submit": "false"}
    staged = await shop.stripe.post(f"/v1/disputes/{(await at_stripe(shop, order_id))['id']}", data=policy)
    assert staged.status_code == 200, staged.text
    submitted = await answer(shop, page, dispute, explanation="x" * 8_000)
    assert submitted.status_code == 200, submitted.text
    seen = (await at_stripe(shop, order_id))["evidence"]
    assert "11 more, left out here" in seen["access_activity_log"]
    assert submitted.json()["texts"]["access_activity_log"] == seen["access_activity_log"]
    assert seen["refund_policy"] == file["id"]


async def test_evidence_that_is_too_long_even_in_brief_is_refused_and_can_be_handed_in_again(shop: Shop) -> None:
    page = await shop.page()
    _, dispute = await disputed(shop, page)
    too_long = {"act": False, "answer": "error", "status": 400, "code": "dispute_evidence_page_limit_exceeded"}
    await shop.control("/faults", {"path": "/v1/disputes/*", "times": 2, **too_long})
    refused = await answer(shop, page, dispute)
    assert (refused.status_code, refused.json()["code"]) == (409, too_long["code"])
    assert (await answer(shop, page, dispute)).status_code == 200


async def test_a_dispute_is_its_creators_own(shop: Shop) -> None:
    page, other = await shop.page(), await shop.page()
    _, dispute = await disputed(shop, page)
    stranger = sign_in(other.creator_id)
    assert (await answer(shop, other, dispute)).status_code == 404
    assert (await shop.client.get(f"/v1/disputes/{dispute['id']}", headers=stranger)).status_code == 404
    assert (await shop.client.get("/v1/disputes", headers=stranger)).json()["items"] == []
    mine = await shop.client.get(f"/v1/disputes/{dispute['id']}", headers=sign_in(page.creator_id))
    assert mine.json() == dispute
    assert dispute["dueBy"] is not None


async def test_a_decided_dispute_takes_no_evidence(shop: Shop) -> None:
    page = await shop.page()
    order_id, dispute = await disputed(shop, page)
    await shop.control(f"/disputes/{(await at_stripe(shop, order_id))['id']}/decide", {"outcome": "lost"})
    await shop.hear_all(order_id)
    assert (await answer(shop, page, dispute)).json()["type"] == "dispute-decided"
