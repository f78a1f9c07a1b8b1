"""A page on other sites: in a frame, told by oEmbed, found by crawlers."""

import json
import re
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from chassis.testing import SettableClock

from .conftest import PUBLIC_URL, Seller, Visitor, instant


async def test_a_page_is_shown_in_a_frame_of_any_site(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await seller.publishes(customization={"title": "Birds"})
    answer = await visitor.client.get(f"/p/{page['shortId']}/embed")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "unsafe" not in policy
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "Birds" in answer.text
    assert f'href="{PUBLIC_URL}/p/{page["shortId"]}"' in answer.text
    assert 'name="robots" content="noindex"' in answer.text
    assert "/api/checkout/buy" not in answer.text, "nothing is bought in a frame"
    assert "frame-ancestors 'none'" in (await visitor.html(page)).headers["content-security-policy"]
    clock.set(instant(page["expiresAt"]))
    over = await visitor.client.get(f"/p/{page['shortId']}/embed")
    assert (over.status_code, "This page has closed" in over.text) == (410, True)


async def told_of(client: httpx.AsyncClient, url: str, **more: str) -> httpx.Response:
    return await client.get("/v1/oembed", params={"url": url, **more})


async def test_a_site_that_is_given_the_address_learns_how_to_show_it(seller: Seller, visitor: Visitor) -> None:
    title = 'Birds "and" <b>'
    page = await seller.publishes(customization={"title": title})
    address = f"{PUBLIC_URL}/p/{page['shortId']}"
    found = re.search(r'type="application/json\+oembed" href="([^"]+)"', (await visitor.html(page)).text)
    assert found is not None
    assert found[1] == f"{PUBLIC_URL}/api/pages/v1/oembed?url={quote(address, safe='')}"
    told = (await told_of(visitor.client, address)).json()
    assert (told["version"], told["type"], told["title"], told["author_name"]) == ("1.0", "rich", title, "Ada")
    assert (told["width"], told["height"], told["thumbnail_url"]) == (480, 640, f"{address}/card.png")
    assert told["html"] == page["embedCode"]
    assert told["html"].startswith(f'<iframe src="{address}/embed" title="Birds &quot;and&quot; &lt;b&gt;" width="480"')


async def test_it_is_made_to_fit(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes()
    told = (await told_of(visitor.client, page["url"], maxwidth="300", maxheight="900")).json()
    assert (told["width"], told["height"]) == (300, 640)
    assert 'width="300" height="640"' in told["html"]


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/p/{}",
        "https://pages.example.evil.example/p/{}",
        "https://pages.example/o/{}",
        "https://pages.example/p/",
        "https://pages.example/p/{}/embed",
        "{}",
        "javascript:alert(1)//{}",
    ],
)
async def test_of_other_addresses_nothing_is_told(seller: Seller, visitor: Visitor, address: str) -> None:
    page = await seller.publishes()
    assert (await told_of(visitor.client, address.format(page["shortId"]))).status_code == 404


async def test_what_stands_behind_an_address_does_not_matter(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes()
    for address in (f"{page['url']}?utm_source=x", f"{page['url']}#top", f"{page['url']}/"):
        assert (await told_of(visitor.client, address)).status_code == 200


async def test_xml_is_not_spoken(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes()
    refused = await told_of(visitor.client, page["url"], format="xml")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "format")
    assert (await visitor.client.get("/v1/oembed")).json()["errors"][0]["parameter"] == "url"


async def test_an_expired_page_is_not_shown_elsewhere(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await seller.publishes()
    clock.set(instant(page["expiresAt"]))
    assert (await told_of(visitor.client, page["url"])).status_code == 404


async def test_crawlers_are_told_what_is_sold_and_until_when(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    script = "</script><script>alert(1)</script>"
    product = await seller.sells(name=script)
    page = await seller.announces(productIds=[str(product.id)], customization={"title": "Birds"})
    launch_at = instant(page["launchAt"])
    for at, availability in ((launch_at - timedelta(seconds=9), "PreOrder"), (launch_at, "InStock")):
        clock.set(at)
        html = (await visitor.html(page)).text
        assert script not in html
        (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
        (described,) = json.loads(data)["@graph"]
        assert (described["@type"], described["name"]) == ("Product", script)
        offer = described["offers"]
        assert (offer["price"], offer["priceCurrency"]) == ("19.00", "EUR")
        assert offer["availability"] == f"https://schema.org/{availability}"
        assert abs(instant(offer["availabilityEnds"]) - instant(page["expiresAt"])) <= timedelta(milliseconds=1)
        assert "unavailable_after: " + offer["availabilityEnds"] in html


async def test_crawlers_are_kept_from_what_bears_secrets(visitor: Visitor) -> None:
    answer = await visitor.client.get("/robots.txt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert {"Disallow: /d", "Disallow: /o", "Disallow: /r/", "Disallow: /api/"} < set(answer.text.splitlines())
