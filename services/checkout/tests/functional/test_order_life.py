"""Whatever happens to orders at the gateway, at Stripe and in between: the money is right after each step.

Everything is real but the bank: PostgreSQL, the gateway at a port, Stripe's sandbox, and its webhooks on their way
between them, which are held back, shuffled and sent twice. `ORDER_LIFE_EXAMPLES` lives of `ORDER_LIFE_STEPS` steps are
tried; `ORDER_LIFE_SEED` tries the same again.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import hypothesis
import pytest
from chassis.testing import TestDatabase
from checkout.models import Order, Unit
from contracts.checkout import OrderStatus
from contracts.pages import LatePayment, PageExpired
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from .live import LiveShop
from .shop import Json, Page

EXAMPLES = int(os.environ.get("ORDER_LIFE_EXAMPLES", "12"))
STEPS = int(os.environ.get("ORDER_LIFE_STEPS", "12"))
PRICE, LIMIT = 1900, 3
T = TypeVar("T")
S = OrderStatus
BY_THE_DATA_MODEL: dict[str, set[str]] = {
    "processing": {"completed", "failed", "expired"},
    "failed": {"completed", "refunded"},
    "expired": {"completed", "refunded"},
    "completed": {"partially_refunded", "refunded", "disputed"},
    "partially_refunded": {"completed", "refunded", "disputed"},
    "refunded": {"partially_refunded", "completed"},
    "disputed": {"completed", "partially_refunded", "refunded", "charged_back"},
    "charged_back": set(),
}
UNDECIDED = {"needs_response", "under_review"}
UNDECIDED_INQUIRY = {"warning_needs_response", "warning_under_review"}
WAYS = st.sampled_from(["pay", "pay", "pay", "decline", "later"])
PARTS = st.sampled_from([400, 900, 1000, PRICE])


class OrderLife(RuleBasedStateMachine):
    """One page of a few units, and what its buyers, its creator, their banks and the network do."""

    shop: ClassVar[LiveShop]
    database: ClassVar[TestDatabase]
    loop: ClassVar[asyncio.AbstractEventLoop]
    page: Page
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.placed: list[UUID] = []
        self.odd: set[UUID] = set()
        """Those that a person may have to look at: money moved on one side that the other could not follow."""
        self.held_back = self.closed = False

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def at_stripe(self, path: str, fields: Json | None = None) -> bool:
        """Whether Stripe lets it be done: somebody may ask for what is no longer possible."""
        answer = self.do(self.shop.stripe.post(f"/sandbox/control{path}", json=fields or {}))
        assert answer.status_code in {200, 400, 404, 409}, answer.text
        return bool(answer.status_code == 200)

    def payment(self, order: UUID) -> Json:
        return self.do(self.shop.payment(order))

    def session(self, order: UUID) -> str:
        return str(self.do(self.shop.session(order)).stripe_session_id)

    @initialize(target=orders, late=st.sampled_from(LatePayment), ways=st.lists(WAYS, min_size=2, max_size=2))
    def open_page(self, late: LatePayment, ways: list[str]) -> Any:
        """With two buyers already at the till."""
        self.do(self.forget_others())
        ends = self.shop.clock.now() + timedelta(days=365)
        self.page = self.do(self.shop.page(PRICE, limit=LIMIT, late_payment=late, expires_at=ends))
        self.placed = [self.do(self.shop.order_on(self.page)) for _ in ways]
        for order, way in zip(self.placed, ways, strict=True):
            self.try_to_pay(order, way)
        return multiple(*self.placed)

    async def forget_others(self) -> None:
        """The life before was another's."""
        await self.shop.service.redis.flushdb()
        await self.database.empty()
        self.shop.passed = timedelta()

    def teardown(self) -> None:
        self.at_stripe("/webhooks/disturb")
        self.at_stripe("/webhooks/release")
        self.do(self.shop.delivered())

    @rule(target=orders)
    def place(self) -> Any:
        answer = self.do(self.shop.check_out(self.page))
        if answer.status_code == 201:
            self.placed.append(UUID(answer.json()["orderId"]))
            return self.placed[-1]
        refused = (answer.status_code, answer.json()["type"])
        assert refused in {(410, "page-expired"), (409, "sold-out")}, answer.text
        return multiple()

    @rule(order=orders, way=WAYS)
    def try_to_pay(self, order: UUID, way: str) -> None:
        self.at_stripe(f"/sessions/{self.session(order)}/pay", {"method": way})

    @rule(order=orders, outcome=st.sampled_from(["succeeded", "failed"]))
    def money_that_was_to_come_later(self, order: UUID, outcome: str) -> None:
        self.at_stripe(f"/sessions/{self.session(order)}/settle", {"outcome": outcome})

    @rule(order=orders)
    def abandon(self, order: UUID) -> None:
        self.at_stripe(f"/sessions/{self.session(order)}/elapse")

    @rule(order=orders, amount=st.none() | PARTS, revoke=st.booleans(), goes=st.sampled_from(["succeeded", "pending"]))
    def refund(self, order: UUID, amount: int | None, revoke: bool, goes: str) -> None:
        self.at_stripe("/refunds/next", {"outcome": goes})
        answer = self.do(self.shop.refund(self.page, order, amount=amount, revokeAccess=revoke))
        self.at_stripe("/refunds/next", {"outcome": "succeeded"})
        assert answer.status_code in {201, 409, 422}, answer.text

    @rule(order=orders, amount=st.none() | PARTS)
    def refund_at_the_dashboard(self, order: UUID, amount: int | None) -> None:
        if intent := self.payment(order)["payment_intent"]:
            self.at_stripe(f"/charges/{intent['id']}/refund", {"amount": amount})

    @rule(order=orders, number=st.integers(0, 3), outcome=st.sampled_from(["failed", "failed", "succeeded"]))
    def refund_ends(self, order: UUID, number: int, outcome: str) -> None:
        going = {"failed": {"pending", "succeeded"}, "succeeded": {"pending"}}[outcome]
        refunds = [refund for refund in self.payment(order)["refunds"] if refund["status"] in going]
        if refunds:
            self.odd |= {order} if outcome == "failed" else set()
            self.at_stripe(f"/refunds/{refunds[number % len(refunds)]['id']}/outcome", {"outcome": outcome})

    @rule(order=orders, inquiry=st.booleans())
    def dispute(self, order: UUID, inquiry: bool) -> None:
        seen = self.payment(order)
        undecided = {dispute["status"] for dispute in seen["disputes"]} & (UNDECIDED | UNDECIDED_INQUIRY | {"lost"})
        if seen["captured"] and not undecided:
            self.at_stripe(f"/charges/{seen['payment_intent']['id']}/dispute", {"inquiry": inquiry})

    @rule(order=orders, outcome=st.sampled_from(["won", "lost", "warning_closed"]))
    def decide(self, order: UUID, outcome: str) -> None:
        seen = self.payment(order)
        for dispute in seen["disputes"]:
            gone = seen["refunded"] == seen["captured"]
            if self.at_stripe(f"/disputes/{dispute['id']}/decide", {"outcome": outcome}) and outcome == "lost" and gone:
                self.odd.add(order)

    @rule(order=orders)
    def escalate(self, order: UUID) -> None:
        for dispute in self.payment(order)["disputes"]:
            self.at_stripe(f"/disputes/{dispute['id']}/escalate")

    @precondition(lambda self: not self.held_back)
    @rule()
    def hold_webhooks_back(self) -> None:
        self.held_back = self.at_stripe("/webhooks/pause")

    @precondition(lambda self: self.held_back)
    @rule(order=st.sampled_from(["reversed", "shuffled"]), seed=st.integers(0, 999), copies=st.integers(1, 3))
    def let_webhooks_go(self, order: str, seed: int, copies: int) -> None:
        self.at_stripe("/webhooks/release", {"order": order, "seed": seed, "copies": copies})
        self.held_back = False

    @rule(duplicates=st.integers(0, 2), seed=st.integers(0, 999))
    def disturb_webhooks(self, duplicates: int, seed: int) -> None:
        self.at_stripe("/webhooks/disturb", {"duplicates": duplicates, "delay_max": 0.03, "seed": seed})

    @precondition(lambda self: not self.closed)
    @rule()
    def close_page(self) -> None:
        self.do(self.shop.change(self.page, PageExpired, expires_at=self.shop.clock.now()))
        self.closed = True

    @rule()
    def let_a_day_pass(self) -> None:
        self.odd |= set(self.placed) if self.held_back else set()
        self.do(self.shop.a_day_later())

    @invariant()
    def no_more_units_are_promised_than_there_are(self) -> None:
        self.do(self.shop.delivered())
        if not self.placed:
            return
        held, sold, in_review = self.do(self.shop.stock(self.page))
        assert held + sold + in_review <= LIMIT
        units = Counter(order.unit for order in map(self.order, self.placed))
        assert (held, sold, in_review) == (units[Unit.HELD], units[Unit.SOLD], units[Unit.IN_REVIEW])

    @invariant()
    def every_step_is_in_the_data_model_and_paid_is_told_once(self) -> None:
        self.do(self.shop.delivered())
        for order in map(self.order, self.placed):
            states = self.do(self.told(order.id))
            for (_, before), (_, after) in pairwise(states):
                assert before == after or after in BY_THE_DATA_MODEL[before], states
            paid = [kind for kind, _ in states if kind == "checkout.order.paid.v1"]
            assert len(paid) == (order.paid_at is not None), states

    async def told(self, order_id: UUID) -> list[tuple[str, str]]:
        """(event, status) as the outbox has them."""
        query = text(
            "SELECT type, payload::jsonb->'data'->>'status' AS status FROM outbox"
            " WHERE aggregate_id = :order ORDER BY aggregate_version"
        )
        async with self.shop.db.reading() as session:
            return [(row.type, row.status) for row in await session.execute(query, {"order": order_id})]

    @invariant()
    def what_stripe_has_is_what_we_have(self) -> None:
        if self.held_back or not self.placed:
            return
        assert self.do(self.shop.quiet()) == 0
        for order_id in self.placed:
            seen, order = self.payment(order_id), self.order(order_id)
            note(f"{order.status} {order.reason} {order.amount_paid}-{order.amount_refunded} {seen}")
            assert (order.amount_paid, order.amount_refunded) == (seen["captured"], seen["refunded"])
            if order.needs_review:
                assert order_id in self.odd, order.reason
            else:
                assert order.status in self.expected(seen, order)

    def expected(self, seen: Json, order: Order) -> set[OrderStatus]:
        """What the order has to be, by what Stripe says alone; and what was paid is fulfilled or has gone back."""
        captured, refunded = seen["captured"], seen["refunded"]
        if not captured:
            ends = {"open": {S.PROCESSING}, "expired": {S.EXPIRED}, "complete": {S.PROCESSING, S.FAILED, S.EXPIRED}}
            return ends[seen["status"]]
        if order.paid_at is None or refunded == captured:
            return {S.REFUNDED}
        if self.lost(seen):
            return {S.CHARGED_BACK}
        if UNDECIDED & {dispute["status"] for dispute in seen["disputes"]}:
            return {S.DISPUTED}
        return {S.PARTIALLY_REFUNDED if refunded else S.COMPLETED}

    def order(self, order_id: UUID) -> Order:
        return self.do(self.shop.order(order_id))

    def lost(self, seen: Json) -> bool:
        return any(dispute["status"] == "lost" for dispute in seen["disputes"])


@pytest.mark.timeout(120 + 10 * EXAMPLES)
async def test_the_money_is_right_after_each_step(live: LiveShop, database: TestDatabase) -> None:
    number = int(os.environ.get("ORDER_LIFE_SEED") or random.randrange(2**32))
    print(f"ORDER_LIFE_SEED={number}")  # noqa: T201 - shown when it fails
    world = {"shop": live, "database": database, "loop": asyncio.get_running_loop()}
    machine = hypothesis.seed(number)(type("OneOrderLife", (OrderLife,), world))
    tried = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=tried)
