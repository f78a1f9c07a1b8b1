"""A link that is bound to where it was first used."""

import aioboto3
import pytest
from chassis.lifecycle import Service
from chassis.testing import SettableClock, TestDatabase, deliver, sign_in, told
from contracts.catalog import AddressBinding, ProductPublished, ProductUpdated
from contracts.checkout import OrderLinkReissued
from contracts.delivery import DownloadAttempted
from delivery.settings import DeliverySettings

from .conftest import WINDOW, Order, Visit, ask, changed
from .test_record import owner

HOME, NEIGHBOUR, AWAY = "203.0.113.77", "203.0.113.78", "198.51.100.9"


async def bound(service: Service, product: ProductPublished, order: Order, binding: AddressBinding) -> None:
    await deliver(service, changed(product, ProductUpdated, address_binding=binding, attempts_allowed=5))
    await deliver(service, order.paid())


@pytest.mark.parametrize(
    ("binding", "opens"),
    [
        (AddressBinding.NONE, {HOME, NEIGHBOUR, AWAY}),
        (AddressBinding.NETWORK, {HOME, NEIGHBOUR}),
        (AddressBinding.ADDRESS, {HOME}),
    ],
)
async def test_a_link_opens_only_where_it_was_first_used(
    service: Service, visit: Visit, product: ProductPublished, order: Order, binding: AddressBinding, opens: set[str]
) -> None:
    await bound(service, product, order, binding)
    looked = await visit(AWAY).post("/v1/downloads/status", json={"token": order.token})
    assert looked.json()["addressBinding"] == binding, "looking binds nothing"
    for address in (HOME, NEIGHBOUR, AWAY, HOME):
        answer = await ask(visit(address), order)
        assert answer.is_success is (address in opens), address
        shown = await visit(address).post("/v1/downloads/status", json={"token": order.token})
        assert shown.is_success is (address in opens), address
    refused = [each for each in await told(service.db, DownloadAttempted) if each.outcome == "refused_address"]
    assert len(refused) == len({HOME, NEIGHBOUR, AWAY} - opens)


async def test_a_refusal_elsewhere_uses_nothing_up_and_says_what_to_do(
    service: Service, visit: Visit, product: ProductPublished, order: Order, clock: SettableClock
) -> None:
    await bound(service, product, order, AddressBinding.ADDRESS)
    await ask(visit(HOME), order)
    clock.advance(WINDOW)
    refused = await ask(visit(AWAY), order)
    assert (refused.status_code, refused.json()["type"]) == (403, "download-elsewhere")
    assert refused.json()["nextStep"] == "write-to-creator"
    found = await visit(HOME).post("/v1/downloads/status", json={"token": order.token})
    assert found.json()["attemptsUsed"] == 1


async def test_what_gives_the_buyer_a_new_start_binds_anew(
    service: Service, visit: Visit, product: ProductPublished, order: Order
) -> None:
    await bound(service, product, order, AddressBinding.NETWORK)
    await ask(visit(HOME), order)
    headers = sign_in(order.creator_id)
    (grant,) = (await visit(HOME).get("/v1/grants", params={"orderId": str(order.id)}, headers=headers)).json()["items"]
    await visit(HOME).post(f"/v1/grants/{grant['id']}/reset-attempts", headers=headers)
    assert (await ask(visit(AWAY), order)).is_success
    assert (await ask(visit(HOME), order)).status_code == 403

    order.token = "n" * 43
    await deliver(service, order.reissued(OrderLinkReissued, 3, generation=2))
    assert (await ask(visit(HOME), order)).is_success
    assert (await ask(visit(AWAY), order)).status_code == 403


@pytest.mark.parametrize("downloads_before", [0, 2])
async def test_a_download_that_failed_binds_nobody(
    service: Service,
    visit: Visit,
    product: ProductPublished,
    order: Order,
    settings: DeliverySettings,
    clock: SettableClock,
    downloads_before: int,
) -> None:
    assert product.file is not None
    await bound(service, product, order, AddressBinding.ADDRESS)
    for _ in range(downloads_before):
        assert (await ask(visit(HOME), order)).is_success
        clock.advance(WINDOW)
    order.token = "n" * 43
    await deliver(service, order.reissued(OrderLinkReissued, 3, generation=2))
    session = aioboto3.Session(settings.s3_access_key_id, settings.s3_secret_access_key, region_name="auto")
    async with session.client("s3", endpoint_url=settings.s3_endpoint_url) as s3:
        await s3.delete_object(Bucket=settings.s3_bucket, Key=product.file.storage_key)
        assert (await ask(visit(HOME), order)).status_code == 503
        await s3.put_object(Bucket=settings.s3_bucket, Key=product.file.storage_key, Body=b"again")
    assert (await ask(visit(AWAY), order)).is_success


async def test_where_a_buyer_is_cannot_be_read_from_the_grant(
    service: Service, visit: Visit, product: ProductPublished, order: Order, database: TestDatabase
) -> None:
    await bound(service, product, order, AddressBinding.ADDRESS)
    await ask(visit(HOME), order)
    connection = await owner(database)
    row = await connection.fetchval("SELECT to_jsonb(g)::text FROM download_grants g")
    await connection.close()
    assert HOME not in row
