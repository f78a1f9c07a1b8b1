"""What goes wrong, each kind a small class: it begins, and after a while it ends."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from .proxies import Trouble
from .world import World


class Fault(Protocol):
    """`str(fault)` says it in words."""

    async def begin(self, world: World) -> None: ...

    async def end(self, world: World) -> bool:
        """Nothing of it is left, but for what has to recover by itself; whether it struck at all."""


@dataclass(frozen=True)
class KilledAt:
    """A process dies at a failpoint; `passage` counts from 1."""

    member: str
    failpoint: str
    passage: int

    def __str__(self) -> str:
        return f"{self.member} dies at {self.failpoint} ({self.passage})"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].arm(self.failpoint, self.passage)

    async def end(self, world: World) -> bool:
        """Struck is who came by often enough."""
        return not world.fleet[self.member].disarm()


@dataclass(frozen=True)
class Killed:
    """A process is killed; the fleet starts it again."""

    member: str

    def __str__(self) -> str:
        return f"{self.member} is killed"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].signal(signal.SIGKILL)

    async def end(self, world: World) -> bool:
        """It was started again already."""
        return True


@dataclass(frozen=True)
class ToldToStop:
    """A process is told to stop, and has to do so in time; the fleet starts it again."""

    member: str

    def __str__(self) -> str:
        return f"{self.member} is told to stop"

    async def begin(self, world: World) -> None:
        await world.fleet[self.member].stop()

    async def end(self, world: World) -> bool:
        """It was started again already."""
        return True


@dataclass(frozen=True)
class Stopped:
    """A process stands still for a while, holding what it holds."""

    member: str

    def __str__(self) -> str:
        return f"{self.member} stands still"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].signal(signal.SIGSTOP)

    async def end(self, world: World) -> bool:
        world.fleet[self.member].signal(signal.SIGCONT)
        return True


@dataclass(frozen=True)
class Troubled:
    """A proxy does not just pass."""

    proxy: str
    trouble: Trouble
    words: str

    def __str__(self) -> str:
        return f"{self.proxy} {self.words}"

    async def begin(self, world: World) -> None:
        await world.proxies[self.proxy].become(self.trouble)

    async def end(self, world: World) -> bool:
        proxy = world.proxies[self.proxy]
        struck = self.trouble.lose_answer_to is None or proxy.lost > 0
        await proxy.become(Trouble())
        return struck


@dataclass(frozen=True)
class PartKilled:
    """A part of the stack is killed, and started again when the fault ends."""

    part: str

    def __str__(self) -> str:
        return f"{self.part} is down"

    async def begin(self, world: World) -> None:
        await world.stack.kill(self.part)

    async def end(self, world: World) -> bool:
        await world.stack.start(self.part)
        return True


@dataclass(frozen=True)
class CacheFlushed:
    def __str__(self) -> str:
        return "the cache is flushed"

    async def begin(self, world: World) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.proxies["valkey"].target)
        writer.write(b"FLUSHALL\r\n")
        await reader.readexactly(len(b"+OK\r\n"))
        writer.close()
        await writer.wait_closed()

    async def end(self, world: World) -> bool:
        """It fills by itself."""
        return True


@dataclass(frozen=True)
class ClockWrong:
    """A process started anew with a clock that is wrong by `seconds`, and then with a right one."""

    member: str
    seconds: int

    def __str__(self) -> str:
        return f"the clock of {self.member} is {self.seconds:+d} s off"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].wrong_by = self.seconds
        await world.fleet[self.member].restart()

    async def end(self, world: World) -> bool:
        world.fleet[self.member].wrong_by = 0
        await world.fleet[self.member].restart()
        return True


@dataclass(frozen=True)
class WebhooksDisturbed:
    """Stripe sends each event several times, late, and so in another order."""

    duplicates: int
    latest: float
    seed: int

    def __str__(self) -> str:
        return f"Stripe's events come {1 + self.duplicates} times, up to {self.latest:.1f} s late"

    async def begin(self, world: World) -> None:
        told: dict[str, Any] = {"duplicates": self.duplicates, "delay_max": self.latest, "seed": self.seed}
        await world.sandbox.control("/webhooks/disturb", told)

    async def end(self, world: World) -> bool:
        await world.sandbox.control("/webhooks/disturb")
        return True


@dataclass(frozen=True)
class WebhooksHeld:
    """Stripe's events are held, then come one after another, in another order, each several times."""

    order: str
    copies: int
    seed: int

    def __str__(self) -> str:
        return f"Stripe's events are held, then come {self.order}, {self.copies} times each"

    async def begin(self, world: World) -> None:
        await world.sandbox.control("/webhooks/pause")

    async def end(self, world: World) -> bool:
        told = {"order": self.order, "copies": self.copies, "seed": self.seed}
        await world.sandbox.control("/webhooks/release", told)
        return True


@dataclass(frozen=True)
class StripeFails:
    """Stripe answers the next `times` requests with an error or not at all, having acted or not; or late."""

    path: str
    answer: str
    act: bool
    times: int
    delay: float = 0.0

    def __str__(self) -> str:
        acted = "having acted" if self.act else "doing nothing"
        return f"Stripe answers {self.path} {self.times} times with {self.answer}, {acted}, after {self.delay:g} s"

    async def begin(self, world: World) -> None:
        told: dict[str, Any] = {"path": self.path, "answer": self.answer, "act": self.act, "times": self.times}
        await world.sandbox.control("/faults", {**told, "delay_before": self.delay})

    async def end(self, world: World) -> bool:
        await world.sandbox.control("/faults", method="DELETE")
        return True


Draw = Callable[[Random], Fault]
"""A kind of fault, of which a schedule's chance makes one."""

RELAYS = ("checkout-relay", "checkout-relay-2", "checkout-relay-3", "delivery-relay", "pages-worker")
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
        chance.choice(["checkout-relay", "checkout-relay-2", "checkout-relay-3", "leads"]),
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
