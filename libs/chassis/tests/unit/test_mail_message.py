"""How a mail goes on the wire."""

import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.mail import Mailer, OutgoingMail


def test_a_long_header_is_neither_encoded_nor_broken() -> None:
    address = f"<https://pages.example/api/leads/v1/registrations/unsubscribe?token={new_id()}.{'s' * 43}>"
    mail = OutgoingMail("grace@example.com", "Grüße", "Schöne Grüße", "<p>Grüße</p>", {"List-Unsubscribe": address})
    sender = Mailer(Database("postgresql://nowhere/none", "example"), "smtp://nowhere", "Pages <p@example.com>", {})
    sent = sender._message(new_id(), mail).as_bytes()
    assert f"\r\nList-Unsubscribe: {address}\r\n".encode() in sent
    assert sent.isascii()


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("place", ["recipient", "subject", "header"])
def test_a_header_with_a_line_end_is_not_sent(place: str, end: str) -> None:
    forged = f"grace@example.com{end}Bcc: everybody@example.com"
    mail = OutgoingMail(
        forged if place == "recipient" else "grace@example.com",
        forged if place == "subject" else "Hello",
        "Hello",
        "<p>Hello</p>",
        {"Reply-To": forged} if place == "header" else {},
    )
    sender = Mailer(Database("postgresql://nowhere/none", "example"), "smtp://nowhere", "Pages <p@example.com>", {})
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        sender._message(new_id(), mail)
