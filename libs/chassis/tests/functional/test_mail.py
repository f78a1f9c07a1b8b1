"""Mails owed are sent once; one that fails is sent later under the same Message-ID."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from chassis.clock import new_id
from chassis.db import Database, Session
from chassis.mail import Composer, Mailer, OutgoingMail
from chassis.testing import SettableClock
from local_stack import Stack


def greeting(recipient: str) -> Composer:
    async def compose(_session: Session, about: UUID) -> OutgoingMail:
        return OutgoingMail(
            recipient, f"About {about}", "Hello in text", "<p>Hello in HTML</p>", {"X-Kind": "greeting"}
        )

    return compose


async def owe(db: Database, about: UUID) -> None:
    async with db.transaction() as tx:
        await tx.owe_mail("greeting", about)


def mailer(db: Database, stack: Stack, compose: Composer) -> Mailer:
    return Mailer(db, stack.smtp_url, "Pages <pages@example.test>", {"greeting": compose})


async def inbox(stack: Stack, recipient: str) -> list[dict[str, object]]:
    async with httpx.AsyncClient(base_url=stack.endpoints["mail"]) as client:
        found: list[dict[str, object]] = (await client.get("/api/messages", params={"to": recipient})).json()
    return found


async def test_a_mail_owed_twice_is_sent_once(db: Database, infrastructure: Stack) -> None:
    about, recipient = new_id(), f"{new_id().hex}@example.test"
    for _ in range(2):
        await owe(db, about)
    sending = mailer(db, infrastructure, greeting(recipient))
    assert await sending.send_due() == 1
    assert await sending.send_due() == 0
    (mail,) = await inbox(infrastructure, recipient)
    assert mail["subject"] == f"About {about}"
    assert "Hello in text" in str(mail["text"])
    assert "Hello in HTML" in str(mail["html"])


async def test_a_mail_that_failed_is_sent_later(
    db: Database, infrastructure: Stack, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    about, recipient = new_id(), f"{new_id().hex}@example.test"
    await owe(db, about)
    unreachable = Mailer(db, "smtp://127.0.0.1:1", "pages@example.test", {"greeting": greeting(recipient)})
    assert await unreachable.send_due() == 1
    assert await inbox(infrastructure, recipient) == []
    sending = mailer(db, infrastructure, greeting(recipient))
    assert await sending.send_due() == 0
    clock.advance(timedelta(minutes=1))
    assert await sending.send_due() == 1
    assert len(await inbox(infrastructure, recipient)) == 1


async def test_a_mail_to_nobody_is_settled_unsent(db: Database, infrastructure: Stack) -> None:
    async def nobody(_session: Session, _about: UUID) -> None:
        return None

    await owe(db, new_id())
    sending = mailer(db, infrastructure, nobody)
    assert await sending.send_due() == 1
    assert await sending.send_due() == 0
