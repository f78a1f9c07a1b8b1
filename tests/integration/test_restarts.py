"""Killing any one service during the journey and starting it again completes it."""

import httpx
import pytest
from local_stack import Stack

from .journey import Buyer, Creator, Downloads, Inbox, zip_like

SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_purchase_is_completed_although_a_service_was_killed_after_the_payment(
    stack: Stack, edge: httpx.AsyncClient, creator: Creator, inbox: Inbox, service: str
) -> None:
    content = zip_like(6 * 1024 * 1024)
    page = await creator.ready_to_sell(content)
    buyer = Buyer(edge)
    _, url = await buyer.start(page)
    await stack.kill(service)
    purchase = await buyer.pay(url)
    await stack.start(service)
    assert await Downloads(edge, await purchase.token()).fetch() == content
    assert await inbox.mail(buyer.email)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_page_published_while_a_service_was_down_sells_once_it_is_back(
    stack: Stack, edge: httpx.AsyncClient, creator: Creator, service: str
) -> None:
    await creator.link_stripe()
    product = await creator.product()
    await creator.upload(product["id"], zip_like(1024 * 1024))
    page = await creator.draft(product["id"])
    if service == "pages":
        page = await creator.publish(page)
        await stack.kill(service)
    else:
        await stack.kill(service)
        page = await creator.publish(page)
    await stack.start(service)
    purchase = await Buyer(edge).buy(page)
    await purchase.reaches("completed")
