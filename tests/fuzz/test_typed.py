"""What is typed into a form or set by a browser: taken as what it is, or refused by name."""

import asyncio
import json
import re
from contextlib import suppress
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from babel import Locale
from catalog.http.sessions import Credentials
from chassis import api
from chassis.addresses import caller, canonical, client_address
from chassis.errors import Invalid
from chassis.texts import deliverable, is_readable
from checkout.models import MirroredProduct
from checkout.prices import chosen_price
from contracts.catalog import Pricing
from contracts.money import CURRENCIES, MAX_AMOUNT, WHOLE_UNITS_ONLY, price_problem
from contracts.pages import FieldType, FormField
from delivery.user_agents import family
from hypothesis import strategies as st
from leads.answers import check_answers, from_html_form
from leads.errors import AnswersRefused
from leads.http.wire import RegistrationRequest
from pages.http.contents import Customization, NewAfterExpiry
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from storefront import locale_for
from storefront.formats import money

from .inputs import ANY_TEXT, HEADER, JSON, TEXT, damaged, fuzz

CURSORS = TypeAdapter(api.GivenCursor)
FORM = [FormField(name=kind.value, label="?", type=kind, options=["S", "M"]) for kind in FieldType]
AMOUNTS = (
    TEXT
    | st.decimals().map(str)
    | damaged("12.50", st.text("0123456789.,-+eE_ ٣", max_size=8))
    | st.sampled_from(["1e999999", "1e-999999", "9e99999", "0x10", "Infinity", "-0", "1_000", "1,000.50", "１２"])  # noqa: RUF001
)
PRODUCT: dict[str, Any] = {
    "id": UUID(int=1),
    "creator_id": UUID(int=2),
    "price_in_cents": 0,
    "pricing": Pricing.PAY_WHAT_YOU_WANT,
    "is_active": True,
    "attempts_allowed": 5,
    "access_days": 7,
    "version": 1,
}
LANGUAGES = HEADER | st.lists(
    st.sampled_from(
        ["de", "en-GB", "zh-Hant-TW", "*", "q=", ";q=0.5", ";q=nan", ";q=inf", ";q=1e400", "x-klingon", ","]
    )
    | st.sampled_from(
        ["../../etc/passwd", "root", "de_DE.UTF-8", "sr-Latn", "en-u-ca-buddhist", "i-default", "-", "_"]
    ),
    max_size=8,
).map("".join)


@fuzz(typed=AMOUNTS, currency=st.sampled_from(sorted(CURRENCIES)))
def test_an_amount_is_one_that_can_be_charged_or_refused_by_name(typed: str, currency: str) -> None:
    product = MirroredProduct(**{**PRODUCT, "currency": currency})
    try:
        amount = chosen_price(product, None, typed)
    except Invalid:
        return
    assert 0 <= amount <= MAX_AMOUNT
    assert price_problem(amount, currency) is None
    shown = amount // 100 if currency in WHOLE_UNITS_ONLY else amount
    assert re.sub(r"\D", "", money(amount, currency)).lstrip("0") == str(shown or "")


@fuzz(address=ANY_TEXT | damaged("grace@example.com", TEXT) | st.emails())
def test_an_address_is_one_that_a_mail_can_go_to_and_only_there(address: str) -> None:
    try:
        found = deliverable(address)
    except ValueError:
        return
    assert re.fullmatch(r"[!-~]+@[!-~]+", found)
    assert deliverable(found) == found
    mail = EmailMessage()
    mail["To"] = found
    assert [each.addr_spec for each in mail["To"].addresses] == [found]


@fuzz(given=st.dictionaries(st.sampled_from([kind.value for kind in FieldType]) | TEXT, JSON, max_size=5))
def test_answers_fit_the_form_or_are_refused(given: dict[str, Any]) -> None:
    try:
        answers = check_answers(FORM, given)
    except AnswersRefused:
        return
    assert json.loads(json.dumps(answers, allow_nan=False)) == answers
    assert all(is_readable(value) for value in answers.values() if isinstance(value, str))
    assert check_answers(FORM, answers) == answers


@fuzz(
    sent=st.dictionaries(
        st.sampled_from([f"customFields.{kind.value}" for kind in FieldType]) | TEXT, AMOUNTS, max_size=5
    )
)
def test_a_form_without_scripts_is_answered_the_same_way(sent: dict[str, str]) -> None:
    with suppress(AnswersRefused):
        check_answers(FORM, from_html_form(FORM, sent))


@fuzz(languages=LANGUAGES)
def test_a_browsers_languages_are_a_locale_or_the_default(languages: str) -> None:
    found = locale_for(languages)
    assert str(Locale.parse(found)) == found


@fuzz(cursor=TEXT | damaged("AZOQ8KAAcACAAAAAAAAAAA", TEXT), limit=st.integers(1, 100))
def test_a_cursor_is_one_of_ours_or_refused(cursor: str, limit: int) -> None:
    try:
        given = CURSORS.validate_python(cursor)
    except ValidationError:
        return
    listing = asyncio.run(api.cursor(limit, given))
    assert listing.before is not None
    row = SimpleNamespace(id=listing.before)
    assert listing.page([row] * (limit + 1), lambda item: 1).next_cursor == cursor


@fuzz(address=HEADER | st.ip_addresses().map(str))
def test_whoever_asks_has_an_address(address: str) -> None:
    request = Request({"type": "http", "headers": [], "client": (address, 1)})
    found = client_address(request)
    assert canonical(found) == found
    assert caller(request) == found or caller(request).endswith("/64")


@fuzz(user_agent=HEADER)
def test_a_browser_is_of_some_family(user_agent: str) -> None:
    assert family(user_agent).isalpha()


@fuzz(body=JSON | st.dictionaries(st.sampled_from(["email", "name", "customFields", "password"]), JSON))
def test_what_is_no_registration_or_sign_in_is_refused(body: Any) -> None:
    sent = json.dumps(body)
    for model in (RegistrationRequest, Credentials):
        try:
            found = model.model_validate_json(sent)
        except ValidationError:
            continue
        assert found.email == found.email.strip()


@fuzz(
    customization=st.dictionaries(
        st.sampled_from(sorted(f.alias or n for n, f in Customization.model_fields.items())), JSON
    ),
    address=TEXT | damaged("https://www.example.com/next", TEXT),
)
def test_what_a_page_says_is_text_and_leads_to_the_public_web(customization: Any, address: str) -> None:
    with suppress(ValidationError):
        Customization.model_validate(customization)
    try:
        found = NewAfterExpiry.model_validate({"mode": "redirect", "redirectUrl": address})
    except ValidationError:
        return
    parts = urlsplit(found.redirect_url or "")
    assert (parts.scheme, parts.port, parts.username) == ("https", None, None) or parts.port == 443
    assert re.fullmatch(r"[!-~]+", found.redirect_url or "")
    assert "." in (parts.hostname or "")
