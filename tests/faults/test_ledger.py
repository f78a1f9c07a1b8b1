"""Each check finds what it is for in facts that were made up, and nothing in facts that are well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from . import ledger
from .facts import Facts
from .invariants import INVARIANTS
from .ledger import Check
from .population import Told
from .reading import parked_beyond
from .subscriptions import queues_of
from .witness import Published

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ENDED = {"event_id": "end", "aggregate_id": "page", "type": ledger.EXPIRED, "sent_at": "then"}
ALL = tuple(dict.fromkeys(check for invariant in INVARIANTS.values() for check in invariant.checks))
PAGE, ORDER, EVENT, EARLIER = "page", "order", "event", "earlier"
PAID = {"event_id": EVENT, "aggregate_id": ORDER, "type": ledger.PAID, "sent_at": "then"}
PLACED = {"event_id": EARLIER, "aggregate_id": ORDER, "type": ledger.PLACED, "sent_at": "then"}
SOLD = {
    "id": ORDER,
    "status": "completed",
    "price_in_cents": 1900,
    "amount_paid": 1900,
    "amount_refunded": 0,
    "needs_review": False,
    "unit": "sold",
    "created_at": NOON,
    "reason": None,
    "access_revoked": False,
}
MAIL = {"id": "mail", "kind": ledger.ORDER_LINK, "about": ORDER, "sent_at": "then"}
GRANT = {"id": "grant", "order_id": ORDER, "attempts_used": 1, "attempts_allowed": 3}
PAYMENT = {"payment_intent": "pi", "captured": 1900, "refunded": 0}
LETTER = {"recipient": "buyer", "subject": "Your download", "message_id": "<mail@here>"}
REFUND = {"id": "refund", "order_id": ORDER, "reason": "creator", "stripe_refund_id": "re", "status": "succeeded"}
WELL = Facts(
    told=[Told("placed", ORDER), Told("changed", PAGE, 2), Told("registered", "lead"), Told("confirmed", "lead")],
    wishes=1,
    quantity_limit=1,
    orders=[SOLD],
    stock={"held": 0, "sold": 1, "in_review": 0},
    mails=[MAIL],
    grants=[GRANT],
    order_events=[{"id": EVENT}, {"id": EARLIER}],
    attempts=[{"grant_id": "grant", "outcome": "granted"}],
    registrations=[{"email": "lead", "confirmed_at": "then"}],
    outbox=[PLACED, PAID, ENDED],
    handled=frozenset((queue, row["event_id"]) for row in (PLACED, PAID, ENDED) for queue in queues_of(row["type"])),
    published=[
        Published(EARLIER, ledger.PLACED, ORDER, 1),
        Published(EVENT, ledger.PAID, ORDER, 2),
        Published("end", ledger.EXPIRED, PAGE, 2),
    ],
    pages=[("pages", PAGE, 2), ("checkout", PAGE, 2)],
    payments={ORDER: PAYMENT},
    letters=[LETTER],
    sessions=[{"order_id": ORDER, "committed_at": NOON}],
    answered={"evt": ORDER},
    kept=frozenset({"evt"}),
    ends_at=NOON + timedelta(hours=1),
    parked={"delivery.issue-grant.dead": 0},
)
ILL: list[tuple[Check, str, dict[str, Any]]] = [
    (ledger.nothing_is_parked, "lost", {"parked": {"delivery.issue-grant.dead": 1}}),
    (ledger.nothing_is_parked, "stuck", {"parked": {"delivery.issue-grant.dead": -1}}),
    (ledger.what_was_committed_is_published, "lost", {"published": WELL.published[:1]}),
    (ledger.what_was_committed_is_published, "stuck", {"outbox": [{**PAID, "sent_at": None}]}),
    (ledger.what_was_rolled_back_is_not, "duplicated", {"outbox": [PLACED]}),
    (ledger.what_was_published_is_handled, "lost", {"handled": frozenset()}),
    (ledger.versions_come_in_order, "lost", {"published": WELL.published[::-1]}),
    (ledger.the_newest_state_wins, "lost", {"pages": [("pages", PAGE, 2), ("checkout", PAGE, 1)]}),
    (ledger.each_order_event_is_recorded_once, "lost", {"order_events": [{"id": EVENT}]}),
    (ledger.each_order_event_is_recorded_once, "duplicated", {"order_events": [{"id": EVENT}] * 2 + [{"id": EARLIER}]}),
    (ledger.what_was_paid_is_told_once, "lost", {"outbox": [PLACED]}),
    (ledger.what_was_paid_is_told_once, "duplicated", {"outbox": [PAID, {**PAID, "event_id": "another"}]}),
    (ledger.what_was_paid_is_told_once, "duplicated", {"payments": {}}),
    (ledger.money_agrees_with_stripe, "lost", {"payments": {"another": PAYMENT}}),
    (ledger.money_agrees_with_stripe, "lost", {"payments": {ORDER: {**PAYMENT, "refunded": 300}}}),
    (ledger.money_agrees_with_stripe, "duplicated", {"orders": [{**SOLD, "amount_refunded": 300}]}),
    (ledger.money_agrees_with_stripe, "lost", {"orders": [{**SOLD, "amount_paid": 0}]}),
    (ledger.every_capture_ends_somewhere, "stuck", {"orders": [{**SOLD, "status": "processing"}]}),
    (ledger.refunds_count_once, "lost", {"told": [Told("refunded", ORDER, 300)]}),
    (ledger.refunds_count_once, "duplicated", {"refunds": [REFUND, {**REFUND, "id": "another"}]}),
    (ledger.refunds_count_once, "stuck", {"refunds": [{**REFUND, "status": "requested"}]}),
    (ledger.a_paid_order_is_granted_once, "lost", {"grants": []}),
    (ledger.a_paid_order_is_granted_once, "duplicated", {"grants": [GRANT, GRANT]}),
    (ledger.a_paid_order_is_granted_once, "lost", {"mails": []}),
    (ledger.what_was_answered_stands, "lost", {"orders": []}),
    (ledger.what_was_answered_stands, "lost", {"registrations": []}),
    (ledger.what_was_answered_stands, "lost", {"pages": [("pages", PAGE, 1)]}),
    (ledger.what_stripe_was_answered_is_kept, "lost", {"kept": frozenset()}),
    (ledger.nothing_is_sold_after_the_end, "duplicated", {"ends_at": NOON}),
    (ledger.the_end_is_told_once, "lost", {"outbox": [PLACED]}),
    (ledger.the_end_is_told_once, "duplicated", {"outbox": [ENDED, ENDED]}),
    (ledger.late_payments_follow_the_policy, "duplicated", {"ends_at": NOON}),
    (ledger.late_payments_follow_the_policy, "lost", {"orders": [{**SOLD, "reason": "paid-after-expiry"}]}),
    (ledger.late_payments_follow_the_policy, "lost", {"orders": [{**SOLD, "status": "refunded"}], "ends_at": NOON}),
    (ledger.one_window_is_one_attempt, "duplicated", {"grants": [{**GRANT, "attempts_used": 2}]}),
    (ledger.nobody_waited_for_stripe, "stuck", {"told": [Told("looked", "/p", 9_000)]}),
    (ledger.history_stands, "lost", {"told": [Told("altered", "DELETE")]}),
    (ledger.no_wish_is_an_order_twice, "duplicated", {"orders": [SOLD, SOLD]}),
    (ledger.stock_is_kept, "duplicated", {"orders": [SOLD, SOLD], "stock": {"held": 0, "sold": 2, "in_review": 0}}),
    (ledger.stock_is_kept, "lost", {"stock": {"held": 1, "sold": 1, "in_review": 0}}),
    (ledger.downloads_keep_to_the_limit, "duplicated", {"grants": [{**GRANT, "attempts_used": 4}]}),
    (ledger.downloads_keep_to_the_limit, "lost", {"attempts": []}),
    (ledger.downloads_keep_to_the_limit, "duplicated", {"attempts": [*WELL.attempts, *WELL.attempts]}),
    (ledger.mails_come, "stuck", {"mails": [{**MAIL, "sent_at": None}]}),
    (ledger.mails_come, "lost", {"letters": []}),
    (ledger.mails_come, "duplicated", {"letters": [LETTER, {**LETTER, "message_id": "<another@here>"}]}),
]


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
def test_nothing_is_found_where_all_is_well(check: Check) -> None:
    assert list(check(WELL)) == []


@pytest.mark.parametrize(("check", "kind", "wrong"), ILL, ids=lambda value: getattr(value, "__name__", None))
def test_what_is_wrong_is_found(check: Check, kind: str, wrong: dict[str, Any]) -> None:
    assert kind in [finding.kind for finding in check(replace(WELL, **wrong))]


def test_a_link_that_opens_nothing_any_more_need_not_come() -> None:
    """All was given back before the mail could be sent."""
    gone = {**SOLD, "status": "refunded", "access_revoked": True}
    assert list(ledger.mails_come(replace(WELL, orders=[gone], letters=[]))) == []


@pytest.mark.parametrize(("found", "beyond"), [({"poison"}, 0), ({"poison", "good"}, 1), (set(), -1)])
def test_what_is_parked_is_told_apart_by_its_id(found: set[str], beyond: int) -> None:
    assert parked_beyond({"poison"}, found) == beyond


def test_every_check_is_shown_to_find_something() -> None:
    assert {check for check, _, _ in ILL} == set(ALL)
