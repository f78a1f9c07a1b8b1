"""Mails owed by a service: sent at least once, and again only in the ambiguous window, under the same Message-ID."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import urlsplit
from uuid import UUID

import aiosmtplib
from sqlalchemy import RowMapping, text

from chassis import telemetry
from chassis.clock import first_of
from chassis.db import DATABASE_ERRORS, Database, Session
from chassis.failpoints import failpoint
from chassis.wakeup import Wakeup

log = telemetry.logger(__name__)
BATCH = 10
"""Mails taken up together, and sent at the same time."""
LEASE = timedelta(seconds=60)
"""How long a mail that is being sent is left alone; a process killed meanwhile delays it by this much."""
SEND_SECONDS = 30
"""A mail is sent or given up well within its lease: who takes it up afterwards is alone with it."""
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
_SENT = text("UPDATE mails SET sent_at = :now, last_error = NULL WHERE id = :id")
_FAILED = text("UPDATE mails SET due_at = :due, last_error = :error WHERE id = :id")


class Mailer:
    """Sends what `Tx.owe_mail` noted. Any number may run: each takes other rows, under a lease."""

    def __init__(self, db: Database, smtp_url: str, sender: str, composers: Mapping[str, Composer]) -> None:
        self._db = db
        self._smtp = urlsplit(smtp_url)
        self._sender = sender
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
        await asyncio.gather(*(self._send(row) for row in rows))
        return len(rows)

    async def _send(self, row: RowMapping) -> None:
        try:
            async with self._db.reading() as session:
                mail = await self._composers[row["kind"]](session, row["about"])
            if mail is not None:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._deliver(self._message(row["id"], mail))
        except Exception as error:  # noqa: BLE001 - one mail that cannot be made or sent must not stop the others
            await self._postpone(row, error)
        else:
            failpoint("mailer.before-mark-sent")
            async with self._db.transaction() as tx:
                await tx.session.execute(_SENT, {"now": self._db.clock.now(), "id": row["id"]})

    async def _postpone(self, row: RowMapping, error: Exception) -> None:
        due = self._db.clock.now() + timedelta(seconds=min(2 ** row["attempts"], 600))
        reason = type(error).__name__  # never a mail server's own words: it repeats the address it refused
        told = {"mail_id": str(row["id"]), "kind": row["kind"], "attempts": row["attempts"], "error": reason}
        log.warning("mail not sent", **told, exc_info=None if isinstance(error, aiosmtplib.SMTPException) else error)
        async with self._db.transaction() as tx:
            await tx.session.execute(_FAILED, {"due": due, "error": reason, "id": row["id"]})

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

    async def _deliver(self, message: EmailMessage) -> None:
        await aiosmtplib.send(
            message.as_bytes(),
            sender=parseaddr(self._sender)[1],
            recipients=[parseaddr(message["To"])[1]],
            hostname=self._smtp.hostname,
            port=self._smtp.port,
            username=self._smtp.username,
            password=self._smtp.password,
            use_tls=self._smtp.scheme == "smtps",
            timeout=20,
        )
