"""What a visitor's answers bear: a policy, for how long they are kept, the QR code, and nothing for HEAD."""

import io
import re
from datetime import timedelta

import httpx
import pytest
import segno
from chassis.testing import SettableClock
from pages.http.rendering import MOST_CACHED_SECONDS

from .conftest import DAY, HOUR, PUBLIC_URL, Seller, Visitor, instant


@pytest.mark.parametrize("path", ["/", "/p/{live}", "/p/{expired}", "/p/nothinghere"])
async def test_every_page_bears_a_policy_without_exceptions(
    seller: Seller, visitor: Visitor, path: str, clock: SettableClock
) -> None:
    live, expired = await seller.publishes(expiresAt=(seller.now() + 9 * DAY).isoformat()), await seller.publishes()
    clock.set(instant(expired["expiresAt"]))
    address = path.format(live=live["shortId"], expired=expired["shortId"])
    answer = await visitor.client.get(address)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert ("https://checkout.stripe.com" in policy) is (answer.status_code != 404 and address != "/")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert not re.search(r"<script(?![^>]*(?:\bsrc=|application/ld\+json))|<style|\sstyle=|\son[a-z]+=", answer.text)


def max_age(answer: httpx.Response) -> int:
    found = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
    return int(found[1]) if found else 0


BEFORE = [timedelta(milliseconds=ms) for ms in (300, 500, 990, 1010, 1500, 2010, 2500, 3010, 60_000)]


@pytest.mark.parametrize("which", ["launch", "ending soon", "expiry", "product's expiry", "sold out"])
async def test_no_answer_is_kept_beyond_the_next_instant(
    seller: Seller, visitor: Visitor, clock: SettableClock, which: str
) -> None:
    ends = seller.now() + 3 * HOUR
    page = await seller.announces(
        productIds=[str((await seller.sells(expires_at=ends)).id), str((await seller.sells()).id)], quantityLimit=5
    )
    if which == "sold out":
        await seller.has_left(page, 0)
    expires_at = instant(page["expiresAt"])
    instants = {
        "launch": instant(page["launchAt"]),
        "product's expiry": ends,
        "ending soon": expires_at - HOUR,
        "expiry": expires_at,
        "sold out": expires_at,
    }
    for before in BEFORE:
        clock.hold(instants[which] - before)
        answer = await visitor.html(page)
        assert timedelta(seconds=max_age(answer)) <= before
    assert max_age(answer) == MOST_CACHED_SECONDS, "a page far from its next instant is kept for a moment"
    assert answer.headers["vary"] == "Accept-Language"


async def test_an_expired_page_is_asked_for_anew(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await seller.publishes()
    clock.set(instant(page["expiresAt"]))
    assert (await visitor.html(page)).headers["cache-control"] == "no-cache"


async def test_the_qr_code_is_of_the_pages_address(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes()
    answer = await visitor.client.get(f"/p/{page['shortId']}/qr.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    expected = io.BytesIO()
    segno.make(f"{PUBLIC_URL}/p/{page['shortId']}", error="m").save(expected, kind="svg", scale=8, border=2)
    assert answer.content == expected.getvalue()
    assert f"{PUBLIC_URL}/p/{page['shortId']}/qr.svg" in (await visitor.html(page)).text


@pytest.mark.parametrize("path", ["/", "/p/{}", "/p/{}/qr.svg", "/v1/public/pages/{}"])
async def test_head_is_get_without_the_content(
    seller: Seller, visitor: Visitor, clock: SettableClock, path: str
) -> None:
    page = await seller.publishes()
    clock.hold(clock.now())  # one without a fraction is written shorter
    address = path.format(page["shortId"])
    got, head = [await visitor.client.request(method, address) for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "content-security-policy"):
        assert head.headers[name] == got.headers[name]
    assert (await visitor.client.head("/p/nothinghere")).status_code == 404


async def test_money_is_written_for_the_reader(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes()
    assert "19,00\xa0€" in (await visitor.html(page, **{"Accept-Language": "de"})).text
