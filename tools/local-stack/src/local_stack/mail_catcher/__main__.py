"""`python -m local_stack.mail_catcher --http-port N --smtp-port N --data DIR`: an SMTP server and its inbox page."""

import argparse
import asyncio
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from local_stack.mail_catcher.inbox import create_app
from local_stack.mail_catcher.messages import Messages, parse


class Receiver:
    """Takes whatever comes, for whomever."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.original_content or b""
        self._messages.add(parse(content, [str(recipient) for recipient in envelope.rcpt_tos]))
        return "250 OK"


async def serve(host: str, http_port: int, smtp_port: int, data: Path) -> None:
    messages = Messages(data)
    receiver = Receiver(messages)
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        lambda: SMTP(receiver, hostname="mail.localhost", enable_SMTPUTF8=True, loop=loop), host, smtp_port
    )
    config = uvicorn.Config(create_app(messages), host=host, port=http_port, log_level="warning", lifespan="off")
    async with smtp:
        await uvicorn.Server(config).serve()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--http-port", type=int, required=True)
    arguments.add_argument("--smtp-port", type=int, required=True)
    arguments.add_argument("--data", type=Path, required=True)
    given = arguments.parse_args()
    asyncio.run(serve(given.host, given.http_port, given.smtp_port, given.data))


if __name__ == "__main__":
    main()
