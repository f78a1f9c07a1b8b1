"""Mails owed by a service: sent at least once, and again only in the ambiguous window, under the same Message-ID.

A mail whose recipient or text the server refuses for good, or that comes to nothing for days, is given up: it stays,
due at infinity, and `last_error` says when and why. While the server or the database is away, no mail is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID

import aiosmtplib
from sqlalchemy import RowMapping, text

from chassis import telemetry
from chassis.batches import Batches
from chassis.clock import backoff, first_of
from chassis.db import DATABASE_ERRORS, Database, Session, unreachable
from chassis.failpoints import failpoint
from chassis.smtp import SmtpConnections, refusal
from chassis.wakeup import Wakeup

log = telemetry.logger(__name__)
BATCH = 20
"""Mails taken up together, and sent at the same time, each over a connection of its own."""
LEASE = timedelta(seconds=60)
"""How long a mail that is being sent is left alone; a process killed meanwhile delays it by this much."""
SEND_SECONDS = 30
"""A mail is sent or given up well within its lease: who takes it up afterwards is alone with it."""
AWAY = timedelta(seconds=10)
"""Between two tries while the server, or the database, is away: those do not count as attempts."""
MOST_ATTEMPTS = 440
"""Three days of them, ten minutes apart at last."""
POLL_SECONDS = 1.0
ON_THE_WIRE = policy.SMTP.clone(max_line_length=998, cte_type="7bit")
"""RFC 5322's limit. At the usual 78 a long List-Unsubscribe is encoded, and readers of RFC 8058 cannot parse it."""


@dataclass(frozen=True)
class OutgoingMail:
    recipient: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


Composer = Callable[[Session, UUID], Awaitable[OutgoingMail | None]]
"""Looks up who and what, by the id the mail is about; None when there is nobody to write to any more."""

_TAKE = text(
    "UPDATE mails SET attempts = attempts + 1, due_at = :lease WHERE id IN ("
    " SELECT id FROM mails WHERE sent_at IS NULL AND due_at <= :now ORDER BY due_at LIMIT :batch FOR UPDATE SKIP LOCKED"
    ") RETURNING id, kind, about, attempts"
)
_SENT = text("UPDATE mails SET sent_at = :now, last_error = NULL WHERE id = ANY(:ids)")
_FAILED = text("UPDATE mails SET due_at = :due, attempts = :attempts, last_error = :error WHERE id = :id")
_GIVEN_UP = text("UPDATE mails SET due_at = 'infinity', last_error = :error WHERE id = :id")


