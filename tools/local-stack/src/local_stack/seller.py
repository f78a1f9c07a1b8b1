"""A creator at work through the real gateways: what the demo and the tests do instead of a console."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any, Self, TypeVar
from urllib.parse import urljoin
from uuid import uuid4

import httpx

T = TypeVar("T")
PATIENCE_SECONDS = 60
"""A bound on waiting for what must come."""
NOT_JUST_NOW = {502, 503, 504}
PAUSE_SECONDS = 0.3
"""Before asking again: short of the Retry-After that is advised, long enough not to be throttled."""
PARTS_AT_ONCE = 4


class Refused(Exception):
    """A gateway answered something else than what was expected."""


async def until(ask: Callable[[], Awaitable[T | None]]) -> T:
    """What `ask` answers, once it answers something."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (answer := await ask()):  # noqa: ASYNC110 - what is waited for is on the other side of HTTP
            await asyncio.sleep(0.05)
        return answer


def soon(**delta: float) -> str:
    """An instant from now, as the wire has it: `soon(hours=2)`."""
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def checked(response: httpx.Response, status: int) -> Any:
    """The answer's JSON; raises Refused, with all that was answered, when it is not a `status`."""
    if response.status_code != status:
        raise Refused(f"{response.request.method} {response.url}: {response.status_code} {response.text}")
    return response.json() if response.content else None


async def patient(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask again while a service is away or has not heard yet: what every client of these gateways should do."""

    async def ask() -> httpx.Response | None:
        try:
            response = await send()
        except httpx.TransportError:
            return None
        if response.status_code not in NOT_JUST_NOW:
            return response
        await asyncio.sleep(PAUSE_SECONDS)
        return None

    return await until(ask)


@dataclass
class Seller:
    """A creator; every call goes through the edge, under a key, until it is answered."""

    edge: httpx.AsyncClient
    email: str
    password: str
    id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def registered(cls, edge: httpx.AsyncClient, email: str | None = None, name: str = "Ada Maker") -> Self:
        seller = cls(edge, email or f"creator-{uuid4().hex[:12]}@example.com", uuid4().hex)
        login = {"email": seller.email, "password": seller.password}
        seller.id = (await seller.post("/api/catalog/v1/creators", {**login, "name": name}))["id"]
        session = await seller.post("/api/catalog/v1/sessions", login, 200)
        seller.headers = {"Authorization": f"Bearer {session['accessToken']}"}
        return seller

    async def get(self, path: str) -> Any:
        return checked(await patient(lambda: self.edge.get(path, headers=self.headers)), 200)

    async def post(self, path: str, body: Any, status: int = 201) -> Any:
        headers = {**self.headers, "Idempotency-Key": uuid4().hex}
        return checked(await patient(lambda: self.edge.post(path, json=body, headers=headers)), status)

    async def link_stripe(self) -> None:
        """Go through the sandbox's hosted onboarding, and come back able to charge."""
        link = (await self.post("/api/catalog/v1/creators/me/stripe-account", {}))["url"]
        async with httpx.AsyncClient(follow_redirects=True, timeout=PATIENCE_SECONDS) as browser:
            await submit(browser, (await browser.get(link)).raise_for_status(), "complete")

        async def can_charge() -> bool:
            account = (await self.get("/api/catalog/v1/creators/me"))["stripeAccount"]
            return bool(account and account["chargesEnabled"])

        await until(can_charge)

    async def product(self, **changes: Any) -> dict[str, Any]:
        body = {"name": "Field Guide", "description": "A *guide*.", "priceInCents": 1900, "currency": "EUR", **changes}
        created: dict[str, Any] = await self.post("/api/catalog/v1/products", body)
        return created

    async def upload(self, product_id: str, content: bytes, file_name: str = "guide.zip") -> Any:
        """Send `content` straight to the object store, part by part, and have it checked."""
        upload = await self.begin_upload(product_id, content, file_name)
        etags = await send_parts(upload["parts"], content, upload["partSizeBytes"])
        return await self.complete_upload(upload["id"], etags, content)

    async def begin_upload(self, product_id: str, content: bytes, file_name: str = "guide.zip") -> Any:
        announced = {"fileName": file_name, "fileType": "application/zip", "fileSizeBytes": len(content)}
        path = f"/api/catalog/v1/products/{product_id}/file-uploads"
        return await self.post(path, {**announced, "kind": "original"})

    async def complete_upload(self, upload_id: str, etags: dict[int, str], content: bytes) -> Any:
        parts = [{"number": number, "etag": etag} for number, etag in sorted(etags.items())]
        body = {"parts": parts, "sha256": hashlib.sha256(content).hexdigest()}
        return await self.post(f"/api/catalog/v1/file-uploads/{upload_id}/complete", body, 200)

    async def page(self, product_id: str, **changes: Any) -> dict[str, Any]:
        """A published page that sells the product."""
        return await self.publish(await self.draft(product_id, **changes))

    async def draft(self, product_id: str, **changes: Any) -> dict[str, Any]:
        body = {"productIds": [product_id], "expiresAt": soon(hours=2), "timeZone": "Europe/Berlin", **changes}
        drafted: dict[str, Any] = await self.post("/api/pages/v1/pages", body)
        return drafted

    async def publish(self, page: dict[str, Any]) -> dict[str, Any]:
        published: dict[str, Any] = await self.post(f"/api/pages/v1/pages/{page['id']}/publish", {}, 200)
        return published


async def send_parts(
    parts: list[dict[str, Any]], content: bytes, size: int, leave_out: Collection[int] = ()
) -> dict[int, str]:
    """PUT the parts, some at once; their ETags by number. Those in `leave_out` are not sent."""
    slots = asyncio.Semaphore(PARTS_AT_ONCE)
    etags: dict[int, str] = {}

    async def put(client: httpx.AsyncClient, number: int, url: str) -> None:
        async with slots:
            response = await client.put(url, content=content[(number - 1) * size : number * size])
        etags[number] = response.raise_for_status().headers["etag"]

    async with httpx.AsyncClient(timeout=120) as client:
        wanted = [part for part in parts if part["number"] not in leave_out]
        await asyncio.gather(*(put(client, part["number"], part["url"]) for part in wanted))
    return etags


class _Forms(HTMLParser):
    """The forms of a page: where each goes, its hidden fields, its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append({"action": unescape(given.get("action") or ""), "fields": {}, "buttons": {}})
        elif self.found and tag == "input" and given.get("type") == "hidden":
            self.found[-1]["fields"][given["name"]] = given.get("value") or ""
        elif self.found and tag == "button" and given.get("value"):
            self.found[-1]["buttons"][given["value"]] = given.get("name")


async def submit(
    browser: httpx.AsyncClient, page: httpx.Response, button: str | None = None, **fields: str
) -> httpx.Response:
    """Send the first form on `page`, or the one with the button of that value, as a browser would."""
    forms = _Forms()
    forms.feed(page.text)
    for form in forms.found:
        if button is None or button in form["buttons"]:
            pressed = {form["buttons"][button]: button} if button is not None else {}
            data = {**form["fields"], **fields, **pressed}
            return await browser.post(urljoin(str(page.url), form["action"]), data=data)
    raise Refused(f"no form with a button {button!r} on {page.url}")
