"""The people of a purchase, acting through the edge as their browsers and scripts would."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
from chassis.testing import PATIENCE
from local_stack.seller import Seller, checked, patient, send_parts, soon, submit, until

__all__ = [
    "MEBIBYTE",
    "Buyer",
    "Creator",
    "Downloads",
    "Inbox",
    "Purchase",
    "checked",
    "patient",
    "soon",
    "until",
    "visitor",
    "zip_like",
]

MEBIBYTE = 1024 * 1024


class Creator(Seller):
    """Somebody who sells."""

    async def verify(self, inbox: "Inbox") -> None:
        """Press the button that the welcome leads to."""
        mail = await inbox.mail(self.email, "Welcome")
        link = re.search(r"https?://\S+/account/verify#\S+", mail["text"])
        assert link is not None
        token = {"token": urlsplit(link[0]).fragment}
        await self.post("/api/catalog/v1/email-verifications", token, 200)

    async def api_key(self, *scopes: str) -> dict[str, str]:
        """The Authorization header of a new key; the address must be verified."""
        made = await self.post("/api/catalog/v1/api-keys", {"name": "A program", "scopes": scopes})
        return {"Authorization": f"Bearer {made['key']}"}

    async def ready_to_sell(self, content: bytes | None = None, **page: Any) -> dict[str, Any]:
        """The live page of a priced product with a file, of a creator who can charge."""
        await self.link_stripe()
        product = await self.product()
        await self.upload(product["id"], content or zip_like(MEBIBYTE))
        return await self.page(product["id"], **page)

    async def show(self, product_id: str, picture: bytes) -> None:
        """Upload the product's preview, a PNG."""
        announced = {"fileName": "cover.png", "fileType": "image/png", "fileSizeBytes": len(picture), "kind": "preview"}
        upload = await self.post(f"/api/catalog/v1/products/{product_id}/file-uploads", announced)
        etags = await send_parts(upload["parts"], picture, upload["partSizeBytes"])
        await self.complete_upload(upload["id"], etags, picture)

    async def change(self, page: dict[str, Any], **changes: Any) -> None:
        headers = {**self.headers, "If-Match": "*"}
        checked(await self.edge.patch(f"/api/pages/v1/pages/{page['id']}", json=changes, headers=headers), 200)


def visitor(edge_url: str) -> httpx.AsyncClient:
    """A client of the one public origin, from an address that has spent no share of anything yet."""
    address = ".".join(str(byte) for byte in (127, *(1 + byte % 254 for byte in uuid4().bytes[:3])))
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return httpx.AsyncClient(base_url=edge_url, timeout=PATIENCE, transport=transport)


def zip_like(size: int) -> bytes:
    """Bytes of `size` that begin as a ZIP does, different each time."""
    seed = uuid4().bytes
    return (b"PK\x03\x04" + seed * (size // len(seed) + 1))[:size]


@dataclass
class Purchase:
    """What the thanks page knows: the order and the proof behind the #."""

    edge: httpx.AsyncClient
    order_id: str
    proof: str

    async def status(self) -> Any:
        headers = {"Authorization": f"Bearer {self.proof}"}
        path = f"/api/checkout/v1/orders/{self.order_id}/status"
        return checked(await patient(lambda: self.edge.get(path, headers=headers)), 200)

    async def reaches(self, status: str) -> Any:
        async def ask() -> Any:
            found = await self.status()
            return found if found["status"] == status else None

        return await until(ask)

    async def token(self) -> str:
        """The download token, once the order is paid."""
        paid = await self.reaches("completed")
        return str(urlsplit(paid["downloadUrl"]).fragment)


@dataclass
class Buyer:
    """Somebody who buys, with an address of their own."""

    edge: httpx.AsyncClient
    email: str = field(default_factory=lambda: f"buyer-{uuid4().hex[:12]}@example.com")
    name: str = "Grace Buyer"

    async def start(self, page: dict[str, Any], **more: Any) -> tuple[str, str]:
        """Press buy: the order's id and Stripe's address."""
        body = {"shortId": page["shortId"], "email": self.email, **more}
        headers = {"Idempotency-Key": uuid4().hex}
        placed = checked(
            await patient(lambda: self.edge.post("/api/checkout/v1/checkouts", json=body, headers=headers)), 201
        )
        return placed["orderId"], placed["url"]

    async def choose(self, url: str, choice: str) -> httpx.Response:
        """Press one of the buttons on Stripe's hosted page: pay, decline, authenticate, later."""
        async with httpx.AsyncClient(timeout=PATIENCE) as browser:
            page = (await browser.get(url)).raise_for_status()
            return await submit(browser, page, choice, email=self.email, name=self.name)

    def came_back(self, url: str) -> Purchase:
        """What the thanks page at `url` knows."""
        back = urlsplit(url)
        return Purchase(self.edge, parse_qs(back.query)["order"][0], back.fragment)

    async def pay(self, url: str, choice: str = "pay") -> Purchase:
        """Pay on the hosted page and come back to the thanks page."""
        answer = await self.choose(url, choice)
        assert answer.status_code == 303, answer.text
        return self.came_back(answer.headers["location"])

    async def buy(self, page: dict[str, Any]) -> Purchase:
        _, url = await self.start(page)
        return await self.pay(url)


@dataclass
class Downloads:
    """What the download page does with the token behind its #."""

    edge: httpx.AsyncClient
    token: str

    async def ask(self, path: str) -> httpx.Response:
        return await patient(lambda: self.edge.post(f"/api/delivery/v1/downloads{path}", json={"token": self.token}))

    async def status(self) -> Any:
        """Waits out the moment in which the grant is still on its way."""

        async def asked() -> Any:
            response = await self.ask("/status")
            return response.json() if response.status_code == 200 else None

        return await until(asked)

    async def fetch(self) -> bytes:
        """The file's bytes, by the presigned address."""
        await self.status()
        link = checked(await self.ask(""), 200)
        assert link["expiresIn"] == 60
        async with httpx.AsyncClient(timeout=120) as client:
            response = await client.get(link["url"])
        assert response.status_code == 200
        assert "attachment" in response.headers["content-disposition"]
        return response.content


@dataclass
class Inbox:
    """The mail catcher."""

    url: str

    async def mails(self, recipient: str, subject: str = "") -> list[dict[str, Any]]:
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as client:
            found: list[dict[str, Any]] = (await client.get("/api/messages", params={"to": recipient})).json()
        return [mail for mail in found if subject.lower() in mail["subject"].lower()]

    async def mail(self, recipient: str, subject: str = "") -> dict[str, Any]:
        async def arrived() -> dict[str, Any] | None:
            found = await self.mails(recipient, subject)
            return found[0] if found else None

        return await until(arrived)
