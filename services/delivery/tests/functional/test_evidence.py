"""What shows a bank that a buyer got what they paid for; and the figures of downloads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.testing import SettableClock, TestDatabase, deliver, pdf_text, sign_in
from contracts.catalog import ProductPublished
from contracts.checkout import OrderRefunded, OrderStatus
from contracts.pages import PagePublished, PageStatus
from delivery.use_cases import gather_evidence
from httpx import AsyncClient

from .conftest import WINDOW, Order, Visit, ask

HOME = "203.0.113.77"
PDF = "application/pdf"


async def evidence(client: AsyncClient, order: Order, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/orders/{order.id}/evidence", params=query, headers=sign_in(order.creator_id))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_evidence_says_who_was_granted_what_and_downloaded_when(
    service: Service, visit: Visit, paid: Order, clock: SettableClock
) -> None:
    await deliver(service, paid.placed())
    await ask(visit(HOME), paid)
    clock.advance(timedelta(days=8))
    await ask(visit(HOME), paid)
    found = await evidence(visit(HOME), paid)
    (grant,) = found["grants"]
    assert (grant["attemptsUsed"], grant["firstUsedAt"]) == (1, found["attempts"][0]["at"])
    assert [(each["outcome"], each["address"]) for each in found["attempts"]] == [
        ("granted", HOME),
        ("refused_expired", HOME),
    ]
    assert [each["sequence"] for each in found["events"]] == [1, 2]
    newest = max(found["events"], key=lambda event: event["recordedAt"])
    assert found["chain"] == {"length": 2, "head": newest["digest"], "firstBroken": None}
    assert found["product"]["fileName"] == "Käse & Brot.zip"


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ({}, "*/*", "application/json"),
        ({}, PDF, PDF),
        ({}, f"text/html, {PDF};q=0.9", PDF),
        ({"format": "json"}, PDF, "application/json"),
        ({"format": "pdf"}, "application/json", PDF),
    ],
)
async def test_it_comes_as_whoever_asks_wants_it(
    client: AsyncClient, paid: Order, query: dict[str, str], accept: str, kind: str
) -> None:
    headers = {**sign_in(paid.creator_id), "Accept": accept}
    answer = await client.get(f"/v1/orders/{paid.id}/evidence", params=query, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == kind
    assert answer.headers["cache-control"] == "no-store"


async def test_the_pdf_holds_what_a_bank_asks_for(visit: Visit, paid: Order) -> None:
    await ask(visit(HOME), paid)
    headers = sign_in(paid.creator_id)
    answer = await visit(HOME).get(f"/v1/orders/{paid.id}/evidence", params={"format": "pdf"}, headers=headers)
    text = pdf_text(answer.content)
    facts = await evidence(visit(HOME), paid)
    for part in (str(paid.id), "pi_1", "€19.00", "Käse & Brot.zip", HOME, "1 of 2", facts["chain"]["head"], "granted"):
        assert part.replace("granted", "download allowed") in text, part
    assert f"evidence-{paid.id}.pdf" in answer.headers["content-disposition"]


async def test_an_address_is_shown_for_thirty_days_even_when_nobody_removed_it(
    visit: Visit, paid: Order, clock: SettableClock
) -> None:
    await ask(visit(HOME), paid)
    clock.advance(timedelta(days=30, seconds=-5))
    assert (await evidence(visit(HOME), paid))["attempts"][0]["address"] == HOME
    clock.advance(timedelta(seconds=5))
    assert (await evidence(visit(HOME), paid))["attempts"][0]["address"] is None


async def test_of_very_many_attempts_the_newest_are_shown(
    client: AsyncClient, paid: Order, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather_evidence, "MOST_ATTEMPTS", 2)
    for wait in (WINDOW, WINDOW, WINDOW):
        await ask(client, paid)
        clock.advance(wait)
    found = await evidence(client, paid)
    assert [each["outcome"] for each in found["attempts"]] == ["granted", "refused_exhausted"]
    assert found["attemptsOmitted"] == 1
    report = await client.get(
        f"/v1/orders/{paid.id}/evidence", params={"format": "pdf"}, headers=sign_in(paid.creator_id)
    )
    assert "1 older ones are not shown" in pdf_text(report.content)


async def test_a_record_that_was_tampered_with_says_so(
    service: Service, client: AsyncClient, paid: Order, database: TestDatabase
) -> None:
    await deliver(service, paid.placed())
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute("UPDATE order_events SET data = data || '{\"amountPaid\": 1}' WHERE position = 2")
    await connection.close()
    assert (await evidence(client, paid))["chain"]["firstBroken"] == 2


async def test_who_gathered_evidence_is_logged(client: AsyncClient, paid: Order, database: TestDatabase) -> None:
    await evidence(client, paid)
    connection = await asyncpg.connect(database.owner_url)
    rows = await connection.fetch("SELECT subject, detail FROM security_log WHERE kind = 'evidence-gathered'")
    await connection.close()
    assert [(row["subject"], str(paid.creator_id) in row["detail"]) for row in rows] == [(paid.id, True)]


def page_of(order: Order, page_id: UUID, clock: SettableClock) -> PagePublished:
    now = clock.now()
    return PagePublished(
        id=page_id, version=1, short_id="abcdefghij", creator_id=order.creator_id, product_id=new_id(),
        product_ids=[], status=PageStatus.PUBLISHED, created_at=now, updated_at=now, launch_at=now,
        expires_at=now + timedelta(days=1), time_zone="Europe/Berlin", is_pre_launch=False,
    )  # fmt: skip


async def test_figures_count_grants_downloads_and_refusals_by_reason(
    service: Service,
    client: AsyncClient,
    product: ProductPublished,
    new_order: Callable[[], Order],
    clock: SettableClock,
) -> None:
    page = new_id()
    idle, busy, refunded, elsewhere = (new_order() for _ in range(4))
    await deliver(service, page_of(idle, page, clock))
    for order in (idle, busy, refunded):
        await deliver(service, order.paid(sales_page_id=page))
    await deliver(service, elsewhere.paid())
    await deliver(service, refunded.event(OrderRefunded, 3, status=OrderStatus.REFUNDED, access_revoked=True))
    for _ in range(4):
        await ask(client, busy)
        clock.advance(WINDOW)
    await ask(client, refunded)
    answer = await client.get(f"/v1/pages/{page}/download-figures", headers=sign_in(idle.creator_id))
    assert answer.json() == {
        "grants": 3, "downloaded": 1, "neverDownloaded": 2, "usedUp": 1, "revoked": 1,
        "refused": {"refused_exhausted": 2, "refused_revoked": 1},
    }  # fmt: skip
    answer = await client.get(f"/v1/products/{product.id}/download-figures", headers=sign_in(idle.creator_id))
    assert (answer.json()["grants"], answer.json()["neverDownloaded"]) == (4, 3)


async def test_another_creator_finds_neither_evidence_nor_figures(
    service: Service, client: AsyncClient, product: ProductPublished, paid: Order, clock: SettableClock
) -> None:
    page = new_id()
    await deliver(service, page_of(paid, page, clock))
    paths = (f"orders/{paid.id}/evidence", f"pages/{page}/download-figures", f"products/{product.id}/download-figures")
    for path in paths:
        assert (await client.get(f"/v1/{path}", headers=sign_in(paid.creator_id))).status_code == 200
        assert (await client.get(f"/v1/{path}", headers=sign_in(new_id()))).status_code == 404
        assert (await client.get(f"/v1/{path}")).status_code == 401


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("orders/x/evidence", "orderId"),
        ("pages/x/download-figures", "pageId"),
        ("products/x/download-figures", "productId"),
        (f"orders/{UUID(int=1)}/evidence?format=xml", "format"),
    ],
)
async def test_a_bad_parameter_is_named(client: AsyncClient, path: str, parameter: str) -> None:
    answer = await client.get(f"/v1/{path}", headers=sign_in(new_id()))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter
