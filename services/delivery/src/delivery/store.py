"""Queries worth a name."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Session, Tx
from chassis.edge import owe
from chassis.errors import NotFound
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlmodel import col

from delivery.models import (
    EDGE_WRITES,
    KEEP_ADDRESSES,
    WINDOW,
    ClientAddress,
    DownloadAttempt,
    DownloadGrant,
    MirroredProduct,
    OrderAccess,
    OrderChain,
    OrderEvent,
)

EDGE_KEY = "token:"
"""What a token's hash stands behind in the edge's namespace."""


async def access_of(session: Session, order_id: UUID) -> OrderAccess:
    """The order's access, for change; made when this is the first that is heard of the order."""
    row = OrderAccess(order_id=order_id).model_dump()
    await session.execute(pg_insert(OrderAccess).values(row).on_conflict_do_nothing())
    return await session.get_one(OrderAccess, order_id, with_for_update=True)


async def chain_of(session: Session, order_id: UUID, creator_id: UUID) -> OrderChain:
    """The order's chain, for change."""
    row = OrderChain(order_id=order_id, creator_id=creator_id).model_dump()
    await session.execute(pg_insert(OrderChain).values(row).on_conflict_do_nothing())
    return await session.get_one(OrderChain, order_id, with_for_update=True)


async def own_chain(session: Session, creator_id: UUID, order_id: UUID) -> OrderChain:
    """Raises NotFound for another creator's order, as for one that does not exist."""
    chain = await session.get(OrderChain, order_id)
    if chain is None or chain.creator_id != creator_id:
        raise NotFound
    return chain


def grants_of_order(order_id: UUID) -> Select[DownloadGrant]:
    return select(DownloadGrant).where(col(DownloadGrant.order_id) == order_id)


def grant_of_token(token_hash: str) -> Select[DownloadGrant]:
    return select(DownloadGrant).where(col(DownloadGrant.token_hash) == token_hash)


def unused_grants(now: datetime, notice: timedelta) -> Select[DownloadGrant]:
    """Those that end within `notice`, were given for longer than that, and were never used; locked, 500 at most."""
    grant = DownloadGrant
    query = select(grant).where(
        col(grant.first_used_at).is_(None),
        col(grant.revoked_at).is_(None),
        col(grant.unused_told_at).is_(None),
        col(grant.expires_at) > now,
        col(grant.expires_at) <= now + notice,
        col(grant.expires_at) - col(grant.issued_at) > notice,
    )
    return query.order_by(col(grant.expires_at)).limit(500).with_for_update(skip_locked=True)


async def follow_file(session: Session, product_id: UUID, file_id: UUID) -> None:
    """Every grant of the product opens its newest file; locked in the order in which `lock_grants` does."""
    grant = DownloadGrant
    others = (col(grant.product_id) == product_id, col(grant.file_id) != file_id)
    locked = select(col(grant.id)).where(*others).order_by(col(grant.id)).with_for_update()
    changed = {"file_id": file_id, "version": col(grant.version) + 1}
    await session.execute(update(grant).where(col(grant.id).in_(locked)).values(changed))


def events_of_order(order_id: UUID) -> Select[OrderEvent]:
    """By version of the order: what happened, whatever order it was heard in."""
    query = select(OrderEvent).where(col(OrderEvent.order_id) == order_id)
    return query.order_by(col(OrderEvent.sequence), col(OrderEvent.position))


def recorded(order_id: UUID, event_id: UUID) -> Select[OrderEvent]:
    return select(OrderEvent).where(col(OrderEvent.order_id) == order_id, col(OrderEvent.id) == event_id)


def chained_orders(*, after: UUID | None) -> Select[UUID]:
    """A thousand at a time."""
    query = select(col(OrderChain.order_id)).order_by(col(OrderChain.order_id)).limit(1_000)
    return query if after is None else query.where(col(OrderChain.order_id) > after)


def orders_without_chain() -> Select[UUID]:
    head = exists().where(col(OrderChain.order_id) == col(OrderEvent.order_id))
    return select(col(OrderEvent.order_id)).where(~head).distinct()


def attempts_of_order(order_id: UUID, *, before: UUID | None, limit: int) -> Select[DownloadAttempt]:
    """Newest first."""
    query = select(DownloadAttempt).where(col(DownloadAttempt.order_id) == order_id)
    if before is not None:
        query = query.where(col(DownloadAttempt.id) < before)
    return query.order_by(col(DownloadAttempt.id).desc()).limit(limit)


def count_attempts(order_id: UUID) -> Select[int]:
    return select(func.count()).select_from(DownloadAttempt).where(col(DownloadAttempt.order_id) == order_id)


def attempts_with_addresses(order_id: UUID, now: datetime, limit: int) -> Select[DownloadAttempt, str | None]:
    """Newest first; an address is shown for 30 days, whether it is removed on time or not."""
    came_from = (
        col(ClientAddress.attempt_id) == col(DownloadAttempt.id),
        col(ClientAddress.at) == col(DownloadAttempt.at),
        col(ClientAddress.at) > now - KEEP_ADDRESSES,
    )
    query = select(DownloadAttempt, col(ClientAddress.ip)).outerjoin(ClientAddress, and_(*came_from))
    return query.where(col(DownloadAttempt.order_id) == order_id).order_by(col(DownloadAttempt.id).desc()).limit(limit)


