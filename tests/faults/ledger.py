"""The checker: pure functions from facts to findings. Each says what was lost, done twice, or never came to its end."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from .facts import Facts, Row
from .subscriptions import queues_of

Kind = Literal["lost", "duplicated", "stuck"]
PAID, PLACED = "checkout.order.paid.v1", "checkout.order.placed.v1"
FULFILLED = frozenset({"completed", "partially_refunded", "disputed"})
OPEN = frozenset({"completed", "partially_refunded"})
"""Orders whose link opens something: the mail with a link that does not is not sent any more."""
ORDER_LINK = "order-link"
EXPIRED = "pages.page.expired.v1"
LONGEST_LOOK_MS = 6_000
"""Far more than a look takes, and far less than Stripe is made to take."""


@dataclass(frozen=True)
class Finding:
    kind: Kind
    what: str
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what} ({self.subject})"


Check = Callable[[Facts], Iterator[Finding]]


def nothing_is_parked(facts: Facts) -> Iterator[Finding]:
    for queue, count in facts.parked.items():
        if count > 0:
            yield Finding("lost", f"{count} messages were parked", queue)
        if count < 0:
            yield Finding("stuck", f"{-count} messages that cannot be handled were not parked", queue)


def what_was_committed_is_published(facts: Facts) -> Iterator[Finding]:
    seen = {published.event_id for published in facts.published}
    for row in facts.outbox:
        if row["sent_at"] is None:
            yield Finding("stuck", f"{row['type']} was never marked sent", row["event_id"])
        if row["event_id"] not in seen:
            yield Finding("lost", f"{row['type']} was committed and never published", row["event_id"])


def what_was_rolled_back_is_not(facts: Facts) -> Iterator[Finding]:
    committed = {row["event_id"] for row in facts.outbox}
    for published in facts.published:
        if published.event_id not in committed:
            yield Finding("duplicated", f"{published.key} was published and never committed", published.event_id)


def what_was_published_is_handled(facts: Facts) -> Iterator[Finding]:
    for row in facts.outbox:
        for queue in queues_of(row["type"]):
            if (queue, row["event_id"]) not in facts.handled:
                yield Finding("lost", f"{row['type']} was never handled by {queue}", row["event_id"])


def versions_come_in_order(facts: Facts) -> Iterator[Finding]:
    newest: dict[tuple[str, str], int] = {}
    for published in facts.published:
        aggregate = (published.key.rpartition(".")[0].rpartition(".")[0], published.aggregate_id)
        if published.version < newest.get(aggregate, 0):
            yield Finding("lost", f"{published.key} {published.version} came after a newer one", published.event_id)
        newest[aggregate] = max(newest.get(aggregate, 0), published.version)


def the_newest_state_wins(facts: Facts) -> Iterator[Finding]:
    newest = {page: version for service, page, version in facts.pages if service == "pages"}
    for service, page, version in facts.pages:
        if version != newest.get(page, version):
            yield Finding("lost", f"{service} keeps version {version} of {newest[page]}", page)


def each_order_event_is_recorded_once(facts: Facts) -> Iterator[Finding]:
    recorded = Counter(row["id"] for row in facts.order_events)
    for row in facts.outbox:
        if "delivery.record-order-event" not in queues_of(row["type"]):
            continue
        if recorded[row["event_id"]] == 0:
            yield Finding("lost", f"{row['type']} is not on record", row["event_id"])
        if recorded[row["event_id"]] > 1:
            yield Finding("duplicated", f"{row['type']} is on record twice", row["event_id"])


def what_was_paid_is_told_once(facts: Facts) -> Iterator[Finding]:
    """A capture is told as paid exactly once, or goes back, or a person looks at it; what was not paid never is."""
    told = Counter(row["aggregate_id"] for row in facts.outbox if row["type"] == PAID)
    for order in facts.orders:
        payment, count = facts.payments.get(order["id"]), told[order["id"]]
        if count > 1:
            yield Finding("duplicated", f"told {count} times as paid", order["id"])
        if payment is None and count and order["price_in_cents"]:
            yield Finding("duplicated", "told as paid, and nobody paid", order["id"])
        goes_back = payment is not None and payment["refunded"] == payment["captured"]
        if payment is not None and not count and not goes_back and not order["needs_review"]:
            yield Finding("lost", "paid, and never told", order["id"])


def money_agrees_with_stripe(facts: Facts) -> Iterator[Finding]:
    orders = {order["id"]: order for order in facts.orders}
    for order_id, payment in facts.payments.items():
        order = orders.get(order_id)
        if order is None:
            yield Finding("lost", "a payment for an order that is not there", order_id)
        elif order["amount_paid"] != payment["captured"]:
            yield Finding("lost", f"{payment['captured']} captured, {order['amount_paid']} in the books", order_id)
        elif order["amount_refunded"] != payment["refunded"]:
            what = f"{payment['refunded']} refunded, {order['amount_refunded']} in the books"
            yield Finding("lost" if payment["refunded"] > order["amount_refunded"] else "duplicated", what, order_id)


def every_capture_ends_somewhere(facts: Facts) -> Iterator[Finding]:
    for order in facts.orders:
        ended = order["status"] in {*FULFILLED, "refunded", "charged_back"} or order["needs_review"]
        if order["id"] in facts.payments and not ended:
            yield Finding("stuck", f"paid, and the order is {order['status']}", order["id"])


def refunds_count_once(facts: Facts) -> Iterator[Finding]:
    """What was answered stands, and no wish went back twice."""
    wished = Counter(told.subject for told in facts.told if told.what == "refunded")
    made = Counter(row["order_id"] for row in facts.refunds if row["reason"] == "creator")
    ids = Counter(row["stripe_refund_id"] for row in facts.refunds if row["stripe_refund_id"])
    for order_id, count in wished.items():
        if made[order_id] < count:
            yield Finding("lost", f"{count} refunds were answered, {made[order_id]} are there", order_id)
    for refund_id, count in ids.items():
        if count > 1:
            yield Finding("duplicated", f"one refund of Stripe's stands {count} times", refund_id)
    for row in facts.refunds:
        if row["status"] == "requested":
            yield Finding("stuck", "a refund that Stripe was never asked for", row["id"])


def a_paid_order_is_granted_once(facts: Facts) -> Iterator[Finding]:
    """One transition, one grant, one mail."""
    grants = Counter(grant["order_id"] for grant in facts.grants)
    owed = Counter(mail["about"] for mail in facts.mails if mail["kind"] == ORDER_LINK)
    for row in facts.outbox:
        if row["type"] == PAID:
            yield from _once(grants[row["aggregate_id"]], "grant", row["aggregate_id"])
            yield from _once(owed[row["aggregate_id"]], "mail", row["aggregate_id"])


def _once(count: int, what: str, subject: str) -> Iterator[Finding]:
    if count == 0:
        yield Finding("lost", f"paid, and there is no {what}", subject)
    if count > 1:
        yield Finding("duplicated", f"paid once, and there are {count} of {what}", subject)


def what_was_answered_stands(facts: Facts) -> Iterator[Finding]:
    there = {
        "placed": {order["id"] for order in facts.orders},
        "registered": {row["email"] for row in facts.registrations},
        "confirmed": {row["email"] for row in facts.registrations if row["confirmed_at"]},
    }
    for told in facts.told:
        if told.what in there and told.subject not in there[told.what]:
            yield Finding("lost", f"answered as {told.what}, and not there", told.subject)
    versions = [version for service, _, version in facts.pages if service == "pages"]
    for told in facts.told:
        if told.what == "changed" and told.amount > max(versions, default=0):
            yield Finding("lost", f"version {told.amount} was answered", told.subject)


def what_stripe_was_answered_is_kept(facts: Facts) -> Iterator[Finding]:
    for event_id in facts.answered.keys() - facts.kept:
        yield Finding("lost", "an event was answered with 2xx, and is not kept", event_id)


def no_wish_is_an_order_twice(facts: Facts) -> Iterator[Finding]:
    if len(facts.orders) > facts.wishes:
        yield Finding("duplicated", f"{facts.wishes} wanted to buy, and there are {len(facts.orders)} orders", "page")


def stock_is_kept(facts: Facts) -> Iterator[Finding]:
    if facts.stock is None or facts.quantity_limit is None:
        return
    counted = Counter(order["unit"] for order in facts.orders)
    taken = counted["held"] + counted["sold"] + counted["in_review"]
    if taken > facts.quantity_limit:
        yield Finding("duplicated", f"{taken} units of {facts.quantity_limit}", "page")
    for unit in ("held", "sold", "in_review"):
        if facts.stock[unit] != counted[unit]:
            kind: Kind = "lost" if facts.stock[unit] > counted[unit] else "duplicated"
            yield Finding(kind, f"{facts.stock[unit]} counted as {unit}, {counted[unit]} orders have one", "page")


def nothing_is_sold_after_the_end(facts: Facts) -> Iterator[Finding]:
    for order in facts.orders:
        if facts.ends_at is not None and order["created_at"] >= facts.ends_at:
            yield Finding("duplicated", f"sold at {order['created_at']}, after {facts.ends_at}", order["id"])


def the_end_is_told_once(facts: Facts) -> Iterator[Finding]:
    count = sum(row["type"] == EXPIRED for row in facts.outbox)
    if count != 1:
        yield Finding("lost" if count == 0 else "duplicated", f"the page's end was told {count} times", "page")


def late_payments_follow_the_policy(facts: Facts) -> Iterator[Finding]:
    """Honoured is what was confirmed in time, or under a policy that says so; all else goes back with its reason."""
    committed = {session["order_id"]: session["committed_at"] for session in facts.sessions}
    for order in facts.orders:
        if order["id"] not in facts.payments or committed.get(order["id"]) is None or facts.ends_at is None:
            continue
        in_time = facts.honours_late or committed[order["id"]] < facts.ends_at
        if in_time and order["reason"] == "paid-after-expiry":
            yield Finding("lost", "paid in time, and sent back", order["id"])
        if not in_time and order["status"] in FULFILLED:
            yield Finding("duplicated", "paid too late, and fulfilled", order["id"])
        if order["status"] == "refunded" and not order["reason"]:
            yield Finding("lost", "sent back without a reason", order["id"])


def one_window_is_one_attempt(facts: Facts) -> Iterator[Finding]:
    """All that is asked for within ten minutes."""
    for grant in facts.grants:
        if grant["attempts_used"] > 1:
            yield Finding("duplicated", f"{grant['attempts_used']} attempts in one window", grant["id"])


def nobody_waited_for_stripe(facts: Facts) -> Iterator[Finding]:
    for told in facts.told:
        if told.what == "looked" and told.amount > LONGEST_LOOK_MS:
            yield Finding("stuck", f"a look took {told.amount} ms", told.subject)


def history_stands(facts: Facts) -> Iterator[Finding]:
    for told in facts.told:
        if told.what == "altered":
            yield Finding("lost", "the application's role could alter history", told.subject)


def downloads_keep_to_the_limit(facts: Facts) -> Iterator[Finding]:
    """What was counted is what was granted, less what the store's failure gave back."""
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in facts.attempts:
        outcomes[row["grant_id"]][row["outcome"]] += 1
    for grant in facts.grants:
        if grant["attempts_used"] > grant["attempts_allowed"]:
            yield Finding("duplicated", f"{grant['attempts_used']} of {grant['attempts_allowed']} used", grant["id"])
        granted, given_back = outcomes[grant["id"]]["granted"], outcomes[grant["id"]]["storage_failed"]
        if grant["attempts_used"] > granted:
            yield Finding("lost", f"{granted} granted, {grant['attempts_used']} counted", grant["id"])
        if grant["attempts_used"] < granted - given_back:
            yield Finding("duplicated", f"{granted} granted, {grant['attempts_used']} counted", grant["id"])


def mails_come(facts: Facts) -> Iterator[Finding]:
    """At least once, while there is something to tell; again only under the same Message-ID."""
    came = {_message_id(letter) for letter in facts.letters}
    open_orders = {order["id"] for order in facts.orders if order["status"] in OPEN and not order["access_revoked"]}
    for mail in facts.mails:
        if mail["sent_at"] is None:
            yield Finding("stuck", f"{mail['kind']} was never sent", mail["id"])
        elif mail["id"] not in came and mail["about"] in open_orders:
            yield Finding("lost", f"{mail['kind']} is marked sent and never came", mail["id"])
    owed = {mail["id"] for mail in facts.mails}
    for letter in facts.letters:
        if _message_id(letter) not in owed:
            yield Finding("duplicated", f"a mail that nobody owed: {letter['subject']}", letter["recipient"])


def _message_id(letter: Row) -> str:
    return str(letter["message_id"]).strip("<>").partition("@")[0]
