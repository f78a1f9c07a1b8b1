"""Any multiset and order of a session's events: exactly one OrderPaid if it was paid, none if not.

Each event comes twice, and `copies` times again under ids of their own, as when Stripe is asked for the same besides.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.testing import owed_mails, told
from checkout import store
from checkout.jobs import Jobs
from checkout.ports import (
    DisputeFacts,
    EvidenceRequest,
    Ledger,
    Notice,
    NoticeKind,
    OpenedSession,
    PaymentFacts,
    RefundFacts,
    RefundRequest,
    SessionFacts,
    SessionRequest,
)
from checkout.use_cases.hear_stripe import hear_stripe
from checkout.use_cases.place_order import Purchase, place_order
from contracts.checkout import OrderPaid
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from .shop import Page, Shop

PRICE = 1900


@dataclass
class StripeAsItStands:
    """Answers what is true at the end, whenever it is asked."""

    refunded: tuple[int, ...] = ()

    async def ledger(self, payment_id: str) -> Ledger:
        refunds = [
            RefundFacts(id=f"re_{payment_id}_{n}", refund_id=None, amount=amount, status="succeeded", created_at=NOW)
            for n, amount in enumerate(self.refunded)
        ]
        return Ledger(payment_id=payment_id, amount_refunded=sum(self.refunded), refunds=tuple(refunds))

    async def open_session(self, asked: SessionRequest, idempotency_key: str) -> OpenedSession:
        raise NotImplementedError

    async def submit_evidence(self, asked: EvidenceRequest) -> None:
        raise NotImplementedError

    async def payments(self, since: datetime, until: datetime) -> list[PaymentFacts]:
        raise NotImplementedError

    async def session(self, session_id: str) -> SessionFacts:
        raise NotImplementedError

    async def end_session(self, session_id: str) -> SessionFacts:
        raise NotImplementedError

    async def refund(self, asked: RefundRequest, idempotency_key: str) -> RefundFacts:
        raise NotImplementedError


NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class History:
    """What happened at Stripe, as the kinds of its events, and how the order has to end."""

    kinds: tuple[str, ...]
    ends: str
    refunded: tuple[int, ...] = ()

    @property
    def was_paid(self) -> bool:
        return self.ends not in {"failed", "expired"}


PAID = [("paid",), ("declined", "paid"), ("unpaid", "succeeded"), ("declined", "unpaid", "succeeded")]
UNPAID = [
    History(("unpaid", "declined", "failed"), "failed"),
    History(("expired",), "expired"),
    History(("declined", "expired"), "expired"),
]
AFTERWARDS: list[tuple[tuple[str, ...], str, tuple[int, ...]]] = [
    ((), "completed", ()),
    (("refund",), "partially_refunded", (500,)),
    (("refund", "refund"), "partially_refunded", (500, 500)),
    (("refund", "refund"), "refunded", (900, 1000)),
    (("dispute.needs_response",), "disputed", ()),
    (("dispute.needs_response", "dispute.won"), "completed", ()),
    (("dispute.needs_response", "dispute.lost"), "charged_back", ()),
    (("dispute.warning_needs_response", "dispute.warning_closed"), "completed", ()),
]


@st.composite
def histories(draw: st.DrawFn) -> History:
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(UNPAID))
    kinds, ends, refunded = draw(st.sampled_from(AFTERWARDS))
    return History((*draw(st.sampled_from(PAID)), *kinds), ends, refunded)


def notices(history: History, order_id: UUID, session_id: str) -> list[Notice]:
    return [_notice(kind, order_id, session_id) for kind in history.kinds]


def _notice(kind: str, order_id: UUID, session_id: str) -> Notice:
    payment_id = f"pi_{order_id.hex}"
    common: dict[str, Any] = {"id": f"evt_{uuid4().hex}", "type": kind, "created_at": NOW, "payment_id": payment_id}
    if kind == "refund":
        return Notice(kind=NoticeKind.REFUND, **common)
    if kind == "declined":
        return Notice(kind=NoticeKind.ATTEMPT_FAILED, **common)
    if kind.startswith("dispute."):
        dispute = DisputeFacts(
            id=f"dp_{order_id.hex}", payment_id=payment_id, amount=PRICE, currency="EUR", reason="fraudulent",
            status=kind.removeprefix("dispute."), created_at=NOW,
        )  # fmt: skip
        return Notice(kind=NoticeKind.DISPUTE, dispute=dispute, **common)
    facts = SessionFacts(
        id=session_id, order_id=order_id, paid=kind in {"paid", "succeeded"}, failed=kind == "failed",
        expired=kind == "expired", payment_id=payment_id, amount=PRICE, currency="EUR", email="buyer@example.com",
        committed_at=NOW if kind in {"paid", "unpaid"} else None,
    )  # fmt: skip
    return Notice(kind=NoticeKind.SESSION, session=facts, **common)


@pytest.fixture
async def page(shop: Shop) -> Page:
    return await shop.page(price=PRICE, limit=1_000_000, expires_at=shop.clock.now() + timedelta(days=365))


async def place(shop: Shop, page: Page) -> tuple[UUID, str]:
    async with shop.db.transaction() as tx:
        order = await place_order(tx, shop.service.state["links"], 500, Purchase(page.short_id))
        session = await store.checkout_session_of(tx.session, order.id)
        assert session is not None
        session.opened(f"cs_{order.id.hex}", "https://stripe.test/", tx.clock.now(), page.event.expires_at)
    return order.id, f"cs_{order.id.hex}"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=histories(), copies=st.integers(1, 3), seed=st.integers(0, 2**32))
async def test_the_end_is_the_same_in_any_order(
    shop: Shop, page: Page, history: History, copies: int, seed: int
) -> None:
    order_id, session_id = await place(shop, page)
    stripe, links = StripeAsItStands(history.refunded), shop.service.state["links"]
    events = [event for _ in range(copies) for event in notices(history, order_id, session_id) * 2]
    random.Random(seed).shuffle(events)
    note(f"{[event.type for event in events]}")

    for event in events:
        await hear_stripe(shop.db, stripe, links, event)
    shop.clock.advance(timedelta(minutes=10))
    await Jobs(stripe, links).follow_waiting_events(shop.db)

    order = await shop.order(order_id)
    assert order.status == history.ends
    assert order.amount_refunded == sum(history.refunded)
    assert len([event for event in await told(shop.db, OrderPaid) if event.id == order_id]) == history.was_paid
    assert (await owed_mails(shop.db)).count(("order-link", order_id)) == history.was_paid
    assert order.unit == ("sold" if history.was_paid else "none")