def count_grants(those: ColumnElement[bool]) -> Select[int, int, int, int]:
    grant = DownloadGrant
    used_up = col(grant.attempts_used) >= col(grant.attempts_allowed)
    return select(
        func.count().label("grants"),
        func.count(col(grant.first_used_at)).label("downloaded"),
        func.count().filter(used_up).label("used_up"),
        func.count(col(grant.revoked_at)).label("revoked"),
    ).where(those)


def count_refusals(those: ColumnElement[bool]) -> Select[str, int]:
    """Refusals by outcome, over the grants that were refused."""
    each = func.jsonb_each_text(col(DownloadGrant.refusals)).table_valued("key", "value")
    counted = func.sum(cast(each.c.value, Integer))
    query = (
        select(each.c.key.label("outcome"), cast(counted, Integer).label("times"))
        .select_from(DownloadGrant)
        .join(each, true())
    )
    return query.where(those).group_by(each.c.key)


async def lock_grants(session: Session, token_hashes: Sequence[str]) -> dict[str, DownloadGrant]:
    """By token hash, for change; in one order, so that two who lock the same ones wait and do not deadlock."""
    query = select(DownloadGrant).where(col(DownloadGrant.token_hash).in_(token_hashes))
    rows = await session.execute(query.order_by(col(DownloadGrant.id)).with_for_update())
    return {grant.token_hash: grant for grant in rows.scalars()}


async def take_attempts(session: Session, asking: Sequence[tuple[UUID, UUID, str | None]], now: datetime) -> set[UUID]:
    """Count attempts, or join the window of the last, by one conditional UPDATE: the grants that let them.

    `asking` = (grant, attempt, mark). The window is the attempt's afterwards when it was counted, and a link that is
    bound to addresses is bound to that of the mark.
    """
    if not asking:
        return set()
    grant = DownloadGrant
    columns = column("grant_id", Uuid), column("attempt_id", Uuid), column("mark", Text)
    asked = values(*columns, name="asked").data(list(asking))
    in_window = col(grant.window_ends_at) > now
    opens = (
        col(grant.id) == asked.c.grant_id,
        col(grant.revoked_at).is_(None),
        col(grant.expires_at) > now,
        col(grant.bound_to).is_(None) | (col(grant.bound_to) == asked.c.mark),
        in_window.is_(True) | (col(grant.attempts_used) < col(grant.attempts_allowed)),
    )
    changed = {
        "attempts_used": case((in_window, col(grant.attempts_used)), else_=col(grant.attempts_used) + 1),
        "window_ends_at": case((in_window, col(grant.window_ends_at)), else_=now + WINDOW),
        "window_attempt_id": case((in_window, col(grant.window_attempt_id)), else_=asked.c.attempt_id),
        "first_used_at": func.coalesce(col(grant.first_used_at), now),
        "bound_to": func.coalesce(col(grant.bound_to), asked.c.mark),
        "version": col(grant.version) + 1,
    }
    statement = update(grant).where(*opens).values(changed).returning(grant)
    options = {"populate_existing": True, "synchronize_session": False}
    taken = await session.execute(statement.execution_options(**options))
    return {each.id for each in taken.scalars()}


async def products(session: Session, ids: Collection[UUID]) -> dict[UUID, MirroredProduct]:
    found = await session.execute(select(MirroredProduct).where(col(MirroredProduct.id).in_(ids)))
    return {product.id: product for product in found.scalars()}


async def give_back(session: Session, grant_id: UUID, attempt_id: UUID, *, unbind: bool) -> None:
    """Take back the attempt that opened the current window, if it was this one, and what the first one settled;
    with `unbind` also the address that it bound the link to.
    """
    grant = DownloadGrant
    was_first = col(grant.first_used_at) == col(grant.window_ends_at) - WINDOW
    changed = {
        "attempts_used": col(grant.attempts_used) - 1,
        "window_ends_at": None,
        "window_attempt_id": None,
        "first_used_at": case((was_first, None), else_=col(grant.first_used_at)),
        "bound_to": None if unbind else col(grant.bound_to),
    }
    mine = (col(grant.id) == grant_id, col(grant.window_attempt_id) == attempt_id, col(grant.attempts_used) > 0)
    await session.execute(update(grant).where(*mine).values(changed))


async def append_attempts(session: Session, attempts: Sequence[tuple[DownloadAttempt, str]]) -> None:
    """The attempts, and apart from them the addresses they came from."""
    if not attempts:
        return
    await session.execute(insert(DownloadAttempt), [attempt.model_dump() for attempt, _ in attempts])
    addresses = [{"attempt_id": attempt.id, "at": attempt.at, "ip": ip} for attempt, ip in attempts]
    await session.execute(insert(ClientAddress), addresses)


async def append_event(session: Session, event: OrderEvent) -> None:
    await session.execute(insert(OrderEvent).values(event.model_dump()))


async def call(session: Session, function: str, **arguments: Any) -> None:
    """One of the owner's functions that keep the partitions; see the migration."""
    names = ", ".join(f"{name} => :{name}" for name in arguments)
    await session.execute(text(f"SELECT {function}({names})"), arguments)


async def tell_edge(tx: Tx, *token_hashes: str) -> None:
    """Have the edge told what became of the links of these tokens."""
    each = func.unnest(bindparam("token_hashes", list(token_hashes), ARRAY(Text)))
    await owe(tx, EDGE_WRITES, select(literal(EDGE_KEY).concat(each)))
