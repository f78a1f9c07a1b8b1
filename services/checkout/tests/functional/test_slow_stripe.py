"""Stripe being slow, or away, is a matter of payments alone."""

import asyncio

from chassis.testing import sign_in

from .shop import Shop


async def test_others_are_served_while_stripe_takes_its_time(shop: Shop) -> None:
    page = await shop.page()
    slow = {"path": "/v1/checkout/sessions", "method": "POST", "delay_before": 8, "times": None}
    await shop.control("/faults", slow)
    buying = [asyncio.ensure_future(shop.check_out(page)) for _ in range(30)]
    while (await shop.stock(page))[0] < 20:  # noqa: ASYNC110 - another process's row
        await asyncio.sleep(0.05)
    answer = await shop.client.get("/v1/orders", headers=sign_in(page.creator_id))
    answered = [buyer.done() for buyer in buying]
    await shop.stripe.delete("/sandbox/control/faults")
    assert (answer.status_code, len(answer.json()["items"])) == (200, 20)
    assert not any(answered), "who asked for their orders waited for somebody else's payment"
    assert {(await response).status_code for response in buying} == {201}
