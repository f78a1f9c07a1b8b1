"""Who acts in these tests: visitors and creators, a client that sends a file, and Stripe's accounts."""

import asyncio
import hashlib
import io
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from catalog.errors import StripeRefused, StripeUnavailable
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.mail import OutgoingMail
from chassis.testing import owed_mails
from contracts.catalog import StripeAccount
from contracts.checkout import OrderStatus
from contracts.pages import PageStatus
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PASSWORD = "correct horse battery"
NAME = "Ada Lovelace"


@dataclass
class FakeAccounts:
    """Stripe's accounts, in memory."""

    known: dict[str, StripeAccount] = field(default_factory=dict)
    made: dict[tuple[UUID, int], str] = field(default_factory=dict)
    down: bool = False
    refused: set[str] = field(default_factory=set)

    async def create(self, creator_id: UUID, attempt: int) -> StripeAccount:
        account_id = self.made.setdefault((creator_id, attempt), f"acct_{len(self.made) + 1}")
        fresh = StripeAccount(
            id=account_id, charges_enabled=False, payouts_enabled=False, details_submitted=False, country="DE"
        )
        return self.known.setdefault(account_id, fresh)

    async def onboarding_link(self, account_id: str) -> str:
        return f"https://connect.stripe.test/{account_id}"

    async def read(self, account_id: str) -> StripeAccount | None:
        if self.down:
            raise StripeUnavailable
        if account_id in self.refused:
            raise StripeRefused
        return self.known.get(account_id)

    def onboard(self, account_id: str) -> None:
        done = {"charges_enabled": True, "payouts_enabled": True, "details_submitted": True}
        self.known[account_id] = self.known[account_id].model_copy(update=done)


@dataclass
class Browser:
    """Somebody who asks catalog, with the cookies and the access token they were given."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json=body, headers={**self.headers, **named})


async def signed_in(browser: Browser, email: str) -> Browser:
    registration = {"email": email, "password": PASSWORD, "name": NAME}
    assert (await browser.ask("POST", "/v1/creators", registration)).status_code == 201
    answer = await browser.ask("POST", "/v1/sessions", {"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return replace(browser, headers={"Authorization": f"Bearer {answer.json()['accessToken']}"})


async def a_product(creator: Browser, **fields: Any) -> dict[str, Any]:
    wanted = {"name": "A book", "priceInCents": 900, "currency": "EUR", **fields}
    answer = await creator.ask("POST", "/v1/products", wanted)
    assert answer.status_code == 201, answer.text
    product: dict[str, Any] = answer.json()
    return product


@dataclass
class Uploading:
    """A client that sends a file: what it announced, what it holds, what it has sent."""

    creator: Browser
    content: bytes
    opened: dict[str, Any]
    etags: dict[int, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/file-uploads/{self.opened['id']}"

    def part(self, number: int) -> bytes:
        size = self.opened["partSizeBytes"]
        return self.content[(number - 1) * size : number * size]

    async def send(self, parts: list[dict[str, Any]] | None = None) -> None:
        """PUT to the store, in parallel."""
        async with httpx.AsyncClient(timeout=60) as store:
            await asyncio.gather(*(self._put(store, part) for part in parts or self.opened["parts"]))

    async def _put(self, store: httpx.AsyncClient, part: dict[str, Any]) -> None:
        answer = await store.put(part["url"], content=self.part(part["number"]))
        assert answer.status_code == 200, answer.text
        self.etags[part["number"]] = answer.headers["etag"]

    async def complete(self, sha256: str | None = None, query: str = "") -> httpx.Response:
        parts = [{"number": number, "etag": etag} for number, etag in sorted(self.etags.items())]
        digest = sha256 or hashlib.sha256(self.content).hexdigest()
        return await self.creator.ask("POST", f"{self.path}/complete{query}", {"parts": parts, "sha256": digest})


async def an_upload(creator: Browser, product_id: str, content: bytes, **fields: Any) -> Uploading:
    announced = {
        "fileName": "book.pdf",
        "fileType": "application/pdf",
        "fileSizeBytes": len(content),
        "kind": "original",
        **fields,
    }
    answer = await creator.ask("POST", f"/v1/products/{product_id}/file-uploads", announced)
    assert answer.status_code == 201, answer.text
    return Uploading(creator, content, answer.json())


def a_pdf(size: int = 1000) -> bytes:
    """Never twice the same."""
    return (b"%PDF-1.7\n" + new_id().bytes * (size // 16 + 1))[:size]


def a_png(size: tuple[int, int], comment: str = "") -> bytes:
    """A picture, with what cameras and editors write into one."""
    facts = PngInfo()
    facts.add_text("Comment", comment)
    written = io.BytesIO()
    Image.new("RGB", size, "#336699").save(written, "PNG", pnginfo=facts)
    return written.getvalue()


async def uploaded(creator: Browser, product_id: str, content: bytes | None = None, **fields: Any) -> dict[str, Any]:
    """A whole upload; the File it became."""
    upload = await an_upload(creator, product_id, content or a_pdf(), **fields)
    await upload.send()
    answer = await upload.complete()
    assert answer.status_code == 200, answer.text
    file: dict[str, Any] = answer.json()
    return file


async def mailed(service: Service, kind: str) -> OutgoingMail | None:
    """The latest mail of `kind` that is owed, as it would be sent now; None where none is, or it is not sent."""
    owed = [about for named, about in await owed_mails(service.db) if named == kind]
    if not owed:
        return None
    async with service.db.reading() as session:
        return await service.mails[kind](session, owed[-1])


async def token_mailed(service: Service, kind: str) -> str:
    """What stands behind # in the link of that mail."""
    mail = await mailed(service, kind)
    assert mail is not None
    [token] = re.findall(r"https?://\S+#(\S+)", mail.text)
    assert token in mail.html
    return str(token)


async def verified(service: Service, creator: Browser) -> Browser:
    """The creator, who has answered the welcome."""
    token = await token_mailed(service, "welcome")
    assert (await creator.ask("POST", "/v1/email-verifications", {"token": token})).status_code == 200
    return creator


def a_page_event(creator_id: str, product_id: str, **fields: Any) -> dict[str, Any]:
    """What pages tells of a page that sells the product for another hour."""
    now = datetime.now(UTC)
    return {
        "id": new_id(),
        "version": 2,
        "short_id": "Ab3dE6gH9k",
        "creator_id": creator_id,
        "product_id": product_id,
        "product_ids": [product_id],
        "status": PageStatus.PUBLISHED,
        "created_at": now,
        "updated_at": now,
        "launch_at": now,
        "expires_at": now + timedelta(hours=1),
        "time_zone": "Europe/Berlin",
        "is_pre_launch": False,
        "customization": {"title": "Light"},
        **fields,
    }


def an_order_event(page: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What checkout tells of an order of the page's product."""
    now = datetime.now(UTC)
    return {
        "id": new_id(),
        "version": 2,
        "sales_page_id": page["id"],
        "product_id": page["product_id"],
        "creator_id": page["creator_id"],
        "customer_id": new_id(),
        "price_in_cents": 1900,
        "amount_paid": 1900,
        "amount_refunded": 0,
        "currency": "EUR",
        "status": OrderStatus.COMPLETED,
        "created_at": now,
        "paid_at": now,
        **fields,
    }
