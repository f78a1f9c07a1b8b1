"""Connections to the mail server, kept for the next mail: a launch's thousands do not each greet it anew."""

from contextlib import suppress
from urllib.parse import unquote, urlsplit

import aiosmtplib

ANSWER_SECONDS = 20
QUIT_SECONDS = 2
CLOSING = 421
"""The server ends the session: it has had enough mails over it, or goes down. RFC 5321, section 3.8."""


class SmtpConnections:
    """As many as mails are sent at a time; `close` what is idle when there is nothing more to send."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url)
        self._idle: list[aiosmtplib.SMTP] = []

    async def send(self, sender: str, recipient: str, message: bytes) -> None:
        """Returns once the server has taken `message`; raises aiosmtplib.SMTPException, OSError.

        Over a kept connection that the server has hung up meanwhile, it is tried again over another.
        """
        while self._idle:
            try:
                return await self._send_over(self._idle.pop(), sender, recipient, message)
            except aiosmtplib.SMTPException as error:
                if not _hung_up(error):
                    raise
        return await self._send_over(await self._connected(), sender, recipient, message)

    async def close(self) -> None:
        """Take leave of the server over each idle connection."""
        while self._idle:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._idle.pop().quit(timeout=QUIT_SECONDS)

    async def _send_over(self, client: aiosmtplib.SMTP, sender: str, recipient: str, message: bytes) -> None:
        try:
            await client.sendmail(sender, [recipient], message)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused):
            self._keep(client)
            raise
        except BaseException:  # in the middle of a dialogue: nobody else can go on from there
            client.close()
            raise
        self._keep(client)

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        if client.is_connected:
            self._idle.append(client)

    async def _connected(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self._server.hostname,
            port=self._server.port,
            username=unquote(self._server.username) if self._server.username else None,
            password=unquote(self._server.password) if self._server.password else None,
            use_tls=self._server.scheme == "smtps",
            timeout=ANSWER_SECONDS,
        )
        await client.connect()
        return client


def refusal(error: BaseException) -> int | None:
    """The code by which the server refused a mail's recipient or its text; None of what is wrong with all mails."""
    refused = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    if isinstance(refused, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError) and refused.code != CLOSING:
        return refused.code
    return None


def _hung_up(error: aiosmtplib.SMTPException) -> bool:
    return isinstance(error, aiosmtplib.SMTPServerDisconnected) or getattr(error, "code", None) == CLOSING
