"""What cannot be accepted is refused, on every route, by a problem document that names the field."""

from typing import Any

import httpx
import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import told
from contracts.pages import PageUpdated

from .conftest import DAY, HOUR, Seller

PRODUCT = str(new_id())
FIELD = {"name": "size", "label": "Size"}
FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"unknown": 1}, "#/unknown"),
    ({"shortId": "AAAAAAAAAAAA"}, "#/shortId"),
    ({"productIds": []}, "#/productIds"),
    ({"productIds": PRODUCT}, "#/productIds"),
    ({"productIds": ["nonsense"]}, "#/productIds/0"),
    ({"productIds": [PRODUCT, PRODUCT]}, "#/productIds"),
    ({"productIds": [str(new_id()) for _ in range(21)]}, "#/productIds"),
    ({"productIds": None}, "#/productIds"),
    ({"expiresAt": None}, "#/expiresAt"),
    ({"expiresAt": "2030-03-31T02:30:00"}, "#/expiresAt"),
    ({"expiresAt": "2030-10-27T02:30:00"}, "#/expiresAt"),
    ({"expiresAt": "tomorrow"}, "#/expiresAt"),
    ({"expiresAt": "2020-01-01T00:00:00Z"}, "#/expiresAt"),
    ({"expiresAt": "9999-12-31T23:59:59-14:00"}, "#/expiresAt"),
    ({"launchAt": "2030-03-31T02:30:00", "expiresAt": "2031-01-01T00:00:00Z"}, "#/launchAt"),
    ({"launchAt": "0001-01-01T00:00:00+14:00"}, "#/launchAt"),
    ({"launchAt": "2029-01-01T00:00:00Z", "expiresAt": "2029-01-01T00:00:00Z"}, "#/launchAt"),
    ({"launchAt": "2029-01-01T00:00:00Z", "expiresAt": "2029-01-01T00:30:00+01:00"}, "#/launchAt"),
    ({"timeZone": "Europe/Atlantis"}, "#/timeZone"),
    ({"timeZone": "localtime"}, "#/timeZone"),
    ({"timeZone": "../../etc/passwd"}, "#/timeZone"),
    ({"timeZone": "UTC\x00"}, "#/timeZone"),
    ({"timeZone": ""}, "#/timeZone"),
    ({"timeZone": None}, "#/timeZone"),
    ({"quantityLimit": 0}, "#/quantityLimit"),
    ({"quantityLimit": -1}, "#/quantityLimit"),
    ({"quantityLimit": "5"}, "#/quantityLimit"),
    ({"quantityLimit": True}, "#/quantityLimit"),
    ({"quantityLimit": 10**12}, "#/quantityLimit"),
    ({"customization": None}, "#/customization"),
    ({"customization": []}, "#/customization"),
    ({"customization": {"css": "* {}"}}, "#/customization/css"),
    ({"customization": {"title": ""}}, "#/customization/title"),
    ({"customization": {"title": "nul \x00"}}, "#/customization/title"),
    ({"customization": {"title": "x" * 121}}, "#/customization/title"),
    ({"customization": {"descriptionMarkdown": "\x00"}}, "#/customization/descriptionMarkdown"),
    ({"customization": {"refundPolicy": "\x00"}}, "#/customization/refundPolicy"),
    ({"customization": {"formerPriceInCents": -1}}, "#/customization/formerPriceInCents"),
    ({"customization": {"callToAction": ""}}, "#/customization/callToAction"),
    ({"customization": {"callToAction": "x" * 41}}, "#/customization/callToAction"),
    ({"customization": {"callToAction": "two\nlines"}}, "#/customization/callToAction"),
    ({"customization": {"thanks": "\x00"}}, "#/customization/thanks"),
    ({"customization": {"blocks": [{"markdown": "x"}]}}, "#/customization/blocks/0/heading"),
    ({"customization": {"blocks": [{"heading": "x", "html": "<b>"}]}}, "#/customization/blocks/0/html"),
    ({"customization": {"blocks": [{"heading": "x", "markdown": "x"}] * 13}}, "#/customization/blocks"),
    ({"customization": {"theme": {"typeface": "comic"}}}, "#/customization/theme/typeface"),
    ({"customization": {"theme": {"corners": "1px"}}}, "#/customization/theme/corners"),
    ({"customization": {"theme": {"scheme": "sepia"}}}, "#/customization/theme/scheme"),
    ({"customization": {"theme": {"css": "x"}}}, "#/customization/theme/css"),
    ({"customization": {"cover": {"productId": "x"}}}, "#/customization/cover/productId"),
    ({"customization": {"cover": {"url": "https://example.com/x.png"}}}, "#/customization/cover/url"),
    *[
        ({"customization": {"accent": colour}}, "#/customization/accent")
        for colour in ("red", "#fff", "#12345g", "#1234567", "#336699;}", "url(x)", "")
    ],
    ({"registrationForm": None}, "#/registrationForm"),
    ({"registrationForm": [FIELD, {**FIELD, "label": "Other"}]}, "#/registrationForm"),
    ({"registrationForm": [{**FIELD, "name": f"f{n}"} for n in range(31)]}, "#/registrationForm"),
    ({"registrationForm": [{"label": "Size"}]}, "#/registrationForm/0/name"),
    ({"registrationForm": [{**FIELD, "name": "Not a name"}]}, "#/registrationForm/0/name"),
    ({"registrationForm": [{**FIELD, "label": "nul \x00"}]}, "#/registrationForm/0/label"),
    ({"registrationForm": [{**FIELD, "type": "file"}]}, "#/registrationForm/0/type"),
    ({"registrationForm": [{**FIELD, "options": ["nul \x00"]}]}, "#/registrationForm/0/options/0"),
    ({"registrationForm": [{**FIELD, "type": "select"}]}, "#/registrationForm/0/options"),
    ({"registrationForm": [{**FIELD, "type": "select", "options": ["S", "S"]}]}, "#/registrationForm/0/options"),
    ({"registrationForm": [{**FIELD, "type": "select", "options": [""]}]}, "#/registrationForm/0/options/0"),
    *[
        ({"registrationForm": [{**FIELD, "type": kind, "options": ["S"]}]}, "#/registrationForm/0/options")
        for kind in ("text", "number", "date", "checkbox", "consent")
    ],
    ({"registrationForm": [FIELD, {**FIELD, "name": "b", "html": "<b>"}]}, "#/registrationForm/1/html"),
    ({"afterExpiry": None}, "#/afterExpiry"),
    ({"afterExpiry": {"mode": "elsewhere"}}, "#/afterExpiry/mode"),
    ({"afterExpiry": {"mode": "redirect"}}, "#/afterExpiry/redirectUrl"),
    ({"afterExpiry": {"mode": "message", "redirectUrl": "https://example.com/"}}, "#/afterExpiry/redirectUrl"),
    *[
        ({"afterExpiry": {"mode": "redirect", "redirectUrl": address}}, "#/afterExpiry/redirectUrl")
        for address in (
            "http://example.com/",
            "javascript:alert(1)",
            "//example.com/",
            "/p/another",
            "https://",
            "https://localhost/",
            "https://printer/",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://example.com:8443/",
            "https://example.com:99999/",
            "https://user:secret@example.com/",
            "https://example.com@evil.example/",
            "https://example.com/ x",
            "https://example.com/\r\nSet-Cookie: a=b",
            "https://example..com/",
            "https://example.com/" + "x" * 2000,
        )
    ],
    ({"latePayment": "soft"}, "#/latePayment"),
    ({"latePayment": None}, "#/latePayment"),
    ({"earlyAccessMinutes": -1}, "#/earlyAccessMinutes"),
    ({"earlyAccessMinutes": 7 * 24 * 60 + 1}, "#/earlyAccessMinutes"),
    ({"earlyAccessMinutes": "30"}, "#/earlyAccessMinutes"),
    ({"waitingList": None}, "#/waitingList"),
    ({"waitingList": {}}, "#/waitingList"),
    ({"extensionLimit": -1}, "#/extensionLimit"),
    ({"extensionLimit": 101}, "#/extensionLimit"),
    ({"afterExpiry": {"message": "nul \x00"}}, "#/afterExpiry/message"),
    ({"afterExpiry": {"message": "x" * 2001}}, "#/afterExpiry/message"),
    ({"afterExpiry": {"url": "https://example.com"}}, "#/afterExpiry/url"),
]


