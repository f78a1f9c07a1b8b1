"""A buyer who left every trace there can be asks to be forgotten, and is found nowhere.

Client addresses stay: they are delivery's, name nobody, and go after 30 days. What Stripe and the mail servers have is
theirs to forget.
"""

import hashlib
import hmac
import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
from chassis.testing import PATIENCE
from local_stack import Stack

from .journey import Buyer, Creator, Downloads, Inbox, Purchase, checked, patient, until
from .traces import Traces

UNITS = 3
LINK = r"https?://\S+{path}\S*#\S+"


def link_in(mail: dict[str, Any], path: str) -> str:
    """The address in the mail that leads to `path`, with what stands behind its #."""
    found = re.search(LINK.format(path=re.escape(path)), mail["text"])
    assert found is not None, mail["text"]
    return found[0]


async def stripe(stack: Stack, path: str, fields: dict[str, Any] | None = None, method: str = "POST") -> Any:
    async with httpx.AsyncClient(base_url=stack.endpoints["stripe"], timeout=PATIENCE) as client:
        answer = await client.request(method, f"/sandbox/control{path}", json=fields or {})
    return checked(answer, 200)


async def buy_with_a_code(creator: Creator, buyer: Buyer, page: dict[str, Any]) -> Purchase:
    code = {"salesPageId": page["id"], "code": "ONCE", "percentOff": 10, "maxUsesPerCustomer": 1}
    await creator.post("/api/checkout/v1/discount-codes", code)
    _, url = await buyer.start(page, discountCode="once")
    return await buyer.pay(url)


async def be_refunded_and_dispute(stack: Stack, creator: Creator, purchase: Purchase) -> None:
    """Evidence names the buyer: it is gathered, and handed to the bank."""
    path = f"/api/checkout/v1/orders/{purchase.order_id}"
    await creator.post(f"{path}/refunds", {"amount": 100, "revokeAccess": False})
    await stripe(stack, f"/charges/{(await creator.get(path))['paymentId']}/dispute")

    async def disputes() -> Any:
        return (await creator.get(f"/api/checkout/v1/disputes?order={purchase.order_id}"))["items"]

    dispute = (await until(disputes))[0]
    evidence = await creator.post(f"/api/checkout/v1/disputes/{dispute['id']}/evidence", {"explanation": "Sent."}, 200)
    assert evidence["texts"]["customer_email_address"]


async def be_interrupted(stack: Stack, edge: httpx.AsyncClient, buyer: Buyer, page: dict[str, Any]) -> None:
    """Stripe does not answer: what it was to be asked is kept."""
    fault = {"path": "/v1/checkout/sessions", "answer": "error", "act": False, "times": None}
    await stripe(stack, "/faults", fault)
    body = {"shortId": page["shortId"], "email": buyer.email}
    answer = await edge.post("/api/checkout/v1/checkouts", json=body, headers={"Idempotency-Key": uuid4().hex})
    await stripe(stack, "/faults", method="DELETE")
    assert checked(answer, 503)["type"] == "payment-provider-unavailable"


async def be_told_of_too_early(stack: Stack, edge: httpx.AsyncClient, buyer: Buyer) -> None:
    """An event of Stripe's about an order that is not known yet is kept until it is."""
    session = {
        "id": f"cs_test_{uuid4().hex}", "object": "checkout.session", "metadata": {"order_id": str(uuid4())},
        "status": "complete", "payment_status": "paid", "payment_intent": f"pi_{uuid4().hex}", "amount_total": 1900,
        "currency": "eur", "customer_details": {"email": buyer.email, "name": buyer.name},
    }  # fmt: skip
    at = int(time.time())
    event = {"id": f"evt_{uuid4().hex}", "type": "checkout.session.completed", "created": at}
    body = json.dumps({**event, "data": {"object": session}}).encode()
    secret = stack.environment("checkout")["STRIPE_WEBHOOK_SECRETS"].split(",")[0]
    signed = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={at},v1={signed}"}
    answer = await edge.post("/api/checkout/v1/webhooks/stripe", content=body, headers=headers)
    assert checked(answer, 200) == {"received": True, "kept": True}


