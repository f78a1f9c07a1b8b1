"""A buyer asks for the file: counted first, then the store is asked, and given back if that fails."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.clock import new_id
from chassis.db import Database, Tx
from chassis.errors import Problem
from chassis.keyring import token_hash
from contracts.delivery import DownloadOutcome

from delivery import store
from delivery.addresses import mark
from delivery.errors import LinkUnknown, StorageUnavailable
from delivery.models import DownloadAttempt, DownloadGrant, MirroredProduct
from delivery.ports import Objects


@dataclass(frozen=True)
class Visitor:
    """Who asks: an address that is kept for 30 days, and a kind of program."""

    ip: str
    user_agent_family: str


@dataclass(frozen=True)
class Download:
    """Where the file is, for a minute."""

    url: str
    file_name: str


@dataclass(frozen=True)
class Attempt:
    """One request for the file; `mark` is that of the visitor's address, where the link is bound to one."""

    id: UUID
    at: datetime
    grant_id: UUID
    mark: str | None
    visitor: Visitor


async def open_link(db: Database, token: str, ip: str) -> tuple[DownloadGrant, MirroredProduct]:
    """Look at what `token` opens; nothing is counted. Raises LinkUnknown, or why it does not open."""
    async with db.reading() as session:
        grant = (await session.execute(store.grant_of_token(token_hash(token)))).scalar_one_or_none()
        if grant is None:
            raise LinkUnknown
        product = await session.get_one(MirroredProduct, grant.product_id)
    refused = grant.refusal(db.clock.now(), mark(grant.address_binding, token, ip))
    if refused is not None:
        raise refused[1]
    return grant, product


async def redeem_link(db: Database, objects: Objects, token: str, visitor: Visitor) -> Download:
    """Raises LinkUnknown, why it does not open, or StorageUnavailable."""
    async with db.transaction() as tx:
        query = store.grant_of_token(token_hash(token))
        found = (await tx.session.execute(query)).scalar_one_or_none()
        if found is None:
            raise LinkUnknown
        mine = mark(found.address_binding, token, visitor.ip)
        attempt = Attempt(new_id(), tx.clock.now(), found.id, mine, visitor)
        refusal = await _count(tx, attempt)
        product = await tx.session.get_one(MirroredProduct, found.product_id)
    if refusal is not None:
        raise refusal
    try:
        return await _sign(objects, product)
    except StorageUnavailable:
        await _give_back(db, attempt)
        raise


async def _count(tx: Tx, attempt: Attempt) -> Problem | None:
    """Append the attempt, whatever becomes of it; why it is refused."""
    grant = await store.take_attempt(tx.session, attempt.grant_id, attempt.id, attempt.at, attempt.mark)
    if grant is None:
        return await _refuse(tx, attempt)
    counted = grant.window_attempt_id == attempt.id
    outcome = DownloadOutcome.GRANTED if counted else DownloadOutcome.RESUMED
    await _append(tx, grant, attempt, outcome)
    if counted and grant.is_used_up():
        grant.version += 1
        tx.publish(grant.exhausted())
    return None


async def _refuse(tx: Tx, attempt: Attempt) -> Problem:
    grant = await tx.session.get_one(DownloadGrant, attempt.grant_id, with_for_update=True, populate_existing=True)
    refused = grant.refusal(attempt.at, attempt.mark)
    if refused is None:  # what refused it a moment ago was undone meanwhile: asking again will do
        return StorageUnavailable()
    outcome, problem = refused
    grant.version += 1
    grant.count_refusal(outcome)
    await _append(tx, grant, attempt, outcome)
    return problem


async def _append(tx: Tx, grant: DownloadGrant, attempt: Attempt, outcome: DownloadOutcome) -> None:
    row = DownloadAttempt(
        id=attempt.id,
        at=attempt.at,
        grant_id=grant.id,
        order_id=grant.order_id,
        outcome=outcome,
        user_agent_family=attempt.visitor.user_agent_family,
    )
    await store.append_attempt(tx.session, row, attempt.visitor.ip)
    tx.publish(grant.attempted(row))


async def _sign(objects: Objects, product: MirroredProduct) -> Download:
    if product.storage_key is None or product.file_name is None or not await objects.exists(product.storage_key):
        raise StorageUnavailable
    file_type = product.file_type or "application/octet-stream"
    url = await objects.sign_download(product.storage_key, product.file_name, file_type)
    return Download(url=url, file_name=product.file_name)


async def _give_back(db: Database, attempt: Attempt) -> None:
    """The failed attempt stands in the record beside the one that it takes back."""
    async with db.transaction() as tx:
        await store.give_back(tx.session, attempt.grant_id, attempt.id)
        grant = await tx.session.get_one(DownloadGrant, attempt.grant_id, with_for_update=True)
        grant.version += 1
        await _append(tx, grant, replace(attempt, id=new_id(), at=tx.clock.now()), DownloadOutcome.STORAGE_FAILED)
