"""Read models of what other services own: the newest version counts, in whatever order they are heard."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from chassis.db import Session


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
