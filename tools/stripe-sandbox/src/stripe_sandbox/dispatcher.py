"""Sends what deliveries.py owes: signed, a few at a time, again and later when the endpoint does not answer 2xx."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import sqlite3
import time

import httpx

from stripe_sandbox.books import shown
from stripe_sandbox.errors import Json
from stripe_sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)

AT_ONCE = 16
LONGEST_SLEEP = 60.0


def signature(body: bytes, secrets: list[str], at: int) -> str:
    """The header Stripe-Signature: one v1 for each secret. Source: Stripe, Verify webhook signatures manually."""
    signed = f"{at}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])


class Dispatcher:
    """The task that delivers."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._http: httpx.AsyncClient | None = None

    async def keep(self) -> None:
        """Run until cancelled; then what is under way is given up and sent again after the next start."""
        timeout = self._sandbox.config.retries.timeout
        async with httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False) as self._http:
            try:
                while True:
                    self._sandbox.deliveries_changed.clear()
                    self._start_due()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._sandbox.deliveries_changed.wait(), self._until_next())
            finally:
                for task in self._busy.values():
                    task.cancel()
                await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def _start_due(self) -> None:
        """Begin what is due, one delivery a lane."""
        for row in self._waiting("due <= ?", self._sandbox.clock()):
            if len(self._busy) >= AT_ONCE:
                return
            if row["lane"] not in self._busy:
                self._busy[row["lane"]] = asyncio.create_task(self._deliver(row))

    def _waiting(self, when: str = "1", *values: float) -> list[sqlite3.Row]:
        """The next deliveries whose lanes are free."""
        lanes = list(self._busy)
        free = f"lane NOT IN ({', '.join('?' * len(lanes))})"
        return self._store.rows(
            f"SELECT * FROM deliveries WHERE state = 'pending' AND {when} AND {free} ORDER BY due, id LIMIT ?",
            (*values, *lanes, AT_ONCE),
        )

    def _until_next(self) -> float:
        """Seconds until another delivery is due; those in a busy lane wait for their bell."""
        waiting = [] if len(self._busy) >= AT_ONCE else self._waiting()
        return max(0.01, min(waiting[0]["due"] - self._sandbox.clock(), LONGEST_SLEEP)) if waiting else LONGEST_SLEEP

    async def _deliver(self, row: sqlite3.Row) -> None:
        try:
            event, endpoint = self._store.get(row["event"]), self._store.get(row["endpoint"])
            if event is None or endpoint is None or endpoint["status"] != "enabled":
                self._settle(row, "failed", None, "the endpoint is gone or disabled")
                return
            status, problem = await self._post(event, endpoint)
            if status is not None and 200 <= status < 300:
                self._settle(row, "delivered", status, None)
            else:
                self._again(row, status, problem)
        except Exception:
            log.exception("delivery %s stumbled", row["id"])
            self._again(row, None, "sandbox error")
        finally:
            del self._busy[row["lane"]]
            self._sandbox.deliveries_changed.set()

    async def _post(self, event: Json, endpoint: Json) -> tuple[int | None, str | None]:
        """The answer's status, or None and what went wrong."""
        payload = shown(event)
        payload["api_version"] = endpoint["api_version"] or event["api_version"]
        body = json.dumps(payload, indent=2).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": signature(body, endpoint["_secrets"], int(time.time())),
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        assert self._http is not None
        try:
            answer = await self._http.post(endpoint["url"], content=body, headers=headers)
        except httpx.HTTPError as error:
            return None, f"{type(error).__name__}: {error}"
        return answer.status_code, None if answer.is_success else answer.text[:200]

    def _settle(self, row: sqlite3.Row, state: str, status: int | None, problem: str | None) -> None:
        self._store.execute(
            "UPDATE deliveries SET state = ?, attempts = attempts + 1, status = ?, problem = ? WHERE id = ?",
            (state, status, problem, row["id"]),
        )

    def _again(self, row: sqlite3.Row, status: int | None, problem: str | None) -> None:
        """Try later, until the retries' time is over. A delivery held or taken away meanwhile keeps that state."""
        retries, now = self._sandbox.config.retries, self._sandbox.clock()
        if now - row["first_due"] > retries.give_up_after:
            self._settle(row, "failed", status, problem)
            return
        self._store.execute(
            "UPDATE deliveries SET due = ?, attempts = attempts + 1, status = ?, problem = ? WHERE id = ?",
            (now + retries.delay(row["attempts"] + 1), status, problem, row["id"]),
        )
