"""Two hundred buyers at once for five units, through the gateway, paying at Stripe."""

import asyncio
import random
from collections import Counter
from uuid import UUID

from chassis.testing import owed_mails, told
from contracts.checkout import OrderPaid

from .live import LiveShop
from .shop import Page

BUYERS, UNITS, PRICE = 200, 5, 1900
TURNED_AWAY = ((409, "sold-out"), (503, "unavailable"))
"""The second where all connections to the database are in use for longer than a request waits for one."""


async def press_buy(shop: LiveShop, page: Page, buyer: int) -> UUID | None:
    """The order whose session is open; None where everything is sold or held at this moment."""
    behind_the_edge = {"X-Forwarded-For": f"10.0.{buyer // 200}.{buyer % 200 + 1}"}
    answer = await shop.client.post("/v1/checkouts", json={"shortId": page.short_id}, headers=behind_the_edge)
    if answer.status_code == 201:
        return UUID(answer.json()["orderId"])
    assert (answer.status_code, answer.json()["type"]) in TURNED_AWAY, answer.text
    return None


async def buy(shop: LiveShop, page: Page, buyer: int, pays: bool) -> bool:
    """Whether they have paid. Who walks away leaves a session behind that runs out."""
    order_id = await press_buy(shop, page, buyer)
    if order_id is None:
        return False
    if pays:
        await shop.pay(order_id, email=f"buyer-{buyer}@example.test")
    else:
        await shop.pay(order_id, "decline")
        await shop.control(f"/sessions/{(await shop.session(order_id)).stripe_session_id}/elapse")
    return pays


async def watch(shop: LiveShop, page: Page) -> None:
    """At no moment more units are promised than there are."""
    while True:
        assert sum(await shop.stock(page)) <= UNITS
        await asyncio.sleep(0.01)


async def test_of_two_hundred_at_once_five_pay_and_are_fulfilled(live: LiveShop) -> None:
    page = await live.page(PRICE, limit=UNITS)
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    chance = random.Random(seed)
    watching = asyncio.ensure_future(watch(live, page))
    waiting, rounds = set(range(BUYERS)), 0
    while (await live.stock(page))[1] < UNITS:
        rounds += 1
        crowd = chance.sample(sorted(waiting), len(waiting))
        paid = await asyncio.gather(*(buy(live, page, one, pays=chance.random() < 0.5) for one in crowd))
        waiting -= {one for one, has in zip(crowd, paid, strict=True) if has}
        await live.delivered()
    assert not watching.done(), watching.exception()
    watching.cancel()
    assert await live.quiet() == 0
    assert BUYERS - len(waiting) == UNITS
    assert await live.stock(page) == (0, UNITS, 0)
    paid_orders = {event.id for event in await told(live.db, OrderPaid)}
    assert len(paid_orders) == len(await told(live.db, OrderPaid)) == UNITS
    assert Counter(await owed_mails(live.db)) == Counter(("order-link", order_id) for order_id in paid_orders)
    payments = (await live.at_stripe("/sandbox/control/ledger"))["payments"]
    kept = {line["metadata"]["order_id"]: line["captured"] - line["refunded"] for line in payments}
    assert {order_id: amount for order_id, amount in kept.items() if amount} == dict.fromkeys(
        map(str, paid_orders), PRICE
    )
