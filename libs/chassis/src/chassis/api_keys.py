"""API keys: `tp_live_…`, made by catalog, known to every service by what it tells, checked without a call.

A key is 48 bytes in base64url: its id (a UUIDv7, which says when it was made) and 256 random bits. Known is its
SHA-256 alone.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from contracts import Envelope
from contracts.api_keys import ApiKeyUse
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import tables
from chassis.clock import made_at
from chassis.db import Database, Session, Tx
from chassis.errors import NotHeardYet, Unauthorized
from chassis.keyring import token_hash

PREFIX = "tp_live_"
SECRET_BYTES = 32
HEARD_WITHIN = timedelta(seconds=30)
"""How long after it was made a key's event may still be on its way."""
_TABLE = tables.api_keys


class KeyState(Protocol):
    """What is told of a key."""

    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def creator_id(self) -> UUID: ...
    @property
    def key_hash(self) -> str: ...
    @property
    def scopes(self) -> Sequence[str]: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class KnownKey:
    """A key in force: whose it is, and what it may do."""

    id: UUID
    creator_id: UUID
    scopes: frozenset[str]
    last_used_on: date | None


def new_key(key_id: UUID) -> str:
    """The key itself, which is told once."""
    return PREFIX + base64.urlsafe_b64encode(key_id.bytes + secrets.token_bytes(SECRET_BYTES)).decode()


async def keep_key(session: Session, key: KeyState) -> None:
    """Keep what is told of `key`, unless something newer is kept; when it was last used here stays."""
    row = {
        "id": key.id,
        "version": key.version,
        "creator_id": key.creator_id,
        "key_hash": key.key_hash,
        "scopes": list(key.scopes),
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
    statement = insert(_TABLE).values(row)
    newer = {name: statement.excluded[name] for name in row if name != "id"}
    older = _TABLE.c.version < statement.excluded.version
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=newer, where=older))


async def mirror_api_key(tx: Tx, envelope: Envelope[Any]) -> None:
    """The handler with which every service hears of keys."""
    await keep_key(tx.session, envelope.data)


async def keep_use(session: Session, key_id: UUID, used_on: date) -> None:
    """Keep the latest day on which the key was used, here or elsewhere."""
    earlier = (_TABLE.c.id == key_id) & (_TABLE.c.last_used_on.is_(None) | (_TABLE.c.last_used_on < used_on))
    await session.execute(update(_TABLE).where(earlier).values(last_used_on=used_on))


async def last_uses(session: Session, creator_id: UUID) -> dict[UUID, date | None]:
    """When each of a creator's keys was last used, as far as is known here."""
    query = select(_TABLE.c.id, _TABLE.c.last_used_on).where(_TABLE.c.creator_id == creator_id)
    return {row.id: row.last_used_on for row in await session.execute(query)}


async def find_key(db: Database, presented: str) -> KnownKey:
    """The key, in force now. Raises Unauthorized; NotHeardYet for what says that it was made a moment ago."""
    now = db.clock.now()
    query = select(_TABLE).where(_TABLE.c.key_hash == token_hash(presented))
    async with db.reading() as session:
        row = (await session.execute(query)).mappings().first()
    if row is None:
        raise _unknown(presented, now)
    if row["revoked_at"] is not None or (row["expires_at"] is not None and row["expires_at"] <= now):
        raise Unauthorized("This API key was revoked, or has expired.")
    return KnownKey(row["id"], row["creator_id"], frozenset(row["scopes"]), row["last_used_on"])


def _unknown(presented: str, now: datetime) -> Unauthorized | NotHeardYet:
    made = _made_at(presented)
    if made is not None and abs(now - made) < HEARD_WITHIN:
        return NotHeardYet("This API key is not known here yet.")
    return Unauthorized("This API key is not known.")


def _made_at(presented: str) -> datetime | None:
    """When it says it was made; None for what has not the form of a key."""
    try:
        content = base64.b64decode(presented.removeprefix(PREFIX), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return made_at(UUID(bytes=content[:16])) if len(content) == 16 + SECRET_BYTES else None


async def note_use(db: Database, key: KnownKey, event: type[ApiKeyUse] | None) -> None:
    """Once a day, note that `key` was used, and tell it by the service's own `event`."""
    today = db.clock.now().date()
    if key.last_used_on is not None and key.last_used_on >= today:
        return
    first = (_TABLE.c.id == key.id) & (_TABLE.c.last_used_on.is_(None) | (_TABLE.c.last_used_on < today))
    statement = update(_TABLE).where(first).values(last_used_on=today).returning(_TABLE.c.id)
    async with db.transaction() as tx:
        if (await tx.session.execute(statement)).first() is not None and event is not None:
            tx.publish(event(id=key.id, version=today.toordinal(), creator_id=key.creator_id, used_on=today))
