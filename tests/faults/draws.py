"""What a schedule may draw: a kind of fault, of which its chance makes one."""

from collections.abc import Callable
from random import Random

from chassis.outbox import LEASE_SECONDS

from .faults import (
    CacheFlushed,
    ClockWrong,
    Fault,
    Killed,
    KilledAt,
    PartKilled,
    StillAt,
    Stopped,
    StripeFails,
    ToldToStop,
    Troubled,
    WebhooksDisturbed,
    WebhooksHeld,
)
from .proxies import Trouble

Draw = Callable[[Random], Fault]
"""A kind of fault, of which a schedule's chance makes one."""

CHECKOUT_RELAYS = ("checkout-relay", "checkout-relay-2", "checkout-relay-3")
RELAYS = (*CHECKOUT_RELAYS, "delivery-relay", "pages-worker")
CONSUMERS = ("checkout-consumer", "delivery-consumer", "pages-worker", "leads")
ANY_TRANSACTION = ("checkout-gateway", "delivery-gateway", "pages-gateway", "checkout-sweeper", "leads")
ANYBODY = tuple(dict.fromkeys((*RELAYS, *CONSUMERS, *ANY_TRANSACTION)))
AT_RELAYS = ("publisher.before-publish", "relay.after-confirm", "relay.before-mark-sent", "relay.after-mark-sent")
AT_CONSUMERS = ("consumer.after-claim", "consumer.before-commit", "transaction.after-commit", "consumer.before-ack")
AT_TRANSACTIONS = ("transaction.before-commit", "transaction.after-commit")
AT_MAILERS = ("mailer.after-claim", "mailer.before-mark-sent")


def relay_dies(chance: Random) -> Fault:
    return KilledAt(chance.choice(RELAYS), chance.choice(AT_RELAYS), chance.randint(1, 4))


def consumer_dies(chance: Random) -> Fault:
    return KilledAt(chance.choice(CONSUMERS), chance.choice(AT_CONSUMERS), chance.randint(1, 6))


def transaction_dies(chance: Random) -> Fault:
    return KilledAt(chance.choice(ANY_TRANSACTION), chance.choice(AT_TRANSACTIONS), chance.randint(1, 6))


def mailer_dies(chance: Random) -> Fault:
    return KilledAt(
        chance.choice([*CHECKOUT_RELAYS, "leads"]),
        chance.choice(AT_MAILERS),
        chance.randint(1, 2),
    )


def anybody_killed(chance: Random) -> Fault:
    return Killed(chance.choice(ANYBODY))


def anybody_told_to_stop(chance: Random) -> Fault:
    return ToldToStop(chance.choice(ANYBODY))


def anybody_still(chance: Random) -> Fault:
    return Stopped(chance.choice(ANYBODY))


def dies(member: str, *failpoints: str) -> Draw:
    return lambda chance: KilledAt(member, chance.choice(failpoints), chance.randint(1, 3))


def still(*members: str) -> Draw:
    return lambda chance: Stopped(chance.choice(members))


def killed(*members: str) -> Draw:
    return lambda chance: Killed(chance.choice(members))


def relay_still(chance: Random) -> Fault:
    return Stopped(chance.choice(RELAYS))


def relay_still_past_lease(chance: Random) -> Fault:
    """One of checkout's three, with what it published not yet marked: another takes over, and it goes on later."""
    return StillAt(chance.choice(CHECKOUT_RELAYS), chance.choice(AT_RELAYS), LEASE_SECONDS + 1)


def clock_wrong(chance: Random) -> Fault:
    return ClockWrong(chance.choice(ANYBODY), chance.choice([-600, 600]))


def commit_unanswered(_chance: Random) -> Fault:
    return Troubled("postgres", Trouble(lose_answer_to=b"COMMIT"), "loses the answers to COMMIT")


def commit_slow(chance: Random) -> Fault:
    """Transactions end in another order than they wrote."""
    return Troubled("postgres", Trouble(delay=chance.uniform(0.2, 1.0), delayed=b"COMMIT"), "is slow to COMMIT")


def publish_unanswered(chance: Random) -> Fault:
    key = chance.choice([b"checkout.order.paid", b"checkout.order", b"delivery.download", b"pages.page"])
    return Troubled("rabbitmq", Trouble(lose_answer_to=key), f"loses the confirms of {key.decode()}")


def mail_unanswered(_chance: Random) -> Fault:
    return Troubled("smtp", Trouble(lose_answer_to=b"\r\n.\r\n"), "is cut after DATA")


def cut(*proxies: str) -> Draw:
    return lambda chance: Troubled(chance.choice(proxies), Trouble(cut=True), "is cut")


def swallowing(*proxies: str) -> Draw:
    return lambda chance: Troubled(chance.choice(proxies), Trouble(hole=True), "swallows everything")


def slow(*proxies: str) -> Draw:
    return lambda chance: Troubled(chance.choice(proxies), Trouble(delay=chance.uniform(0.02, 0.4)), "is slow")


def down(part: str) -> Draw:
    return lambda _chance: PartKilled(part)


def cache_flushed(_chance: Random) -> Fault:
    return CacheFlushed()


def webhooks_disturbed(chance: Random) -> Fault:
    return WebhooksDisturbed(chance.randint(1, 3), chance.uniform(0.1, 2.0), chance.getrandbits(16))


def webhooks_held(chance: Random) -> Fault:
    order = chance.choice(["reversed", "shuffled", "created"])
    return WebhooksHeld(order, chance.randint(1, 3), chance.getrandbits(16))


def stripe_fails(chance: Random) -> Fault:
    path = chance.choice(["/v1/checkout/sessions", "/v1/refunds", "*"])
    answer = chance.choice(["error", "drop"])
    return StripeFails(path, answer, chance.random() < 0.7, chance.randint(1, 4))


def stripe_slow(chance: Random) -> Fault:
    return StripeFails("*", "normal", act=True, times=20, delay=chance.uniform(0.5, 3))


def stripe_very_slow(_chance: Random) -> Fault:
    return StripeFails("*", "normal", act=True, times=200, delay=30)
