"""Every mail as it is sent: a subject of one line, a text that is complete, HTML that escapes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from storefront import Storefront
from storefront.mails import (
    AccountChanged,
    ChangeEmail,
    ConfirmRegistrationMail,
    DisputeClosed,
    DisputeOpened,
    DownloadUnused,
    EarlyAccess,
    FoundOrder,
    MailView,
    OrderLink,
    OrderRefunded,
    OrdersFound,
    PageExpired,
    PageExpiring,
    PageIsLive,
    PageResult,
    ResetPassword,
    SaleMade,
    VerifyEmail,
    WaitingListOffer,
    WelcomeCreator,
)

AT = datetime(2026, 12, 3, 17, 5, tzinfo=UTC)
HOSTILE = "Light <script>alert(1)</script>\r\nBcc: everyone@example.com"

ORDER_LINK = OrderLink(
    order_id="o-1",
    product_name=HOSTILE,
    creator_name="Ida & Co",
    download_url="https://pages.example/d#token",
    access_ends_at=AT,
    attempts_allowed=5,
    amount_paid=3900,
    currency="EUR",
    paid_at=AT,
    file_name="light.zip",
    file_size_bytes=214_000_000,
)
NOTICE: dict[str, str] = {
    "name": "Ida",
    "console_url": "https://pages.example/",
    "unsubscribe_url": "https://pages.example/u#t",
}
SALE: dict[str, Any] = {**NOTICE, "product_name": "Light", "amount_paid": 1900, "currency": "EUR"}
PAGE: dict[str, Any] = {**NOTICE, "page_title": "Light", "page_url": "https://pages.example/p/x", "expires_at": AT}
LEAVE = "https://pages.example/u#t"
MAILS: list[tuple[MailView, str, tuple[str, ...]]] = [
    (
        ORDER_LINK,
        "Your download: Light",
        ("https://pages.example/d#token", "€39.00", "5 downloads", "light.zip", "o-1"),
    ),
    (
        OrderRefunded(
            order_id="o-1",
            product_name="Light",
            creator_name="Ida",
            amount_refunded=1200,
            currency="JPY",
            refunded_at=AT,
            access_revoked=True,
        ),
        "Refunded: Light",
        ("¥1,200", "download has ended", "o-1"),
    ),
    (
        DownloadUnused(
            order_id="o-1",
            product_name="Light",
            creator_name="Ida",
            download_url="https://pages.example/d#token",
            access_ends_at=AT,
        ),
        "Not downloaded yet: Light",
        ("https://pages.example/d#token", "December 3, 2026", "o-1"),
    ),
    (
        OrdersFound(
            orders=(FoundOrder("Light", "Ida", "https://pages.example/d#token", AT),),
            erase_urls=(("Ida", "https://pages.example/o/erase?customer=c-1#proof"),),
        ),
        "What you bought",
        ("https://pages.example/d#token", "https://pages.example/o/erase?customer=c-1#proof", "Light"),
    ),
    (
        ConfirmRegistrationMail(
            page_title="Light",
            creator_name="Ida",
            confirm_url="https://pages.example/r/confirm#a",
            delete_url="https://pages.example/r/delete#b",
            launch_at=AT,
            name="Ola",
        ),
        "Please confirm: Light",
        ("https://pages.example/r/confirm#a", "https://pages.example/r/delete#b", "Ola", "December 3, 2026"),
    ),
    (
        EarlyAccess(
            page_title="Light",
            creator_name="Ida",
            page_url="https://pages.example/p/x?pass=a.b.c",
            launch_at=AT,
            delete_url="https://pages.example/r/delete#b",
            name="Ola",
        ),
        "You may enter before the others: Light",
        ("https://pages.example/p/x?pass=a.b.c", "https://pages.example/r/delete#b", "Ola", "December 3, 2026"),
    ),
    (
        WaitingListOffer(
            page_title="Light",
            creator_name="Ida",
            page_url="https://pages.example/p/x?pass=a.b.c",
            offered_until=AT,
            delete_url="https://pages.example/r/delete#b",
        ),
        "One is kept for you: Light",
        ("https://pages.example/p/x?pass=a.b.c", "https://pages.example/r/delete#b", "December 3, 2026", "the next"),
    ),
    (
        PageIsLive(
            page_title="Light",
            creator_name="Ida",
            page_url="https://pages.example/p/x",
            expires_at=AT,
            delete_url="https://pages.example/r/delete#b",
        ),
        "It is open: Light",
        ("https://pages.example/p/x", "https://pages.example/r/delete#b", "UTC"),
    ),
    (
        WelcomeCreator(name="Ida", console_url="https://pages.example/console", verify_url="https://pages.example/v#x"),
        "Welcome to Temporary Pages",
        ("https://pages.example/console", "https://pages.example/v#x", "Ida"),
    ),
    *(
        (
            kind(name="Ida", link_url="https://pages.example/a#b", link_ends_at=AT),
            subject,
            ("https://pages.example/a#b", "December 3, 2026", "Ida"),
        )
        for kind, subject in (
            (VerifyEmail, "Please verify your address"),
            (ResetPassword, "Choose another password"),
            (ChangeEmail, "Please confirm your new address"),
        )
    ),
    (SaleMade(**SALE, paid_at=AT), "Sold: Light", ("€19.00", "December 3, 2026", LEAVE)),
    (DisputeOpened(**SALE), "A payment is disputed: Light", ("€19.00", "evidence", LEAVE)),
    (DisputeClosed(**SALE, won=True), "The dispute is won: Light", ("stays with you", LEAVE)),
    (DisputeClosed(**SALE, won=False), "The dispute is lost: Light", ("goes back", LEAVE)),
    (PageExpiring(**PAGE), "One day left: Light", ("https://pages.example/p/x", "December 3, 2026", LEAVE)),
    (PageExpired(**PAGE, results=(PageResult(2, 3800, "EUR"),)), "Closed: Light", ("€38.00", LEAVE)),
    (PageExpired(**PAGE, results=()), "Closed: Light", ("Nothing was sold", LEAVE)),
    (AccountChanged(name="Ida", changed="address"), "Your address was changed", ("Ida", "the address of your account")),
    (AccountChanged(name="Ida", changed="password"), "Your password was changed", ("the password of your account",)),
]


@pytest.mark.parametrize(("view", "subject", "facts"), MAILS, ids=lambda value: type(value).__name__)
def test_a_mail_says_the_same_in_text_and_html(
    shop: Storefront, view: MailView, subject: str, facts: tuple[str, ...]
) -> None:
    mail = shop.write(view)
    assert mail.subject.startswith(subject)
    for fact in facts:
        assert fact in mail.text
        assert fact in mail.html
    assert "<script" not in mail.html
    assert "<p" not in mail.text


def test_a_subject_is_one_line_whatever_a_product_is_called(shop: Storefront) -> None:
    mail = shop.write(ORDER_LINK)
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject


def test_text_is_not_escaped(shop: Storefront) -> None:
    mail = shop.write(ORDER_LINK)
    assert "Ida & Co" in mail.text
    assert "Ida &amp; Co" in mail.html


def test_a_new_link_says_that_the_old_one_is_dead(shop: Storefront) -> None:
    mail = shop.write(OrderLink(**{**vars(ORDER_LINK), "product_name": "Light", "reissued": True}))
    assert mail.subject == "Your new download link: Light"
    assert "no longer works" in mail.text


def test_a_mail_bears_the_creators_colour(shop: Storefront) -> None:
    mail = shop.write(OrderLink(**{**vars(ORDER_LINK), "accent": "#ffe600"}))
    assert "background:#ffe600" in mail.html
    assert "color:#000000" in mail.html


def test_a_receipt_says_who_sold_and_that_it_shows_no_tax(shop: Storefront) -> None:
    said = "Sold by Ida & Co. No tax is shown separately"
    receipt = {**vars(ORDER_LINK), "product_name": "Light"}
    paid = shop.write(OrderLink(**receipt))
    assert said in paid.text
    assert said.replace("&", "&amp;") in paid.html
    for more in ({"amount_paid": 0}, {"reissued": True}):
        assert "No tax" not in shop.write(OrderLink(**{**receipt, **more})).text


def test_a_single_download_is_one(shop: Storefront) -> None:
    mail = shop.write(OrderLink(**{**vars(ORDER_LINK), "attempts_allowed": 1}))
    assert "1 download." in mail.text
    assert "1 download." in mail.html


def test_a_mails_html_is_titled_as_its_subject(shop: Storefront) -> None:
    mail = shop.write(OrderLink(**{**vars(ORDER_LINK), "product_name": "Light"}))
    assert f"<title>{mail.subject}</title>" in mail.html
