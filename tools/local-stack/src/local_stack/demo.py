"""A demo creator with a real product and a live page, made once through the gateways.

`python -m local_stack.demo --state .local --out FILE`: writes {"email", "password", "page"}, the page
as its path: the edge may have another port tomorrow.
"""

import argparse
import asyncio
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from local_stack.seller import Refused, Seller, soon

PAGE = {
    "timeZone": "Europe/Berlin",
    "quantityLimit": 100,
    "customization": {
        "title": "A Field Guide to Temporary Things",
        "descriptionMarkdown": (
            "Twelve short chapters on mayflies, pop-up libraries, snow and other things that end.\n\n"
            "- **Read it anywhere:** plain Markdown, no lock-in\n"
            "- **A poster** to print, as SVG\n\n"
            "This page closes by itself. What you bought stays yours."
        ),
        "accent": "#0f766e",
        "formerPriceInCents": 2900,
        "refundPolicy": "Not for you? Write within 14 days and the money goes back.",
    },
}
CHAPTERS = ("Mayflies", "Snow", "Pop-up libraries", "Soap bubbles", "Sandcastles", "Fireworks", "Blossom", "Tides",
            "Night markets", "Rainbows", "Chalk drawings", "Farewells")  # fmt: skip


def guide() -> bytes:
    """The file on sale: a ZIP of twelve chapters and a poster."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, title in enumerate(CHAPTERS, start=1):
            text = f"# {number}. {title}\n\nNothing lasts, and that is what makes it worth a look: {title.lower()}.\n"
            archive.writestr(f"field-guide/{number:02d}-{title.lower().replace(' ', '-')}.md", text)
        archive.writestr("field-guide/poster.svg", _poster())
    return held.getvalue()


def _poster() -> str:
    ring = '<circle cx="{}" cy="{}" r="{}" fill="none" stroke="#0f766e"/>'
    circles = "".join(ring.format(60 + 40 * n, 300 - 18 * n, 6 + 2 * n) for n in range(len(CHAPTERS)))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 400">{circles}</svg>\n'


async def make(edge_url: str) -> dict[str, Any]:
    """Register the creator, link Stripe, upload, publish: what `demo.json` keeps."""
    async with httpx.AsyncClient(base_url=edge_url, timeout=60) as edge:
        seller = await _registered(edge)
        await seller.link_stripe()
        product = await seller.product(name="A Field Guide to Temporary Things")
        await seller.upload(product["id"], guide(), "field-guide.zip")
        page = await seller.page(product["id"], expiresAt=soon(days=30), **PAGE)
    return {"email": seller.email, "password": seller.password, "page": f"/p/{page['shortId']}"}


async def _registered(edge: httpx.AsyncClient) -> Seller:
    """Under another address when a demo that was cut short has the usual one, whose password nobody kept."""
    try:
        return await Seller.registered(edge, "demo@temporary-pages.example", "Ada Maker")
    except Refused:
        return await Seller.registered(edge, f"demo-{uuid4().hex[:6]}@temporary-pages.example", "Ada Maker")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--state", type=Path, required=True, help="the running stack's directory")
    arguments.add_argument("--out", type=Path, required=True, help="where to write the sign-in and the page's path")
    given = arguments.parse_args()
    endpoints = json.loads((given.state / "endpoints.json").read_text())
    made = asyncio.run(make(endpoints["edge"]))
    given.out.touch(mode=0o600)
    given.out.write_text(json.dumps(made, indent=2) + "\n")


if __name__ == "__main__":
    main()