def is_named(answer: httpx.Response, where: str, name: str) -> None:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "validation"
    assert name in [error.get(where) for error in answer.json()["errors"]]


@pytest.mark.parametrize(("body", "pointer"), FIELDS)
async def test_a_field_of_a_new_page_is_named(seller: Seller, body: dict[str, Any], pointer: str) -> None:
    sent = {**(await seller.wanted(productIds=[str((await seller.sells()).id)])), **body}
    is_named(await seller.send("POST", "", sent), "pointer", pointer)
    assert (await seller.send("GET", "")).json()["items"] == []


@pytest.mark.parametrize(("body", "pointer"), FIELDS)
async def test_a_field_of_a_change_is_named(seller: Seller, db: Database, body: dict[str, Any], pointer: str) -> None:
    draft = await seller.drafts()
    is_named(await seller.changes(draft, **body), "pointer", pointer)
    assert (await seller.send("GET", f"/{draft['id']}")).json() == draft


@pytest.mark.parametrize("name", ["productIds", "expiresAt", "timeZone"])
async def test_what_a_new_page_must_have_is_named(seller: Seller, name: str) -> None:
    wanted = await seller.wanted()
    is_named(await seller.send("POST", "", {key: wanted[key] for key in wanted if key != name}), "pointer", f"#/{name}")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/expiresAt"),
        ({"expiresAt": None}, "#/expiresAt"),
        ({"expiresAt": "2030-10-27T02:30:00"}, "#/expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59-14:00"}, "#/expiresAt"),
        ({"expiresAt": "2999-01-01T00:00:00Z", "unknown": 1}, "#/unknown"),
    ],
)
async def test_a_field_of_an_extension_is_named(
    seller: Seller, db: Database, body: dict[str, Any], pointer: str
) -> None:
    page = await seller.publishes()
    is_named(await seller.send("POST", f"/{page['id']}/extend", body), "pointer", pointer)
    assert await told(db, PageUpdated) == []


