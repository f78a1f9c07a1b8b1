"""Mails owed are sent once; one that fails is sent later under the same Message-ID."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import asyncpg
import httpx
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as SmtpSession
from chassis.clock import new_id
from chassis.db import Database, Session
from chassis.mail import BATCH, MOST_ATTEMPTS, Composer, Mailer, OutgoingMail
from chassis.testing import PATIENCE, SettableClock, until
from local_stack import Stack
from prometheus_client import REGISTRY
from sqlalchemy import text

YEAR = timedelta(days=365)


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
    async with httpx.AsyncClient(base_url=stack.endpoints["mail"], timeout=PATIENCE) as client:
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


class MailServer:
    """Counts who comes; takes `patience` mails over a connection, and none for who is in `ANSWERS`."""

    ANSWERS: ClassVar[dict[str, str]] = {"nobody": "550 nobody of that name", "full": "452 come again"}
    """To a recipient, by name."""

    def __init__(self) -> None:
        self.connections = 0
        self.patience = 10_000
        self.recipients: list[str] = []
        self._mails: Counter[SmtpSession] = Counter()

    def protocol(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="mail.test")

    async def handle_RCPT(
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        name = address.partition("@")[0]
        if name in self.ANSWERS:
            return self.ANSWERS[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._mails[session] += 1
        if self._mails[session] > self.patience:
            assert server.transport is not None
            asyncio.get_running_loop().call_soon(server.transport.close)
            return "421 that is enough"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:
        if envelope.rcpt_tos == ["strict@example.test"]:
            return "554 not in these words"
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
async def mail_server() -> AsyncIterator[tuple[MailServer, str]]:
    """The server, and its URL."""
    server = MailServer()
    listening = await asyncio.get_running_loop().create_server(server.protocol, "127.0.0.1", 0)
    async with listening:
        yield server, f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def numbered(names: dict[UUID, str]) -> Composer:
    async def compose(_session: Session, about: UUID) -> OutgoingMail:
        return OutgoingMail(f"{names[about]}@example.test", "Hello", "Hello", "<p>Hello</p>")

    return compose


async def owed_to(db: Database, *names: str) -> dict[UUID, str]:
    found = {new_id(): name for name in names}
    async with db.transaction() as tx:
        await tx.owe_mail("greeting", *found)
    return found


async def unsent(db: Database) -> list[str | None]:
    """Why each that is not sent was not."""
    async with db.reading() as session:
        return list((await session.execute(text("SELECT last_error FROM mails WHERE sent_at IS NULL"))).scalars())


async def test_many_mails_go_over_a_few_connections(db: Database, mail_server: tuple[MailServer, str]) -> None:
    server, url = mail_server
    names = await owed_to(db, *(f"lead{number}" for number in range(3 * BATCH)))
    sending = Mailer(db, url, "Pages <pages@example.test>", {"greeting": numbered(names)})
    while await sending.send_due():
        pass
    assert sorted(server.recipients) == sorted(f"{name}@example.test" for name in names.values())
    assert server.connections <= BATCH
    assert await unsent(db) == []


async def test_who_sends_is_named_as_in_any_address(db: Database) -> None:
    """What an address cannot hold stands in it in percents."""
    presented: list[LoginPassword] = []

    def authenticator(_server: SMTP, _session: SmtpSession, _envelope: Envelope, _way: str, who: object) -> AuthResult:
        assert isinstance(who, LoginPassword)
        presented.append(who)
        return AuthResult(success=True)

    def protocol() -> SMTP:
        return SMTP(MailServer(), hostname="mail.test", authenticator=authenticator, auth_require_tls=False)

    async with await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0) as listening:
        url = f"smtp://key%40pages:ab%2Fcd%3D@127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        names = await owed_to(db, "lead")
        await Mailer(db, url, "Pages <pages@example.test>", {"greeting": numbered(names)}).send_due()
    assert presented == [LoginPassword(b"key@pages", b"ab/cd=")]
    assert await unsent(db) == []


async def test_a_server_that_has_had_enough_over_a_connection_is_greeted_anew(
    db: Database, mail_server: tuple[MailServer, str]
) -> None:
    server, url = mail_server
    server.patience = 1
    names = await owed_to(db, *(f"lead{number}" for number in range(2 * BATCH)))
    sending = Mailer(db, url, "Pages <pages@example.test>", {"greeting": numbered(names)})
    for _ in range(2):
        assert await sending.send_due() == BATCH
    assert len(server.recipients) == len(set(server.recipients)) == 2 * BATCH
    assert await unsent(db) == []


async def test_a_recipient_that_is_refused_holds_up_nobody(db: Database, mail_server: tuple[MailServer, str]) -> None:
    server, url = mail_server
    names = await owed_to(db, "nobody", "lead1", "lead2")
    sending = Mailer(db, url, "Pages <pages@example.test>", {"greeting": numbered(names)})
    await sending.send_due()
    assert sorted(server.recipients) == ["lead1@example.test", "lead2@example.test"]
    assert len(await unsent(db)) == 1


async def test_a_mail_that_cannot_be_made_holds_up_nobody(db: Database, mail_server: tuple[MailServer, str]) -> None:
    server, url = mail_server
    names = await owed_to(db, "spoiler", "lead1", "lead2")

    async def compose(session: Session, about: UUID) -> OutgoingMail:
        await session.execute(text("SELECT 1 / :divisor"), {"divisor": 0 if names[about] == "spoiler" else 1})
        return OutgoingMail(f"{names[about]}@example.test", "Hello", "Hello", "<p>Hello</p>")

    await Mailer(db, url, "pages@example.test", {"greeting": compose}).send_due()
    assert sorted(server.recipients) == ["lead1@example.test", "lead2@example.test"]
    assert await unsent(db) == ["DBAPIError"]


def given_up() -> float:
    return REGISTRY.get_sample_value("mails_given_up_total", {"service": "example", "kind": "greeting"}) or 0


async def has_tried(db: Database, attempts: int) -> None:
    async with db.transaction() as tx:
        await tx.session.execute(text("UPDATE mails SET attempts = :attempts"), {"attempts": attempts})


@pytest.mark.parametrize(("name", "why"), [("nobody", "SMTPRecipientsRefused 550"), ("strict", "SMTPDataError 554")])
async def test_a_mail_that_is_refused_for_good_is_given_up(
    db: Database, mail_server: tuple[MailServer, str], clock: SettableClock, name: str, why: str
) -> None:
    names, before = await owed_to(db, name), given_up()
    clock.hold(clock.now())
    sending = Mailer(db, mail_server[1], "pages@example.test", {"greeting": numbered(names)})
    await sending.send_due()
    assert await unsent(db) == [f"given up {clock.now():%Y-%m-%dT%H:%M:%SZ}: {why}"]
    assert given_up() - before == 1
    clock.advance(YEAR)
    assert await sending.send_due() == 0


async def test_a_mail_that_is_put_off_by_its_server_is_tried_for_days(
    db: Database, mail_server: tuple[MailServer, str], clock: SettableClock
) -> None:
    names = await owed_to(db, "full")
    sending = Mailer(db, mail_server[1], "pages@example.test", {"greeting": numbered(names)})
    for attempts in (0, 1, MOST_ATTEMPTS - 2):
        await has_tried(db, attempts)
        assert await sending.send_due() == 1
        assert await unsent(db) == ["SMTPRecipientsRefused 452"]
        clock.advance(timedelta(minutes=10))
    assert await sending.send_due() == 1
    clock.advance(YEAR)
    assert await sending.send_due() == 0


@pytest.mark.parametrize("how", ["away", "closing"])
async def test_while_the_mail_server_is_away_no_mail_is_given_up(
    db: Database, mail_server: tuple[MailServer, str], clock: SettableClock, how: str
) -> None:
    server, url = mail_server
    server.patience = 0
    names = await owed_to(db, "lead")
    closed = Mailer(
        db, url if how == "closing" else "smtp://127.0.0.1:1", "pages@example.test", {"greeting": numbered(names)}
    )
    await has_tried(db, MOST_ATTEMPTS)
    for _ in range(3):
        assert await closed.send_due() == 1
        clock.advance(timedelta(minutes=1))
    async with db.reading() as session:
        assert await session.scalar(text("SELECT attempts FROM mails")) == MOST_ATTEMPTS
    server.patience = 1
    assert await Mailer(db, url, "pages@example.test", {"greeting": numbered(names)}).send_due() == 1
    assert server.recipients == ["lead@example.test"]


async def test_mails_that_were_sent_are_marked_over_another_connection(
    db: Database, mail_server: tuple[MailServer, str], clock: SettableClock
) -> None:
    server, url = mail_server
    names = await owed_to(db, "lead1", "lead2", "lead3")
    holding, one_at_a_time = await asyncpg.connect(db.url), asyncio.Lock()

    async def compose(session: Session, about: UUID) -> OutgoingMail | None:
        async with one_at_a_time:
            if not holding.is_in_transaction():
                await holding.execute("BEGIN; SELECT FROM mails FOR UPDATE")
        return await numbered(names)(session, about)

    async def connection_is_lost() -> bool:
        waits = "NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        return bool(await holding.fetchval(f"SELECT bool_or(pg_terminate_backend(pid)) FROM pg_locks WHERE {waits}"))

    sending = Mailer(db, url, "pages@example.test", {"greeting": compose})
    marking = asyncio.create_task(sending.send_due())
    await until(connection_is_lost)
    await holding.close()
    await marking
    clock.advance(YEAR)
    assert await sending.send_due() == 0
    assert len(server.recipients) == len(set(server.recipients)) == 3
