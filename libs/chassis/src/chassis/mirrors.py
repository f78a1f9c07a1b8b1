"""Read models of what other services own: the newest version counts, in whatever order they are heard."""

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from chassis.clock import Clock
from chassis.db import Session
from chassis.errors import NotHeardYet, Problem

HEARD_WITHIN_SECONDS = 5
"""How long after it was first asked for a thing's event may still be on its way."""


async def keep_newest(session: Session, mirror: SQLModel) -> bool:
    """Insert `mirror` (a table model with `id` and `version`), or replace an older version of it.

    False when what is kept is as new or newer.
    """
    kind = type(mirror)
    statement = insert(kind).values(mirror.model_dump())
    newer = {column.name: column for column in statement.excluded if column.name != "id"}
    older = kind.__table__.c.version < statement.excluded.version  # type: ignore[attr-defined]
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=newer, where=older)
    return (await session.execute(upsert.returning(statement.table.c.id))).first() is not None


async def unheard(redis: Redis, name: str, clock: Clock, unknown: Problem) -> Problem:
    """What to answer about `name`, of which nothing is known here: NotHeardYet at first, then `unknown`.

    A short id bears no time: the moment when it was first asked for stands in for that of its publication.
    """
    now = clock.now().timestamp()
    try:
        first = await redis.set(f"unheard:{name}", now, nx=True, get=True, ex=3600)
    except RedisError:
        return NotHeardYet()
    if first is None or now - float(first) < HEARD_WITHIN_SECONDS:
        return NotHeardYet("Nothing of this name is known here yet.")
    return unknown
