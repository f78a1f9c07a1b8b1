"""What a person sees: a line a part, then where everything is."""

import asyncio
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from local_stack.control import Answer

QUIET_SECONDS = 5.0
TOLD = {"ready", "done", "failed", "restarting"}
ADDRESSES = {
    "edge": "Pages and gateways",
    "mail": "Inbox of all mails",
    "stripe": "Stripe sandbox",
    "s3": "Object store",
}


class Display:
    """Prints the launcher's answers as they come."""

    def __init__(self, *, quiet: bool = False) -> None:
        """`quiet`: only what went wrong, and what is waited for."""
        self._quiet = quiet
        self._began = self._spoke = time.monotonic()
        self._starting: set[str] = set()

    def show(self, answer: Answer) -> None:
        self._spoke = time.monotonic()
        if "failed" in answer:
            say(f"\nNot up: {answer['failed']}")
        elif "stopping" in answer:
            say("\nA stack is stopping here; another starts when it has.")
        elif "up" in answer and not self._quiet:
            say(f"  up after {time.monotonic() - self._began:.1f} s")
        elif "name" in answer:
            self._show_progress(**answer)

    async def remind(self) -> None:
        """Say what is waited for, whenever nothing has come for a while."""
        while True:
            await asyncio.sleep(1)
            if self._starting and time.monotonic() - self._spoke > QUIET_SECONDS:
                self._spoke = time.monotonic()
                say(f"  … waiting for {', '.join(sorted(self._starting))}")

    def _show_progress(self, name: str, state: str, seconds: float) -> None:
        if state == "starting":
            self._starting.add(name)
            return
        self._starting.discard(name)
        if self._quiet or state not in TOLD:
            return
        timing = f"{seconds:6.1f} s" if seconds else ""
        say(f"  {name:<12} {state:<10} {timing}".rstrip())


def addresses(endpoints: dict[str, Any], file: Path, running: Collection[str]) -> str:
    """Where a person looks first, of what is `running`."""
    lines = [f"  {title:<20} {endpoints[name]}" for name, title in ADDRESSES.items() if name in running]
    if demo := endpoints.get("demo"):
        lines += ["", f"  {'Demo creator':<20} {demo['email']}  password {demo['password']}"]
        lines += [f"  {'Demo page, to buy':<20} {demo['page']}"]
    return "\n".join([*lines, "", f"  {'Every address':<20} {file}"])


def table(parts: list[dict[str, Any]]) -> str:
    """A line a part: how long it has been in its state, and how often it died by itself."""
    rows = [("part", "state", "pid", "for", "restarts")]
    for part in parts:
        since, restarts = f"{part['seconds']:.0f} s", part["restarts"] or ""
        rows.append((part["name"], part["state"], str(part["pid"] or "-"), since, str(restarts)))
    lines = (f"  {name:<12} {state:<11} {pid:>8} {since:>9}  {died}" for name, state, pid, since, died in rows)
    return "\n".join(line.rstrip() for line in lines)


def say(line: str) -> None:
    print(line, flush=True)