async def test_a_published_page_is_not_made_to_launch_after_its_expiry(seller: Seller, db: Database) -> None:
    page = await seller.announces()
    too_late = (seller.now() + DAY + HOUR).isoformat()
    is_named(await seller.changes(page, launchAt=too_late), "pointer", "#/launchAt")
    assert await told(db, PageUpdated) == []


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'"text"', b"\xff", b""])
async def test_what_is_no_object_is_refused(seller: Seller, client: httpx.AsyncClient, content: bytes) -> None:
    headers = {**seller.headers, "Content-Type": "application/json"}
    answer = await client.post("/v1/pages", content=content, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "value"), [("limit", "0"), ("limit", "101"), ("limit", "x"), ("cursor", "?"), ("status", "expired")]
)
async def test_a_parameter_of_the_list_is_named(seller: Seller, name: str, value: str) -> None:
    is_named(await seller.send("GET", f"?{name}={value}"), "parameter", name)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/x"),
        ("PATCH", "/x"),
        ("DELETE", "/x"),
        ("POST", "/x/publish"),
        ("POST", "/x/extend"),
        ("POST", "/x/withdraw"),
        ("POST", "/x/relaunch"),
    ],
)
async def test_what_is_no_id_is_named(seller: Seller, method: str, path: str) -> None:
    body = {"expiresAt": "2999-01-01T00:00:00Z"} if method in {"PATCH", "POST"} else None
    is_named(await seller.send(method, path, body), "parameter", "pageId")


@pytest.mark.parametrize(
    "short_id", ["short", "x" * 33, "with-a-dash!", "nul%00nul%00nul", "%27%20OR%201%3D1%20--", "äöüäöüäöüä"]
)
@pytest.mark.parametrize("path", ["/v1/public/pages/{}", "/v1/public/pages/{}/events", "/p/{}", "/p/{}/qr.svg"])
async def test_what_is_no_short_id_is_no_page(client: httpx.AsyncClient, path: str, short_id: str) -> None:
    assert (await client.get(path.format(short_id))).status_code == 404
