"""A page opens and closes at its instants, and tells those who registered."""

import re
from urllib.parse import urlsplit

import httpx
from chassis.testing import PATIENCE

from .journey import MEBIBYTE, Buyer, Creator, Inbox, checked, patient, soon, until, zip_like


async def public(edge: httpx.AsyncClient, page: dict[str, str]) -> dict[str, object]:
    answer = await patient(lambda: edge.get(f"/api/pages/v1/public/pages/{page['shortId']}"))
    found: dict[str, object] = checked(answer, 200)
    return found


async def test_those_who_registered_are_told_once_at_launch(
    edge: httpx.AsyncClient, creator: Creator, inbox: Inbox
) -> None:
    await creator.link_stripe()
    product = await creator.product()
    await creator.upload(product["id"], zip_like(MEBIBYTE))
    form = [{"name": "size", "label": "Size", "type": "select", "required": True, "options": ["S", "M"]}]
    page = await creator.page(product["id"], launchAt=soon(hours=1), registrationForm=form)
    assert (await public(edge, page))["state"] == "pre_launch"
    early = await patient(lambda: edge.post("/api/checkout/v1/checkouts", json={"shortId": page["shortId"]}))
    assert checked(early, 409)["type"] == "page-not-live"

    email = Buyer(edge).email
    path = f"/api/leads/v1/public/pages/{page['shortId']}/registrations"
    registration = {"email": email, "name": "Grace", "customFields": {"size": "M"}}
    checked(await patient(lambda: edge.post(path, json=registration)), 202)
    checked(await edge.post(path, json=registration), 202)
    confirmation = await inbox.mail(email)
    link = re.search(r"https?://\S+/r/confirm#\S+", confirmation["text"])
    assert link is not None
    assert (await edge.get("/r/confirm")).status_code == 200
    token = urlsplit(link[0]).fragment
    checked(await edge.post("/api/leads/v1/registrations/confirm", json={"token": token}), 200)
    await creator.change(page, launchAt=soon(seconds=8))

    async def live() -> bool:
        return (await public(edge, page))["state"] == "live"

    await until(live)
    mail = await inbox.mail(email, "It is open")
    assert f"/p/{page['shortId']}" in mail["text"]
    assert "List-Unsubscribe" in mail["headers"]
    (listed,) = (await creator.get(f"/api/leads/v1/pages/{page['id']}/registrations"))["items"]
    assert listed["confirmedAt"] is not None
    assert listed["customFields"] == {"size": "M"}
    await (await Buyer(edge).buy(page)).reaches("completed")
    assert len(await inbox.mails(email, "It is open")) == 1


async def test_at_its_expiry_a_page_sells_no_more_and_its_open_session_ends(
    edge: httpx.AsyncClient, creator: Creator, inbox: Inbox
) -> None:
    page = await creator.ready_to_sell(expiresAt=soon(seconds=15))
    buyer = Buyer(edge)
    order_id, url = await buyer.start(page)
    assert (await edge.get(f"/p/{page['shortId']}")).status_code == 200

    async def expired() -> bool:
        return (await edge.get(f"/p/{page['shortId']}")).status_code == 410

    await until(expired)
    assert (await public(edge, page))["state"] == "expired"
    late = await patient(lambda: edge.post("/api/checkout/v1/checkouts", json={"shortId": page["shortId"]}))
    assert checked(late, 410)["type"] == "page-expired"

    async def ended() -> bool:
        order = await creator.get(f"/api/checkout/v1/orders/{order_id}")
        return bool(order["status"] == "expired")

    assert await until(ended)
    async with httpx.AsyncClient(timeout=PATIENCE) as browser:
        assert "expired" in (await browser.get(url)).text.lower()


async def test_a_capped_page_sells_what_it_has(edge: httpx.AsyncClient, creator: Creator) -> None:
    page = await creator.ready_to_sell(quantityLimit=1)
    first = Buyer(edge)
    _, url = await first.start(page)
    second = await edge.post("/api/checkout/v1/checkouts", json={"shortId": page["shortId"]})
    assert checked(second, 409)["type"] == "sold-out"
    await (await first.pay(url)).reaches("completed")

    async def sold_out() -> bool:
        found = await public(edge, page)
        return found["state"] == "sold_out" and found["remaining"] == 0

    assert await until(sold_out)
