"""Every page in every state, as the server writes it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from jinja2 import UndefinedError
from storefront import Storefront, account, structured_data
from storefront.rich_text import plain
from storefront.views import (
    CheckMail,
    ConfirmRegistration,
    DeleteRegistration,
    Download,
    EraseCustomer,
    Index,
    Link,
    Offer,
    PageNotFound,
    Picture,
    Problem,
    PurchasePage,
    RegistrationForm,
    RegistrationPage,
    SalesPage,
    SaleState,
    Thanks,
    View,
)

MakeSale = Callable[..., SalesPage]
FIRST_VIEW = 20_000
"""Bytes of the page and, compressed, its stylesheet and scripts."""
HOSTILE = "<script>alert(1)</script>\"'"

OTHERS: list[View] = [
    Thanks(status_url="/order", download_status_url="/status", downloads_url="/downloads"),
    Download(status_url="/status", downloads_url="/downloads"),
    Download(status_url="/status", downloads_url="/downloads", contact=Link(url="/w", label="Write to Ida")),
    ConfirmRegistration(action_url="/act"),
    DeleteRegistration(action_url="/act"),
    EraseCustomer(action_url="/act"),
    account.VerifyEmail(action_url="/act"),
    account.ChangeEmail(action_url="/act"),
    account.LeaveNotices(action_url="/act"),
    account.ChoosePassword(action_url="/act"),
    CheckMail(page_title=HOSTILE, page_url="/p/x"),
    RegistrationPage(page_title="T", page_url="/p/x", form=RegistrationForm(action="/r", errors={"email": HOSTILE})),
    PurchasePage(
        short_id="x",
        page_url="/p/x",
        buy_url="/buy",
        offer=Offer(product_id="p", name=HOSTILE, price=500, currency="EUR", pay_what_you_want=True),
        source="letter",
        values={"amount": HOSTILE, "email": HOSTILE, "code": HOSTILE},
        errors={"amount": HOSTILE, "email": HOSTILE, "code": HOSTILE},
    ),
    Problem(title=HOSTILE, detail=HOSTILE, status=429, next_step=Link(url="/", label="Back"), request_id="1"),
    Problem(title="Gone", status=410),
    PageNotFound(),
    Index(console_url="/console", api_documents=[Link(url="/docs", label="catalog")]),
]


class Outline(HTMLParser):
    """What matters of a page's structure; tags that must close, do."""

    VOID = {"meta", "link", "img", "input", "br", "hr"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_sound(html: str) -> None:
    """Well nested, one first heading to begin with, ids unique, and nothing inline that the policy forbids."""
    outline = Outline(html)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.headings[0] == "h1"
    assert not any(name.startswith("on") or name == "style" for name in outline.attributes)
    assert "<style" not in html
    ours = r'type="module" src="/api/shop/assets/[\w-]+\.js"></script>|type="application/ld\+json">'
    assert re.findall(rf"<script(?! (?:{ours}))", html) == []


@pytest.mark.parametrize("view", OTHERS, ids=lambda view: type(view).__name__)
def test_every_other_page_is_sound_and_not_indexed(shop: Storefront, view: View) -> None:
    html = shop.show(view)
    assert_sound(html)
    assert ('name="robots" content="noindex"' in html) != isinstance(view, Index)


@pytest.mark.parametrize("state", SaleState)
def test_every_state_of_a_sale_is_sound(
    shop: Storefront, make_sale: MakeSale, registration: RegistrationForm, state: SaleState, now: datetime
) -> None:
    sale = make_sale(
        state=state,
        launch_at=now + timedelta(days=1),
        registration=registration,
        cover=Picture(url="https://files.example/c.png", alt="A cabin", width=1600, height=900),
        refund_policy="Within **14** days.",
        farewell="See you **next winter**.",
        successor=Link(url="/p/next", label="The next one"),
        contact=Link(url="mailto:ida@example.com", label="Write to Ida"),
        remaining=7,
        qr_url="/p/x/qr.svg",
        card_url="https://pages.example/p/x/card.png",
        accent="#c2410c",
    )
    html = shop.show(sale)
    assert_sound(html)
    assert f'data-state="{state}"' in html
    assert ("noindex" in html) == (state is SaleState.EXPIRED)
    assert "accent-c2410c.css" in html


def test_what_people_wrote_is_escaped(shop: Storefront, make_sale: MakeSale) -> None:
    offer = Offer(product_id=HOSTILE, name=HOSTILE, price=1, currency="EUR", summary=HOSTILE)
    html = shop.show(
        make_sale(title=HOSTILE, creator_name=HOSTILE, description=HOSTILE, offers=[offer], language=HOSTILE)
    )
    assert "<script>alert" not in html
    assert_sound(html)


def test_before_launch_one_may_register_and_not_buy(
    shop: Storefront, make_sale: MakeSale, registration: RegistrationForm, now: datetime
) -> None:
    launch = now + timedelta(days=2, hours=5, minutes=33)
    html = shop.show(make_sale(state=SaleState.PRE_LAUNCH, launch_at=launch, registration=registration))
    assert "Opens in" in html
    assert 'data-next-change="2026-12-03T17:33:00.000Z"' in html
    assert 'action="/register"' in html
    assert 'action="/buy"' not in html
    for name, kind in (("city", "text"), ("age", "number"), ("since", "date")):
        assert re.search(rf'<input type="{kind}"[^>]* name="customFields\.{name}"', html)
    assert re.search(r'<select[^>]* name="customFields\.size" required', html)
    assert len(re.findall(r'type="checkbox"', html)) == 2


def test_a_live_page_has_one_button_in_a_form_that_works_alone(shop: Storefront, make_sale: MakeSale) -> None:
    html = shop.show(make_sale(remaining=17, refund_policy="14 days."))
    assert '<form class="buy" method="post" action="/buy"' in html
    assert '<input type="hidden" name="shortId" value="q7Rk2MzB4x">' in html
    assert '<input type="hidden" name="productId" value="p1">' in html
    assert html.count('type="submit"') == 1
    assert "€59.00</s>" in html
    assert "€39.00</strong>" in html
    assert "<strong data-remaining>17</strong> left" in html
    assert "14 days." in html


def test_several_products_are_a_choice_of_one(shop: Storefront, make_sale: MakeSale) -> None:
    offers = [Offer(product_id=f"p{n}", name=f"Part {n}", price=n * 100, currency="JPY") for n in (1, 2)]
    html = shop.show(make_sale(offers=offers))
    assert html.count('type="radio" name="productId"') == 2
    assert html.count(" checked") == 1
    assert "¥200" in html


def test_a_free_product_is_not_paid_for(shop: Storefront, make_sale: MakeSale) -> None:
    html = shop.show(make_sale(offers=[Offer(product_id="p", name="Primer", price=0, currency="EUR")]))
    assert "Get it free" in html
    assert "Stripe" not in html


def test_an_address_is_asked_for_where_stripe_will_not_ask(shop: Storefront, make_sale: MakeSale) -> None:
    free = Offer(product_id="f", name="Primer", price=0, currency="EUR")
    priced = Offer(product_id="p", name="Guide", price=900, currency="EUR")
    address = re.compile('<input type="email"[^>]*name="email"[^>]*>')
    found = [address.search(shop.show(make_sale(offers=offers))) for offers in ([priced], [priced, free], [free])]
    assert [field and "required" in field[0] for field in found] == [None, False, True]


def test_who_may_pay_what_they_want_is_asked_how_much(shop: Storefront, make_sale: MakeSale) -> None:
    wished = Offer(product_id="p", name="P", price=500, currency="EUR", pay_what_you_want=True, suggested=1250)
    html = shop.show(make_sale(offers=[wished]))
    assert "Pay what you want" in html
    assert re.search(r'<input[^>]* name="amount" type="number"[^>]* min="5.00" step="0.01" value="12.50"', html)
    yen = Offer(product_id="p", name="P", price=0, currency="JPY", pay_what_you_want=True)
    assert re.search(r'min="0" step="1" value="0"', shop.show(make_sale(offers=[yen])))
    assert 'name="amount"' not in shop.show(make_sale())


def test_a_code_can_be_given_where_a_price_is_fixed(shop: Storefront, make_sale: MakeSale) -> None:
    fixed = Offer(product_id="a", name="Guide", price=900, currency="EUR")
    free = Offer(product_id="b", name="Primer", price=0, currency="EUR")
    wished = Offer(product_id="c", name="Poster", price=900, currency="EUR", pay_what_you_want=True)
    for offers, fields in (([fixed], 1), ([fixed, free], 1), ([free], 0), ([wished], 0), ([fixed, wished], 1)):
        html = shop.show(make_sale(offers=offers))
        assert html.count('name="code"') == fields
        assert html.count("<summary>Have a code?</summary>") == fields


def test_what_brought_the_visitor_is_sent_with_what_they_do(shop: Storefront, make_sale: MakeSale) -> None:
    hidden = '<input type="hidden" name="source" value="letter">'
    form = RegistrationForm(action="/r", source="letter")
    assert hidden in shop.show(make_sale(source="letter"))
    assert hidden in shop.show(make_sale(state=SaleState.PRE_LAUNCH, registration=form))
    assert 'name="source"' not in shop.show(make_sale())


def test_who_mistyped_finds_what_was_typed_and_what_is_wrong(shop: Storefront) -> None:
    offer = Offer(product_id="p", name="Guide", price=900, currency="EUR")
    page = PurchasePage(
        short_id="x",
        page_url="/p/x",
        buy_url="/buy",
        offer=offer,
        values={"code": "SPRING"},
        errors={"code": "Unknown"},
    )
    html = shop.show(page)
    assert "That code does not work here" in html
    assert re.search(r'name="code"[^>]* value="SPRING" aria-invalid="true" aria-describedby="code-p-error"', html)
    assert '<p class="field-error" id="code-p-error">Unknown</p>' in html
    assert 'name="email"' not in html
    assert 'name="amount"' not in html


def test_beside_a_wished_price_every_offer_has_its_own_button(shop: Storefront, make_sale: MakeSale) -> None:
    offers = [
        Offer(product_id=f"p{n}", name="P", price=500, currency="EUR", pay_what_you_want=n == 2) for n in (1, 2, 3)
    ]
    html = shop.show(make_sale(offers=offers))
    assert_sound(html)
    assert html.count('action="/buy"') == 3
    assert html.count('name="amount"') == 1
    assert 'type="radio"' not in html


def test_the_last_hour_is_decided_by_the_clock(shop: Storefront, make_sale: MakeSale, now: datetime) -> None:
    before = make_sale(expires_at=now + timedelta(hours=1, seconds=1))
    within = make_sale(expires_at=now + timedelta(hours=1))
    assert not before.ending_soon
    assert before.next_change == now + timedelta(seconds=1)
    assert within.ending_soon
    assert within.next_change == within.expires_at
    assert "data-ending-soon" in shop.show(within)
    assert "Closes for good in" in shop.show(within)


def test_what_only_the_service_knows_of_is_a_change_too(make_sale: MakeSale, now: datetime) -> None:
    soon, late = now + timedelta(minutes=5), now + timedelta(days=9)
    for state in (SaleState.PRE_LAUNCH, SaleState.LIVE, SaleState.SOLD_OUT):
        sale = make_sale(state=state, launch_at=now + timedelta(hours=1))
        assert sale.next_change is not None
        assert replace(sale, changes_at=soon).next_change == soon
        assert replace(sale, changes_at=late).next_change == sale.next_change
    assert make_sale(state=SaleState.EXPIRED, changes_at=late).next_change is None


def test_a_sold_out_page_sells_nothing_and_keeps_its_clock(shop: Storefront, make_sale: MakeSale) -> None:
    html = shop.show(make_sale(state=SaleState.SOLD_OUT, remaining=0))
    assert "Sold out" in html
    assert 'action="/buy"' not in html
    assert "The page closes in" in html


def test_an_expired_page_changes_no_more(shop: Storefront, make_sale: MakeSale) -> None:
    html = shop.show(make_sale(state=SaleState.EXPIRED, farewell="See you **next winter**."))
    assert "This page has closed" in html
    assert "<strong>next winter</strong>" in html
    assert "data-next-change" not in html
    assert "data-countdown" not in html
    assert 'action="/buy"' not in html


def test_formats_follow_the_locale_and_words_stay_english(shop: Storefront, make_sale: MakeSale) -> None:
    html = shop.show(make_sale(), locale="de_CH")
    assert '<html lang="en" data-locale="de-CH"' in html
    assert "CHF" not in html
    assert re.search(r"39[.,]00", html)


def test_download_answers_each_refusal_with_one_next_step(shop: Storefront) -> None:
    html = shop.show(Download(status_url="/s", downloads_url="/d"))
    for view in ("expired", "exhausted", "revoked", "refunded", "suspended", "elsewhere", "unknown"):
        section = html.split(f'data-view="{view}"')[1].split("</section>")[0]
        assert section.count("next-step") == 1


def test_a_service_adds_its_own_templates(tmp_path: Path) -> None:
    (tmp_path / "own.html").write_text(
        '{% extends "storefront/base.html" %}{% import "storefront/macros.html" as ui with context %}'
        "{% block title %}Own{% endblock %}{% block main %}<h1>{{ word }}</h1>{{ ui.price(100, 'EUR') }}"
        '{{ ui.file_card("a.pdf", 1500) }}{{ ui.notice("Careful", "Hot", "bad") }}{% endblock %}'
    )
    own = Storefront("shop", "http://localhost:8080/", templates=tmp_path)
    html = own.render("own.html", word="<b>", accent="#336699")
    assert_sound(html)
    assert "<h1>&lt;b&gt;</h1>" in html
    assert "accent-336699.css" in html
    with pytest.raises(UndefinedError):
        own.render("own.html")


async def test_the_first_view_of_a_sale_is_light(shop: Storefront, make_sale: MakeSale) -> None:
    html = shop.show(make_sale(remaining=3, refund_policy="14 days."))
    fetched = {name.rsplit("/", 1)[1] for name in re.findall(r'(?:src|href)="(/api/shop/assets/[^"]+)"', html)}
    size = len(html.encode())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=shop.static), base_url="http://shop") as client:
        seen: set[str] = set()
        while fetched - seen:
            name = (fetched - seen).pop()
            seen.add(name)
            answer = await client.get(f"/{name}")
            size += answer.num_bytes_downloaded
            fetched |= set(re.findall(r'from "\./([^"]+)"', answer.text))
    assert size < FIRST_VIEW


def test_machines_are_told_a_description_that_is_read_once_for_all_offers(
    make_sale: MakeSale, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(text: str) -> str:
        read.append(text)
        return plain(text)

    monkeypatch.setattr(structured_data, "plain", counted)
    offers = [Offer(product_id=str(number), name="A pack", price=500, currency="EUR") for number in range(20)]
    document = json.loads(structured_data.json_ld(make_sale(offers=offers)))
    assert [product["description"] for product in document["@graph"]] == ["Forty-two presets."] * 20
    assert read == ["Forty-two **presets**."]
