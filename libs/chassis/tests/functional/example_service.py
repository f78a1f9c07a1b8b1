"""A service of the chassis alone, as a process: whatever it does waits at a gate in its database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.api import InTransaction, WithDatabase
from chassis.auth import Keys
from chassis.clock import new_id
from chassis.db import Database, Session, Tx
from chassis.lifecycle import Job, Service, serve
from chassis.mail import OutgoingMail
from chassis.settings import ServiceSettings
from chassis.topology import on
from contracts import Envelope
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic_settings import SettingsConfigDict
from sqlalchemy import text

from .example_events import ThingMade

REQUEST, HANDLER, JOB = 1, 2, 3
"""Gates: advisory locks, which the test holds until it opens them."""


class ExampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="EXAMPLE_", extra="ignore")

    queue: str


async def through(gate: int, session: Session) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock_shared(:gate)"), {"gate": gate})


router = APIRouter()


@router.post("/things", status_code=201)
async def make_thing(tx: InTransaction) -> dict[str, str]:
    thing = ThingMade(id=new_id(), version=1)
    tx.publish(thing)
    return {"id": str(thing.id)}


@router.post("/mails", status_code=201)
async def owe_mail(tx: InTransaction) -> None:
    await tx.owe_mail("greeting", new_id())


@router.get("/slow")
async def slow(db: WithDatabase) -> dict[str, str]:
    async with db.transaction() as tx:
        await through(REQUEST, tx.session)
    return {"status": "done"}


@router.get("/stream")
async def stream(request: Request) -> StreamingResponse:
    stopping: asyncio.Event = request.app.state.stopping

    async def lines() -> AsyncIterator[str]:
        yield "begun\n"
        await stopping.wait()
        yield "ended\n"

    return StreamingResponse(lines())


async def handle(tx: Tx, _envelope: Envelope[Any]) -> None:
    await through(HANDLER, tx.session)


async def work(db: Database) -> datetime | None:
    async with db.transaction() as tx:
        await through(JOB, tx.session)
        await tx.log_security("worked")
    return None


async def greeting(_session: Session, _about: UUID) -> OutgoingMail:
    return OutgoingMail("ada@example.test", "Hello", "Hello", "<p>Hello</p>")


def main() -> None:
    settings = ExampleSettings()
    service = Service(
        name="example",
        version="1",
        settings=settings,
        routers=[router],
        tells=(ThingMade,),
        hears=(on(ThingMade, settings.queue, handle),),
        jobs=(Job("work", work, timedelta(hours=1)),),
        mails={"greeting": greeting},
        keys=Keys(settings.jwks_url),
    )
    serve(service)


if __name__ == "__main__":
    main()