class Mailer:
    """Sends what `Tx.owe_mail` noted. Any number may run: each takes other rows, under a lease."""

    def __init__(self, db: Database, smtp_url: str, sender: str, composers: Mapping[str, Composer]) -> None:
        self._db = db
        self._connections = SmtpConnections(smtp_url)
        self._sender = sender
        self._sent: Batches[UUID, None] = Batches(self._mark_sent, key=lambda mail_id: mail_id)
        self._composers = composers

    async def run(self, stopping: asyncio.Event) -> None:
        async with Wakeup(self._db.url, "mails") as wakeup:
            while not stopping.is_set():
                try:
                    if await self.send_due() == BATCH:
                        continue
                except DATABASE_ERRORS as error:
                    log.warning("mailer cannot reach its database", error=str(error) or type(error).__name__)
                await first_of(wakeup.wait(POLL_SECONDS), stopping.wait())

    async def send_due(self) -> int:
        """Send what is due; how many were taken up."""
        now = self._db.clock.now()
        async with self._db.transaction() as tx:
            taken = await tx.session.execute(_TAKE, {"now": now, "lease": now + LEASE, "batch": BATCH})
            rows = taken.mappings().all()
        if rows:
            failpoint("mailer.after-claim")
        made = await self._compose(rows) if rows else []
        await asyncio.gather(*(self._send(row, mail) for row, mail in zip(rows, made, strict=True)))
        if len(rows) < BATCH:
            await self._connections.close()
        return len(rows)

    async def _compose(self, rows: Sequence[RowMapping]) -> list[OutgoingMail | Exception | None]:
        """In one session: what all of a launch's mails are about is read once. What cannot be made stops no other."""
        read: list[object] = []  # a session forgets what nobody holds
        made: list[OutgoingMail | Exception | None] = []
        async with self._db.reading() as session:
            for row in rows:
                try:
                    made.append(await self._composers[row["kind"]](session, row["about"]))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is this mail's
                    await session.rollback()
                    made.append(error)
                read.extend(session)
        return made

    async def _send(self, row: RowMapping, made: OutgoingMail | Exception | None) -> None:
        try:
            if isinstance(made, Exception):
                raise made
            if made is not None:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._deliver(row["id"], made)
        except Exception as error:  # noqa: BLE001 - one mail that cannot be made or sent must not stop the others
            await self._put_off(row, error)
        else:
            failpoint("mailer.before-mark-sent")
            await self._sent.do(row["id"])

    async def _mark_sent(self, ids: list[UUID]) -> list[None]:
        """What is not marked is sent again, so that a connection that is lost is worth another."""
        try:
            await self._mark(ids)
        except Exception as error:
            if not unreachable(error):
                raise
            await self._mark(ids)
        return [None] * len(ids)

    async def _mark(self, ids: list[UUID]) -> None:
        async with self._db.transaction() as tx:
            await tx.session.execute(_SENT, {"now": self._db.clock.now(), "ids": ids})

    async def _put_off(self, row: RowMapping, error: Exception) -> None:
        """Until later, or for good."""
        told = {"mail_id": str(row["id"]), "kind": row["kind"], "attempts": row["attempts"], "error": _reason(error)}
        trace = None if isinstance(error, aiosmtplib.SMTPException) else error
        is_away = _is_away(error)
        if not is_away and ((refusal(error) or 0) >= 500 or row["attempts"] >= MOST_ATTEMPTS):
            log.error("mail given up", **told, exc_info=trace)
            await self._give_up(row, error)
            return
        log.warning("mail not sent", **told, exc_info=trace)
        attempts = row["attempts"] - is_away
        due = self._db.clock.now() + (AWAY if is_away else backoff(attempts))
        async with self._db.transaction() as tx:
            found = {"id": row["id"], "due": due, "attempts": attempts, "error": _reason(error)}
            await tx.session.execute(_FAILED, found)

    async def _give_up(self, row: RowMapping, error: Exception) -> None:
        since = f"given up {self._db.clock.now():%Y-%m-%dT%H:%M:%SZ}: {_reason(error)}"
        async with self._db.transaction() as tx:
            await tx.session.execute(_GIVEN_UP, {"id": row["id"], "error": since})
        telemetry.MAILS_GIVEN_UP.labels(self._db.service, row["kind"]).inc()

    def _message(self, mail_id: UUID, mail: OutgoingMail) -> EmailMessage:
        message = EmailMessage(policy=ON_THE_WIRE)
        message["From"] = self._sender
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
        message["Message-ID"] = f"<{mail_id}@{parseaddr(self._sender)[1].partition('@')[2] or 'localhost'}>"
        for name, value in mail.headers.items():
            message[name] = value
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message

    async def _deliver(self, mail_id: UUID, mail: OutgoingMail) -> None:
        message = self._message(mail_id, mail).as_bytes()
        await self._connections.send(parseaddr(self._sender)[1], parseaddr(mail.recipient)[1], message)


def _is_away(error: Exception) -> bool:
    """Whether `error` says nothing of this mail: all others would come to the same."""
    return unreachable(error) or (isinstance(error, aiosmtplib.SMTPException) and refusal(error) is None)


def _reason(error: Exception) -> str:
    """Never a mail server's own words: it repeats the address it refused."""
    code = refusal(error)
    return type(error).__name__ + (f" {code}" if code else "")
