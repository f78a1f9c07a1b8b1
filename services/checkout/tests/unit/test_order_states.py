"""The order's state machine: what is not in its table is refused, and changes nothing."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from checkout.errors import NoAccess, TransitionRefused
from checkout.models import TRANSITIONS, DownloadKey, Order, Payment
from contracts.checkout import OrderPaid, OrderState, OrderStatus
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

S = OrderStatus
NOW = datetime(2026, 11, 23, tzinfo=UTC)
PAYMENT = Payment("pi_1", 1900, "EUR", NOW)
KEY = DownloadKey("k", "0" * 64)


def an_order() -> Order:
    return Order(
        id=UUID(int=1),
        sales_page_id=UUID(int=2),
        product_id=UUID(int=3),
        creator_id=UUID(int=4),
        customer_id=UUID(int=5),
        price_in_cents=1900,
        currency="EUR",
        created_at=NOW,
    )


class OrderLife(RuleBasedStateMachine):
    """Whatever is done to an order, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.order = an_order()
        self.told: list[OrderState] = [self.order.placed()]

    def attempt(self, method: str, **arguments: object) -> None:
        """Call it; a refusal must leave everything as it was."""
        kept = self.order.model_dump()
        try:
            result = getattr(self.order, method)(**arguments)
        except (TransitionRefused, NoAccess):
            assert self.order.model_dump() == kept
        else:
            self.told += result if isinstance(result, list) else [result] if result else []

    @rule()
    def complete(self) -> None:
        self.attempt("complete", payment=PAYMENT, key=KEY, now=NOW)

    @rule()
    def fail(self) -> None:
        self.attempt("fail", reason="payment-failed")

    @rule()
    def expire(self) -> None:
        self.attempt("expire", reason="page-expired")

    @rule()
    def refuse_payment(self) -> None:
        self.attempt("refuse_payment", payment=PAYMENT, reason="paid-after-expiry")

    @rule()
    @precondition(lambda self: self.order.status is S.PROCESSING)
    def review(self) -> None:
        self.attempt("put_in_review", reason="amount-differs", payment=PAYMENT)

    @rule(total=st.sampled_from([0, 1, 950, 1900]), revoke=st.booleans())
    def refund(self, total: int, revoke: bool) -> None:
        self.attempt("refunded_to", total=total, revoke=revoke)

    @rule()
    def dispute(self) -> None:
        self.attempt("dispute")

    @rule(lost=st.booleans())
    def close_dispute(self, lost: bool) -> None:
        self.attempt("close_dispute", lost=lost)

    @rule()
    def reissue(self) -> None:
        self.attempt("reissue_link", key=KEY)

    @invariant()
    def every_event_has_a_version_of_its_own_and_they_rise(self) -> None:
        versions = [event.version for event in self.told]
        assert versions == sorted(set(versions))
        assert self.order.version >= versions[-1]

    @invariant()
    def every_step_that_was_told_is_in_the_table(self) -> None:
        states = [event.status for event in self.told]
        for before, after in pairwise(states):
            assert before is after or after in TRANSITIONS[before], (before, after)

    @invariant()
    def it_is_paid_at_most_once(self) -> None:
        assert sum(isinstance(event, OrderPaid) for event in self.told) <= 1

    @invariant()
    def what_gives_access_was_paid_and_not_taken_back(self) -> None:
        order = self.order
        if order.gives_access:
            assert order.paid_at is not None
            assert order.amount_refunded < order.amount_paid
        assert order.amount_refunded <= order.amount_paid or order.amount_paid == 0


TestOrderLife = OrderLife.TestCase


@pytest.mark.parametrize("status", list(S))
def test_every_state_says_what_may_follow(status: OrderStatus) -> None:
    assert TRANSITIONS[status] <= set(S)
    assert status not in TRANSITIONS[status]


def test_a_charged_back_order_is_at_its_end() -> None:
    order = an_order()
    order.complete(PAYMENT, KEY, NOW)
    order.dispute()
    order.close_dispute(lost=True)
    for again in (order.dispute, lambda: order.close_dispute(lost=False), lambda: order.fail("x")):
        with pytest.raises(TransitionRefused):
            again()
    assert order.status is S.CHARGED_BACK


def test_a_refund_during_a_dispute_is_there_when_it_is_won() -> None:
    order = an_order()
    order.complete(PAYMENT, KEY, NOW)
    order.dispute()
    order.refunded_to(500, revoke=False)
    assert (order.status, order.amount_refunded) == (S.DISPUTED, 500)
    assert order.close_dispute(lost=False).status is S.PARTIALLY_REFUNDED


def test_a_late_payment_that_could_not_go_back_whole_is_for_a_person() -> None:
    order = an_order()
    order.expire("page-expired")
    order.refuse_payment(PAYMENT, "paid-after-expiry")
    order.refunded_to(1900, revoke=True)
    assert order.status is S.REFUNDED
    order.refunded_to(0, revoke=False)
    assert (order.needs_review, order.gives_access) == (True, False)
