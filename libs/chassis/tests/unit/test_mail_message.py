"""How a mail goes on the wire."""

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