async def wait_for_a_unit(edge: httpx.AsyncClient, buyer: Buyer, inbox: Inbox, page: dict[str, Any]) -> str:
    """On the waiting list of what is sold out; the token that deletes the entry."""
    path = f"/api/leads/v1/public/pages/{page['shortId']}/registrations"
    entry = {"email": buyer.email, "name": buyer.name, "customFields": {}}

    async def registered() -> bool:
        return (await edge.post(path, json=entry)).status_code == 202

    await until(registered)
    mail = await inbox.mail(buyer.email, "Please confirm")
    token = urlsplit(link_in(mail, "/r/confirm")).fragment
    checked(await edge.post("/api/leads/v1/registrations/confirm", json={"token": token}), 200)
    return urlsplit(link_in(mail, "/r/delete")).fragment


async def ask_to_be_forgotten(edge: httpx.AsyncClient, buyer: Buyer, inbox: Inbox) -> None:
    """By the link of the mail that lists what was bought."""
    checked(await edge.post("/api/checkout/v1/orders/lookup", json={"email": buyer.email}), 202)
    link = urlsplit(link_in(await inbox.mail(buyer.email, "What you bought"), "/o/erase"))
    customer = parse_qs(link.query)["customer"][0]
    path = f"/api/checkout/v1/customers/{customer}/erasure"
    checked(await edge.post(path, json={"token": link.fragment}), 204)


async def test_the_search_finds_what_is_there(stack: Stack, creator: Creator) -> None:
    page = await creator.ready_to_sell()
    found = await Traces(stack).of(page["shortId"], f"products/{creator.id}", "limit:", "Uvicorn running")
    assert {place.split()[0] for place in found} == {
        "catalog", "pages", "checkout", "delivery", "leads", "bucket", "cache", "log",
    }  # fmt: skip


async def test_who_is_erased_is_nowhere(stack: Stack, edge: httpx.AsyncClient, creator: Creator, inbox: Inbox) -> None:
    mark = uuid4().hex[:12]
    buyer = Buyer(edge, f"Grace.Hopper-{mark}@Example.com", f"Gracia Quill-{mark}")
    traces = Traces(stack)
    page = await creator.ready_to_sell(quantityLimit=UNITS, waitingList=True)

    purchase = await buy_with_a_code(creator, buyer, page)
    downloads = Downloads(edge, await purchase.token())
    await downloads.fetch()
    await inbox.mail(buyer.email, "Your download")
    await creator.post(f"/api/checkout/v1/orders/{purchase.order_id}/link", {}, 202)
    await inbox.mail(buyer.email, "Your new download link")
    await be_refunded_and_dispute(stack, creator, purchase)
    await inbox.mail(buyer.email, "Refunded")
    await buyer.start(page)
    await be_interrupted(stack, edge, buyer, page)
    await be_told_of_too_early(stack, edge, buyer)
    deletes = await wait_for_a_unit(edge, buyer, inbox, page)
    exported = await patient(lambda: edge.get("/api/checkout/v1/orders.csv", headers=creator.headers))
    assert len(exported.text.splitlines()) == UNITS + 1
    assert mark not in exported.text
    evidence = await creator.get(f"/api/delivery/v1/orders/{purchase.order_id}/evidence")
    assert mark not in json.dumps(evidence)
    assert await traces.of(mark) == {
        "checkout customer_contacts", "checkout checkout_sessions", "checkout stripe_events", "leads registrations",
    }  # fmt: skip

    await ask_to_be_forgotten(edge, buyer, inbox)
    checked(await edge.post("/api/leads/v1/registrations/delete", json={"token": deletes}), 200)

    assert await traces.of(buyer.email, buyer.name, mark) == set()
    orders = (await creator.get("/api/checkout/v1/orders"))["items"]
    assert len({order["customerId"] for order in orders}) == 1
    assert len(orders) == UNITS
    address = evidence["attempts"][0]["address"]
    assert "delivery client_addresses" in await traces.of(address)
