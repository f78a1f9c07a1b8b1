"""A buyer asks for the file: counted first, then the store is asked, and given back if that fails."""

from dataclasses import dataclass
from uuid import UUID

from chassis.clock import new_id
from chassis.db import Database, Tx
from chassis.errors import Problem
from chassis.keyring import token_hash
from contracts.delivery import DownloadOutcome

from delivery import store
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


async def open_link(db: Database, token: str) -> tuple[DownloadGrant, MirroredProduct]:
    """Look at what `token` opens; nothing is counted. Raises LinkUnknown, or why it does not open."""
    async with db.reading() as session:
        grant = (await session.execute(store.grant_of_token(token_hash(token)))).scalar_one_or_none()
        if grant is None:
            raise LinkUnknown
        product = await session.get_one(MirroredProduct, grant.product_id)
    refused = grant.refusal(db.clock.now())
    if refused is not None:
        raise refused[1]
    return grant, product


async def redeem_link(db: Database, objects: Objects, token: str, visitor: Visitor) -> Download:
    """Raises LinkUnknown, why it does not open, or StorageUnavailable."""
    attempt_id = new_id()
    async with db.transaction() as tx:
        query = store.grant_of_token(token_hash(token))
        found = (await tx.session.execute(query)).scalar_one_or_none()
        if found is None:
            raise LinkUnknown
        refusal = await _count(tx, found.id, attempt_id, visitor)
        product = await tx.session.get_one(MirroredProduct, found.product_id)
    if refusal is not None:
        raise refusal
    try:
        return await _sign(objects, product)
    except StorageUnavailable:
        await _give_back(db, found.id, attempt_id, visitor)
        raise


async def _count(tx: Tx, grant_id: UUID, attempt_id: UUID, visitor: Visitor) -> Problem | None:
    """Append the attempt, whatever becomes of it; why it is refused."""
    now = tx.clock.now()
    grant = await store.take_attempt(tx.session, grant_id, attempt_id, now)
    if grant is None:
        return await _refuse(tx, grant_id, attempt_id, visitor)
    counted = grant.window_attempt_id == attempt_id
    outcome = DownloadOutcome.GRANTED if counted else DownloadOutcome.RESUMED
    await _append(tx, grant, attempt_id, outcome, visitor)
    if counted and grant.is_used_up():
        grant.version += 1
        tx.publish(grant.exhausted())
    return None


async def _refuse(tx: Tx, grant_id: UUID, attempt_id: UUID, visitor: Visitor) -> Problem:
    grant = await tx.session.get_one(DownloadGrant, grant_id, with_for_update=True, populate_existing=True)
    refused = grant.refusal(tx.clock.now())
    if refused is None:  # what refused it a moment ago was undone meanwhile: asking again will do
        return StorageUnavailable()
    outcome, problem = refused
    grant.version += 1
    await _append(tx, grant, attempt_id, outcome, visitor)
    return problem


async def _append(tx: Tx, grant: DownloadGrant, attempt_id: UUID, outcome: DownloadOutcome, visitor: Visitor) -> None:
    attempt = DownloadAttempt(
        id=attempt_id,
        at=tx.clock.now(),
        grant_id=grant.id,
        order_id=grant.order_id,
        outcome=outcome,
        user_agent_family=visitor.user_agent_family,
    )
    await store.append_attempt(tx.session, attempt, visitor.ip)
    tx.publish(grant.attempted(attempt))


async def _sign(objects: Objects, product: MirroredProduct) -> Download:
    if product.storage_key is None or product.file_name is None or not await objects.exists(product.storage_key):
        raise StorageUnavailable
    file_type = product.file_type or "application/octet-stream"
    url = await objects.sign_download(product.storage_key, product.file_name, file_type)
    return Download(url=url, file_name=product.file_name)


async def _give_back(db: Database, grant_id: UUID, attempt_id: UUID, visitor: Visitor) -> None:
    """The failed attempt stands in the record beside the one that it takes back."""
    async with db.transaction() as tx:
        await store.give_back(tx.session, grant_id, attempt_id)
        grant = await tx.session.get_one(DownloadGrant, grant_id, with_for_update=True)
        grant.version += 1
        await _append(tx, grant, new_id(), DownloadOutcome.STORAGE_FAILED, visitor)
