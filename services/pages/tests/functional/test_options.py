"""What a page can be asked for: taken in, told, and published as one schema."""

from typing import Any

import httpx
import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import told
from contracts.pages import LatePayment, PagePublished, PageUpdated

from .conftest import PUBLIC_URL, Seller, Visitor

OPTIONS: dict[str, Any] = {
    "latePayment": "grace",
    "earlyAccessMinutes": 30,
    "waitingList": True,
    "extensionLimit": 2,
}
SAYS = {
    "title": "Birds",
    "descriptionMarkdown": "All *the* birds.",
    "blocks": [{"heading": "Inside", "markdown": "- 200 birds"}, {"heading": "Author", "markdown": "Ada"}],
    "accent": "#336699",
    "theme": {"typeface": "serif", "corners": "square", "scheme": "dark"},
    "cover": {"alt": "A wren"},
    "callToAction": "Take it home",
    "formerPriceInCents": 2900,
    "refundPolicy": "14 days.",
    "thanks": "Thank *you*.",
}
FORM = [
    {"name": f"q{n}", "label": kind, "type": kind, "required": False, "options": ["S"] if kind == "select" else []}
    for n, kind in enumerate(("text", "number", "date", "checkbox", "select", "consent"))
]


async def test_every_option_is_kept_and_told(seller: Seller, db: Database) -> None:
    page = await seller.announces(**OPTIONS, customization=SAYS, registrationForm=FORM)
    assert {name: page[name] for name in OPTIONS} == OPTIONS
    assert (page["customization"], page["registrationForm"]) == (SAYS, FORM)
    (event,) = await told(db, PagePublished)
    assert (event.late_payment, event.early_access_minutes, event.waiting_list) == (LatePayment.GRACE, 30, True)
    assert (event.customization, event.extension_count, event.edition) == (SAYS, 0, 1)
    assert [field.model_dump(mode="json") for field in event.registration_form] == FORM


async def test_what_is_not_asked_for_is_strict_and_plain(seller: Seller) -> None:
    draft = await seller.drafts()
    assert {name: draft[name] for name in OPTIONS} == {
        "latePayment": "hard",
        "earlyAccessMinutes": 0,
        "waitingList": False,
        "extensionLimit": None,
    }


async def test_a_published_pages_options_are_changed_and_told(seller: Seller, db: Database) -> None:
    page = await seller.publishes()
    changed = (await seller.changes(page, **OPTIONS)).json()
    assert {name: changed[name] for name in OPTIONS} == OPTIONS
    (event,) = await told(db, PageUpdated)
    assert (event.late_payment, event.early_access_minutes, event.waiting_list) == (LatePayment.GRACE, 30, True)


async def test_what_a_creator_chose_is_shown(seller: Seller, visitor: Visitor) -> None:
    shown = (await visitor.html(await seller.publishes(customization=SAYS))).text
    assert 'data-typeface="serif" data-corners="square" data-scheme="dark"' in shown
    assert "Take it home</button>" in shown
    assert "<h2>Inside</h2>" in shown
    assert "<li>200 birds</li>" in shown


async def test_blocks_are_markdown_and_never_html(seller: Seller, visitor: Visitor) -> None:
    script = "<script>alert(1)</script>"
    says = {"blocks": [{"heading": script, "markdown": f"{script} [x](javascript:alert(1))"}], "callToAction": script}
    shown = (await visitor.html(await seller.publishes(customization=says))).text
    assert script not in shown
    assert 'href="javascript:' not in shown
    assert shown.count("&lt;script&gt;") == 3


async def test_editors_are_given_the_schema_that_pages_are_checked_by(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/schemas/page.json")
    schema = answer.json()
    assert answer.headers["content-type"] == "application/schema+json"
    assert schema["$id"] == f"{PUBLIC_URL}/api/pages/v1/schemas/page.json"
    assert schema["required"] == ["productIds", "expiresAt", "timeZone"]
    assert schema["additionalProperties"] is False
    definitions = schema["$defs"]
    assert set(SAYS) == set(definitions["Customization"]["properties"])
    assert set(definitions["FieldType"]["enum"]) == {str(field["type"]) for field in FORM}
    assert set(OPTIONS) < set(schema["properties"])


@pytest.mark.parametrize("name", ["successorShortId", "edition"])
async def test_what_only_time_gives_a_page_cannot_be_asked_for(seller: Seller, name: str) -> None:
    answer = await seller.send("POST", "", {**await seller.wanted(), name: str(new_id())[:12]})
    assert answer.json()["errors"][0]["pointer"] == f"#/{name}"
