"""The mails that came in, kept as one JSON file each."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

WIRE = {"sender": "from", "recipients": "to", "received_at": "receivedAt"}


@dataclass(frozen=True)
class Message:
    """A mail as its readers want it. `recipients` are those of the envelope."""

    id: str
    sender: str
    recipients: list[str]
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    received_at: str

    def to_json(self) -> dict[str, Any]:
        return {WIRE.get(name, name): value for name, value in asdict(self).items()}


def parse(raw: bytes, recipients: list[str]) -> Message:
    mail = message_from_bytes(raw, policy=default)
    now = datetime.now(UTC)
    return Message(
        id=f"{now:%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}",
        sender=str(mail["from"] or ""),
        recipients=recipients,
        subject=str(mail["subject"] or ""),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        headers={name: str(value) for name, value in mail.items()},
        received_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else ""


class Messages:
    """All mails, newest first; `folder` holds them from start to start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._all = {file.stem: _read(file) for file in sorted(folder.glob("*.json"))}

    def add(self, message: Message) -> None:
        beside = self._folder / f"{message.id}.new"
        beside.write_text(json.dumps(asdict(message)))
        beside.replace(beside.with_suffix(".json"))
        self._all[message.id] = message

    def get(self, message_id: str) -> Message | None:
        return self._all.get(message_id)

    def find(self, to: str = "", subject: str = "") -> Iterator[Message]:
        """Those to the address `to` whose subject contains `subject`, whatever the case."""
        for message in reversed([*self._all.values()]):
            if to and to.lower() not in [address.lower() for address in message.recipients]:
                continue
            if subject.lower() in message.subject.lower():
                yield message

    def clear(self) -> None:
        for file in self._folder.glob("*.json"):
            file.unlink()
        self._all.clear()


def _read(file: Path) -> Message:
    return Message(**json.loads(file.read_text()))
