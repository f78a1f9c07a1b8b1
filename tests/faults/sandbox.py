"""The Stripe sandbox, as the harness speaks to it: straight, past every proxy."""

import asyncio
import json
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

CHARGED = (
    "SELECT body FROM objects WHERE kind = 'charge' AND json_extract(body, '$.status') = 'succeeded'"
    " AND json_extract(body, '$.metadata.order_id') IN (SELECT value FROM json_each(?))"
)

ANSWERED = (
    "SELECT d.event AS id, json_extract(e.body, '$.data.object.metadata.order_id') AS order_id"
    " FROM deliveries d JOIN objects e ON e.id = d.event WHERE d.state = 'delivered'"
    " AND json_extract(e.body, '$.type') LIKE 'checkout.session.%'"
    " AND json_extract(e.body, '$.data.object.metadata.order_id') IN (SELECT value FROM json_each(?))"
)


@dataclass
class Sandbox:
    """What only a sandbox can do, and what it knows."""

    http: httpx.AsyncClient
    file: Path
    """Its books, to be read where its control would list all that ever moved."""

    async def control(self, path: str, fields: Mapping[str, Any] | None = None, *, method: str = "POST") -> Any:
        answer = await self.http.request(method, f"/sandbox/control{path}", json=fields or {})
        answer.raise_for_status()
        return answer.json()

    async def pay(self, session_id: str, method: str, email: str) -> dict[str, Any] | None:
        """Press a button of the pay page: the session; None where it is not open any more."""
        path = f"/sandbox/control/sessions/{session_id}/pay"
        answer = await self.http.post(path, json={"method": method, "email": email})
        paid: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return paid

    async def payments(self, order_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """What was captured for these orders, and what of it went back, by order id."""
        charges = [json.loads(body) for (body,) in await self._look_up(CHARGED, order_ids)]
        return {charge["metadata"]["order_id"]: _moved(charge) for charge in charges}

    async def answered(self, order_ids: Collection[str]) -> dict[str, str]:
        """The events about these orders' sessions that were answered with 2xx: the order's id, by the event's."""
        return dict(await self._look_up(ANSWERED, order_ids))

    async def _look_up(self, query: str, order_ids: Collection[str]) -> list[tuple[Any, ...]]:
        def look() -> list[tuple[Any, ...]]:
            with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)) as books:
                return books.execute(query, (json.dumps(list(order_ids)),)).fetchall()

        return await asyncio.to_thread(look)

    async def owed(self) -> int:
        """Webhooks that have not been answered 2xx yet."""
        found = (await self.control("/webhooks", method="GET"))["deliveries"]
        return int(found["pending"] + found["held"])


def _moved(charge: dict[str, Any]) -> dict[str, Any]:
    """Amounts in the smallest unit."""
    return {
        "payment_intent": charge["payment_intent"],
        "captured": charge["amount_captured"],
        "refunded": charge["amount_refunded"],
    }
