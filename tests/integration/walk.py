"""A person at a browser in which nothing goes wrong unseen."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from chassis.testing import PATIENCE
from local_stack.places import ROOT
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect

from .journey import MEBIBYTE, Buyer, Creator, until, zip_like

PICTURES = ROOT / ".local" / "pictures"
WIDTHS = (1280, 320)
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
ENDED_BY_THE_BROWSER = "net::ERR_ABORTED"
"""An event stream left with its page, or an address that turned out to be a download."""
ANSWERED = "Failed to load resource: the server responded"
"""A refusal that the listener to answers has noted already, by its status and address."""
LOOKS = {
    "title": "A Field Guide to Temporary Things",
    "descriptionMarkdown": "Twelve chapters on **mayflies**, snow and things that end.\n\n- One\n- Two\n\n> Quoted.",
    "accent": "#0f766e",
    "formerPriceInCents": 2900,
    "refundPolicy": "Write within [14 days](https://example.com) and the money goes back.",
}


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@dataclass
class Shop:
    """A creator's pages, of which every service has heard."""

    creator: Creator
    content: bytes = field(default_factory=lambda: zip_like(MEBIBYTE))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    async def page(self, **changes: Any) -> dict[str, Any]:
        looks = LOOKS | changes.pop("customization", {})
        return await self.heard(await self.creator.ready_to_sell(self.content, customization=looks, **changes))

    async def page_of(self, *products: dict[str, Any]) -> dict[str, Any]:
        """A page of products at their prices, all with the same file."""
        created = [await self.creator.product(**product) for product in products]
        for product in created:
            await self.creator.upload(product["id"], self.content)
        ids = [product["id"] for product in created]
        return await self.heard(await self.creator.page(ids[0], productIds=ids, customization=LOOKS))

    async def heard(self, page: dict[str, Any]) -> dict[str, Any]:
        """As the gateway answered, and its address as `url`."""

        async def heard_by_leads() -> bool:
            path = f"/api/leads/v1/pages/{page['id']}/registrations"
            return (await self.creator.edge.get(path, headers=self.creator.headers)).status_code == 200

        await until(heard_by_leads)
        return page | {"url": str(self.creator.edge.base_url.join(f"/p/{page['shortId']}"))}

    async def live_page(self, **changes: Any) -> dict[str, Any]:
        """Somebody else is at the till already: so checkout has heard of it."""
        page = await self.page(**changes)
        await Buyer(self.creator.edge).start(page)
        return page


@dataclass
class Walk:
    """`troubles` fill with every error on the console, breach of the policy and failed request of all its pages."""

    page: Page
    refusals: set[str] = field(default_factory=set)
    """What the walk itself provokes, as `410 GET /p/`: status, method, how the path begins."""
    _noted: list[str] = field(default_factory=list)

    @classmethod
    async def begun(cls, browser: Browser, **options: Any) -> Self:
        context = await browser.new_context(locale="en-GB", timezone_id="Europe/Stockholm", **options)
        context.set_default_timeout(PATIENCE * 1000)
        walk = cls(await context.new_page())
        context.on("console", walk._note_message)
        context.on("weberror", lambda failure: walk._noted.append(str(failure.error)))
        context.on("requestfailed", walk._note_failure)
        context.on("response", walk._note_refusal)
        return walk

    async def end(self) -> None:
        await self.page.context.close()

    @property
    def troubles(self) -> list[str]:
        return [trouble for trouble in self._noted if not trouble.startswith(tuple(self.refusals))]

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED):
            self._noted.append(message.text)

    def _note_failure(self, request: Request) -> None:
        if request.failure != ENDED_BY_THE_BROWSER:
            self._noted.append(f"{request.method} {request.url}: {request.failure}")

    def _note_refusal(self, response: Response) -> None:
        if response.status >= 400:
            self._noted.append(f"{response.status} {response.request.method} {urlsplit(response.url).path}")

    async def examine(self, name: str) -> None:
        """Light and dark, axe-core finds nothing and nothing is wider than a small phone; pictures are kept."""
        for scheme in SCHEMES:
            await self.page.emulate_media(color_scheme=scheme)
            await self.picture(f"{name}-{scheme}")
            assert await self.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[-1], name
            found = await Axe().run(self.page)
            assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"

    async def picture(self, name: str) -> None:
        """On a desk and on a small phone."""
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            await self.page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)

    def heading(self, text: str) -> Locator:
        return self.page.get_by_role("heading", name=text)

    async def sees(self, heading: str) -> None:
        await expect(self.heading(heading)).to_be_visible()

    async def sees_state(self, state: str) -> None:
        """The sales page's."""
        await expect(self.page.locator("main")).to_have_attribute("data-state", state)

    async def press(self, button: str) -> None:
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def follow(self, link: str) -> None:
        await self.page.get_by_role("link", name=link).click()

    async def stay(self) -> None:
        """From here on `has_stayed` tells whether the page was left or loaded anew."""
        await self.page.evaluate("window.kept = true")

    async def has_stayed(self) -> bool:
        return await self.page.evaluate("window.kept") is True

    async def go_to_pay(self, address: str) -> str:
        """Open the sales page and press buy; the id of Stripe's session."""
        await self.page.goto(address)
        await self.press("Buy")
        await self.page.wait_for_url(re.compile("/c/pay/"))
        return urlsplit(self.page.url).path.rsplit("/", 1)[1]

    async def choose(self, choice: str, email: str | None = None) -> None:
        """Press one of the buttons on Stripe's page: pay, decline, authenticate, later."""
        if email is not None:
            await self.page.get_by_label("E-mail").fill(email)
        await self.page.locator(f"button[value={choice}]").click()

    async def read(self, mail: dict[str, Any]) -> None:
        """Show the mail as a mail program would."""
        await self.page.goto("about:blank")
        await self.page.set_content(mail["html"])

    async def download(self) -> str:
        """Press the button; the SHA-256 of what comes."""
        async with self.page.expect_download() as begun:
            await self.press("Download")
        return sha256(Path(await (await begun.value).path()))
