"""What the sandbox is told at start: a JSON file and the command line."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEFAULT_API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Webhook:
    """An endpoint that is there from the start. With several secrets every delivery bears a signature of each."""

    url: str
    secrets: tuple[str, ...]
    connect: bool = False
    enabled_events: tuple[str, ...] = ("*",)
    api_version: str | None = None


@dataclass(frozen=True)
class Retries:
    """How a delivery that failed is tried again: delays in seconds, doubling from `first` up to `cap`."""

    first: float = 0.5
    cap: float = 10.0
    give_up_after: float = 3 * 86400.0
    timeout: float = 10.0

    def delay(self, attempt: int) -> float:
        """Seconds between the failed attempt (counted from 1) and the next."""
        return min(self.cap, self.first * 2.0 ** min(attempt - 1, 30))


@dataclass(frozen=True)
class Config:
    """The whole configuration; `public_url` is where browsers reach the sandbox, without a slash at the end."""

    data: Path
    public_url: str
    api_key: str = "sk_test_sandbox"
    api_version: str = DEFAULT_API_VERSION
    country: str = "US"
    webhooks: tuple[Webhook, ...] = ()
    retries: Retries = field(default_factory=Retries)


def load(file: Path | None, data: Path, public_url: str) -> Config:
    """The file's settings over the defaults; its `public_url` wins over the one derived from the address."""
    given: dict[str, Any] = json.loads(file.read_text()) if file else {}
    known = {"api_key", "api_version", "country", "public_url", "webhooks", "retries"}
    if unknown := set(given) - known:
        raise ValueError(f"unknown settings in {file}: {', '.join(sorted(unknown))}")
    given["webhooks"] = tuple(_webhook(entry) for entry in given.get("webhooks", ()))
    given["retries"] = Retries(**given.get("retries", {}))
    url = str(given.pop("public_url", public_url)).rstrip("/")
    return Config(data=data, public_url=url, **given)


def _webhook(entry: dict[str, Any]) -> Webhook:
    secret = entry["secret"]
    return Webhook(
        url=entry["url"],
        secrets=tuple([secret] if isinstance(secret, str) else secret),
        connect=bool(entry.get("connect", False)),
        enabled_events=tuple(entry.get("enabled_events", ["*"])),
        api_version=entry.get("api_version"),
    )
