"""Another file takes the place of the one that was sold: who bought already gets the newest."""

import httpx
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, deliver, sign_in, told
from contracts.catalog import ProductFileReplaced, ProductPublished, ProductWithdrawn
from contracts.delivery import DownloadAttempted
from delivery.settings import DeliverySettings

from .conftest import Order, ask, changed, stored


async def test_the_newest_file_is_redeemed_whatever_order_it_is_heard_in(
    service: Service, client: httpx.AsyncClient, product: ProductPublished, paid: Order, settings: DeliverySettings
) -> None:
    newest = await stored(settings, f"products/{product.creator_id}/{new_id()}/original/b.zip", "b.zip", b"newer")
    replaced = changed(product, ProductFileReplaced, file=newest, version=3)
    for event in (replaced, changed(product, ProductFileReplaced, version=2)):
        await deliver(service, event)
    link = (await ask(client, paid)).json()
    assert link["fileName"] == "b.zip"
    async with httpx.AsyncClient(timeout=PATIENCE) as browser:
        assert (await browser.get(link["url"])).content == b"newer"
    (attempt,) = await told(service.db, DownloadAttempted)
    assert attempt.file_id == newest.id
    headers = sign_in(paid.creator_id)
    (grant,) = (await client.get("/v1/grants", params={"orderId": str(paid.id)}, headers=headers)).json()["items"]
    assert grant["fileId"] == str(newest.id)


async def test_who_bought_what_is_withdrawn_still_downloads_it(
    service: Service, client: httpx.AsyncClient, product: ProductPublished, paid: Order
) -> None:
    await deliver(service, changed(product, ProductWithdrawn, is_active=False))
    assert (await ask(client, paid)).is_success
