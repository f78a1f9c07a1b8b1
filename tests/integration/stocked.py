"""A creator who has one of everything."""

from typing import Any

import httpx
from chassis.testing import PATIENCE
from local_stack import Stack

from .journey import Buyer, Creator, Inbox, until


async def one_of_everything(owner: Creator, stack: Stack) -> dict[str, str]:
    """An id of the owner's for each beginning of a path."""
    page = await owner.ready_to_sell()
    unsold = await owner.product(name="Next Guide")
    upload = await owner.begin_upload(unsold["id"], b"PK\x03\x04")
    ahead = await owner.page(page["productId"], launchAt="2039-12-31T00:00:00Z", expiresAt="2040-01-01T00:00:00Z")
    registered = {"email": "registrant@example.com", "customFields": {}}
    await owner.post(f"/api/leads/v1/public/pages/{ahead['shortId']}/registrations", registered, 202)
    purchase = await Buyer(owner.edge).buy(page)
    await purchase.token()

    async def grants() -> Any:
        return (await owner.get(f"/api/delivery/v1/grants?orderId={purchase.order_id}"))["items"]

    order = await owner.get(f"/api/checkout/v1/orders/{purchase.order_id}")
    discount = {"salesPageId": page["id"], "code": "EARLY", "percentOff": 10}
    code = await owner.post("/api/checkout/v1/discount-codes", discount)
    disputed = await Buyer(owner.edge).buy(page)
    await disputed.token()
    payment_id = (await owner.get(f"/api/checkout/v1/orders/{disputed.order_id}"))["paymentId"]
    async with httpx.AsyncClient(base_url=stack.endpoints["stripe"], timeout=PATIENCE) as bank:
        await bank.post(f"/sandbox/control/charges/{payment_id}/dispute", json={})

    async def disputes() -> Any:
        return (await owner.get("/api/checkout/v1/disputes"))["items"]

    await owner.verify(Inbox(stack.endpoints["mail"]))
    await owner.api_key("products:read")
    registrations = await owner.get(f"/api/leads/v1/pages/{ahead['id']}/registrations")
    return {
        "/v1/products/": page["productId"],
        "/v1/file-uploads/": upload["id"],
        "/v1/pages/": ahead["id"],
        "/v1/public/pages/": ahead["shortId"],
        "/v1/orders/": purchase.order_id,
        "/v1/customers/": order["customerId"],
        "/v1/discount-codes/": code["id"],
        "/v1/disputes/": (await until(disputes))[0]["id"],
        "/v1/grants/": (await until(grants))[0]["id"],
        "/v1/registrations/": registrations["items"][0]["id"],
        "/v1/api-keys/": (await owner.get("/api/catalog/v1/api-keys"))["items"][0]["id"],
    }
