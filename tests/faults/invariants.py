"""The invariants: who acts while what goes wrong, and what must hold afterwards. A new one is an entry here."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_stack.seller import soon

from . import buyers, creators, downloaders, draws, ledger, outsiders, registrants
from .actors import Actor
from .draws import Draw
from .ledger import Check
from .population import PageWish, any_page

STORIES: Mapping[str, Actor] = {
    "buy": buyers.buy,
    "buy-and-regret": buyers.buy_and_regret,
    "buy-late": buyers.buy_late,
    "buy-around-the-end": buyers.buy_around_the_end,
    "buy-and-download": downloaders.buy_and_download,
    "download-to-the-limit": downloaders.download_to_the_limit,
    "download-in-pieces": downloaders.download_in_pieces,
    "change-page": creators.change_page,
    "see-the-end": creators.see_the_end,
    "register": registrants.register,
    "look-around": outsiders.look_around,
    "poison": outsiders.poison,
    "alter-history": outsiders.alter_history,
}
EVENTS: Sequence[Check] = (
    ledger.what_was_committed_is_published,
    ledger.what_was_rolled_back_is_not,
    ledger.what_was_published_is_handled,
    ledger.nothing_is_parked,
)
ORDER: Sequence[Check] = (
    ledger.versions_come_in_order,
    ledger.the_newest_state_wins,
    ledger.each_order_event_is_recorded_once,
)
MONEY: Sequence[Check] = (
    ledger.what_was_paid_is_told_once,
    ledger.money_agrees_with_stripe,
    ledger.every_capture_ends_somewhere,
)
ANSWERS: Sequence[Check] = (
    ledger.what_was_answered_stands,
    ledger.what_stripe_was_answered_is_kept,
    ledger.no_wish_is_an_order_twice,
)
ONCE: Sequence[Check] = (ledger.a_paid_order_is_granted_once, ledger.each_order_event_is_recorded_once)
REFUNDS: Sequence[Check] = (ledger.refunds_count_once, ledger.money_agrees_with_stripe)
STOCK: Sequence[Check] = (ledger.stock_is_kept,)
DOWNLOADS: Sequence[Check] = (ledger.downloads_keep_to_the_limit,)
MAILS: Sequence[Check] = (ledger.mails_come,)
WHATEVER: Sequence[Check] = tuple(
    dict.fromkeys((*EVENTS, *ORDER, *MONEY, *ANSWERS, *ONCE, *REFUNDS, *STOCK, *DOWNLOADS, *MAILS))
)
"""What holds for every population, whatever its people do."""
STRIPE_TELLS: Sequence[Draw] = (draws.webhooks_disturbed, draws.webhooks_held)
STRIPE_ANSWERS: Sequence[Draw] = (draws.stripe_fails, draws.stripe_slow)


TRANSACTIONS: Sequence[Draw] = (draws.transaction_dies, draws.commit_unanswered)
SHOPPERS: Mapping[str, int] = {"buy": 2, "buy-and-regret": 1, "buy-and-download": 1, "register": 1, "change-page": 1}


def few_units(chance: random.Random) -> Mapping[str, Any]:
    return {**any_page(chance), "quantityLimit": chance.randint(1, 4)}


def soon_over(chance: random.Random) -> Mapping[str, Any]:
    return {"expiresAt": soon(seconds=chance.uniform(7, 9)), "latePayment": chance.choice(["hard", "hard", "grace"])}


@dataclass(frozen=True)
class Invariant:
    """`people`: of each story, how many at most. `page`: what its pages are asked to be. Seconds are a fault's.

    One that is not `short` waits for timeouts, and is left to `make test-faults`.
    """

    number: int
    claim: str
    people: Mapping[str, int]
    faults: Sequence[Draw]
    checks: Sequence[Check]
    most_faults: int = 2
    fault_lasts: tuple[float, float] = (0.3, 2.0)
    page: PageWish = any_page
    short: bool = True


_ALL = (
    Invariant(
        1,
        "a paid session is told as paid exactly once",
        {"buy": 3},
        (*STRIPE_TELLS, draws.transaction_dies),
        (*MONEY, *EVENTS),
    ),
    Invariant(
        2,
        "the books agree with Stripe",
        {"buy": 2, "buy-and-regret": 2},
        (*STRIPE_TELLS, *STRIPE_ANSWERS, draws.transaction_dies, draws.swallowing("stripe")),
        (*MONEY, *REFUNDS),
    ),
    Invariant(
        3,
        "what was answered stands",
        {"buy": 2, "register": 1, "change-page": 1},
        (*TRANSACTIONS, *STRIPE_TELLS, draws.anybody_killed, draws.cut("postgres"), draws.clock_wrong),
        (*ANSWERS, *MONEY),
    ),
    Invariant(
        4,
        "one transition, one grant, one mail",
        {"buy": 3},
        (*STRIPE_TELLS, draws.consumer_dies, draws.relay_dies, draws.commit_unanswered, draws.clock_wrong),
        (*ONCE, *MONEY),
    ),
    Invariant(
        5,
        "no more units than there are",
        {"buy": 8},
        (*STRIPE_TELLS, *TRANSACTIONS, *STRIPE_ANSWERS),
        (*STOCK, *MONEY),
        page=few_units,
    ),
    Invariant(
        6,
        "a late payment follows the policy",
        {"buy-late": 3},
        (*STRIPE_TELLS, *STRIPE_ANSWERS, draws.still("checkout-sweeper"), draws.killed("checkout-sweeper")),
        (ledger.late_payments_follow_the_policy, *MONEY, *REFUNDS),
        fault_lasts=(3.0, 9.0),
        page=soon_over,
    ),
    Invariant(
        7,
        "a refund counts once, two equal ones twice",
        {"buy-and-regret": 3},
        (*STRIPE_TELLS, *STRIPE_ANSWERS, *TRANSACTIONS),
        (*REFUNDS, *MONEY),
    ),
    Invariant(
        8,
        "what is committed is published, what is rolled back is not",
        {"buy": 2, "change-page": 1, "register": 1},
        (
            draws.relay_dies,
            draws.transaction_dies,
            draws.publish_unanswered,
            draws.anybody_killed,
            draws.commit_slow,
            draws.clock_wrong,
        ),
        (*EVENTS, *ORDER),
    ),
    Invariant(
        9,
        "in order, once in effect, the newest wins",
        {"change-page": 3, "buy-and-regret": 2},
        (
            draws.relay_still,
            draws.relay_still_past_lease,
            draws.relay_dies,
            draws.anybody_still,
            draws.anybody_killed,
            draws.slow("postgres"),
        ),
        (*ORDER, *EVENTS, *ONCE),
        fault_lasts=(1.0, 4.0),
    ),
    Invariant(
        10,
        "the broker is killed, and nothing is lost",
        SHOPPERS,
        (draws.down("rabbitmq"), draws.cut("rabbitmq"), draws.swallowing("rabbitmq"), draws.publish_unanswered),
        WHATEVER,
    ),
    Invariant(
        11,
        "what cannot be handled is parked, the rest proceeds",
        {"poison": 1, "buy": 2},
        (draws.consumer_dies, draws.anybody_killed, draws.cut("rabbitmq")),
        (*EVENTS, *ONCE),
    ),
    Invariant(
        12,
        "without the cache all works",
        SHOPPERS,
        (draws.cache_flushed, draws.down("valkey"), draws.swallowing("valkey"), draws.cut("valkey")),
        WHATEVER,
    ),
    Invariant(
        13,
        "the database is killed, and what was answered stands",
        SHOPPERS,
        (draws.down("postgres"), draws.cut("postgres"), draws.commit_unanswered, draws.swallowing("postgres")),
        WHATEVER,
    ),
    Invariant(
        14,
        "no more downloads than allowed, none for a store that is away",
        {"buy-and-download": 2, "download-to-the-limit": 2},
        (
            draws.cut("s3"),
            draws.down("s3"),
            draws.swallowing("s3"),
            draws.killed("delivery-gateway"),
            draws.dies("delivery-gateway", *draws.AT_TRANSACTIONS),
        ),
        (*DOWNLOADS, *ONCE),
    ),
    Invariant(
        15,
        "a page ends at its instant",
        {"buy-around-the-end": 4, "see-the-end": 1},
        (
            draws.still("pages-worker", "pages-sweeper"),
            draws.killed("pages-worker", "pages-sweeper"),
            draws.dies("pages-worker", *draws.AT_TRANSACTIONS),
            draws.dies("pages-sweeper", *draws.AT_TRANSACTIONS),
        ),
        (ledger.nothing_is_sold_after_the_end, ledger.the_end_is_told_once, *EVENTS),
        fault_lasts=(6.0, 10.0),
        page=soon_over,
    ),
    Invariant(
        16,
        "Stripe is slow, and nobody else waits",
        {"buy": 4, "look-around": 1},
        (draws.stripe_very_slow, draws.swallowing("stripe")),
        (ledger.nobody_waited_for_stripe, *MONEY),
        most_faults=1,
        fault_lasts=(8.0, 10.0),
        short=False,
    ),
    Invariant(
        17,
        "who is told to stop finishes first",
        SHOPPERS,
        (draws.anybody_told_to_stop,),
        WHATEVER,
        most_faults=3,
    ),
    Invariant(
        18,
        "a mail comes, and again only as the same",
        {"buy": 2, "register": 2},
        (draws.mailer_dies, draws.mail_unanswered, draws.cut("smtp"), draws.swallowing("smtp")),
        (*MAILS, *ONCE),
    ),
    Invariant(
        19,
        "history cannot be altered",
        {"alter-history": 2, "buy-and-download": 1},
        (draws.anybody_killed, draws.consumer_dies),
        (ledger.history_stands, *ORDER),
        most_faults=1,
    ),
    Invariant(
        20,
        "a window is one attempt, in however many pieces",
        {"download-in-pieces": 3},
        (
            draws.slow("s3"),
            draws.cut("s3"),
            draws.killed("delivery-gateway"),
            draws.dies("delivery-gateway", *draws.AT_TRANSACTIONS),
            draws.swallowing("valkey"),
        ),
        (ledger.one_window_is_one_attempt, *DOWNLOADS),
    ),
)
INVARIANTS: Mapping[int, Invariant] = {invariant.number: invariant for invariant in _ALL}
