"""Buyers ask for files: counted first, then the store is asked, and given back if that fails.

What is asked for at the same time is counted in one transaction; see `chassis.batches`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.batches import Batches
from chassis.clock import new_id
from chassis.db import Database, Tx
from chassis.errors import NotHeardYet, Problem
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
class Asked:
    """A visitor asks for what `token` opens."""

    token: str
    visitor: Visitor


@dataclass(frozen=True)
class Download:
    """Where the file is, for a minute."""

    url: str
    file_name: str


@dataclass(frozen=True)
class Attempt:
    """One request for the file of a grant; `mark` is that of the visitor's address, where the link is bound to one.

    `binds`: the link is bound to no address yet.
    """

    id: UUID
    at: datetime
    grant: DownloadGrant
    mark: str | None
    binds: bool
    visitor: Visitor

    def row(self, outcome: DownloadOutcome) -> DownloadAttempt:
        return DownloadAttempt(
            id=self.id,
            at=self.at,
            grant_id=self.grant.id,
            order_id=self.grant.order_id,
            outcome=outcome,
            user_agent_family=self.visitor.user_agent_family,
        )


@dataclass(frozen=True)
class Counted:
    """An attempt that was let through, and what it is for."""

    attempt: Attempt
    product: MirroredProduct


async def open_link(db: Database, token: str, ip: str) -> tuple[DownloadGrant, MirroredProduct]:
    """Look at what `token` opens; nothing is counted. Raises LinkUnknown, NotHeardYet, or why it does not open."""
    async with db.reading() as session:
        grant = (await session.execute(store.grant_of_token(token_hash(token)))).scalar_one_or_none()
        if grant is None:
            raise LinkUnknown
        product = _heard(await session.get(MirroredProduct, grant.product_id))
    refused = grant.refusal(db.clock.now(), mark(grant.address_binding, token, ip))
    if refused is not None:
        raise refused[1]
    return grant, product


class Redeemer:
    """The one door to the files."""

    def __init__(self, db: Database, objects: Objects) -> None:
        self._db = db
        self._objects = objects
        self._counting = Batches(self._count, key=lambda asked: asked.token)

    async def redeem_link(self, token: str, visitor: Visitor) -> Download:
        """Raises LinkUnknown, NotHeardYet, why it does not open, or StorageUnavailable."""
        counted = await self._counting.do(Asked(token, visitor))
        if isinstance(counted, Problem):
            raise counted
        try:
            return await _sign(self._objects, counted.product)
        except StorageUnavailable:
            await _give_back(self._db, counted.attempt)
            raise

    async def _count(self, asked: list[Asked]) -> list[Counted | Problem]:
        async with self._db.transaction() as tx:
            return await count_attempts(tx, asked)


async def count_attempts(tx: Tx, asked: Sequence[Asked]) -> list[Counted | Problem]:
    """What becomes of each of `asked`, no two of them for the same token. Whatever it is, it is recorded."""
    grants = await store.lock_grants(tx.session, [token_hash(each.token) for each in asked])
    now = tx.clock.now()
    attempts = _attempts(asked, grants, now)
    asking = [(each.grant.id, each.id, each.mark) for each in attempts.values()]
    taken = await store.take_attempts(tx.session, asking, now)
    refused = {token: _refuse(each) for token, each in attempts.items() if each.grant.id not in taken}
    rows = [_record(tx, each, refused.get(token)) for token, each in attempts.items()]
    await store.append_attempts(tx.session, rows)
    products = await store.products(tx.session, {each.grant.product_id for each in attempts.values()})

    def answer(token: str) -> Counted | Problem:
        if token not in attempts:
            return LinkUnknown()
        if token in refused:
            return refused[token][1]
        return Counted(attempts[token], _heard(products.get(attempts[token].grant.product_id)))

    return [answer(each.token) for each in asked]


def _attempts(asked: Sequence[Asked], grants: Mapping[str, DownloadGrant], now: datetime) -> dict[str, Attempt]:
    """By token, those of grants that there are."""
    found: dict[str, Attempt] = {}
    for each in asked:
        grant = grants.get(token_hash(each.token))
        if grant is not None:
            theirs = mark(grant.address_binding, each.token, each.visitor.ip)
            found[each.token] = Attempt(new_id(), now, grant, theirs, grant.bound_to is None, each.visitor)
    return found


def _refuse(attempt: Attempt) -> tuple[DownloadOutcome, Problem]:
    refused = attempt.grant.refusal(attempt.at, attempt.mark)
    assert refused is not None, "the grant is locked, and was not taken"
    attempt.grant.version += 1
    attempt.grant.count_refusal(refused[0])
    return refused


def _record(tx: Tx, attempt: Attempt, refused: tuple[DownloadOutcome, Problem] | None) -> tuple[DownloadAttempt, str]:
    """Tell of the attempt: its row, and the address it came from."""
    grant = attempt.grant
    counted = refused is None and grant.window_attempt_id == attempt.id
    allowed = DownloadOutcome.GRANTED if counted else DownloadOutcome.RESUMED
    row = attempt.row(refused[0] if refused else allowed)
    tx.publish(grant.attempted(row))
    if counted and grant.is_used_up():
        grant.version += 1
        tx.publish(grant.exhausted())
    return row, attempt.visitor.ip


def _heard(product: MirroredProduct | None) -> MirroredProduct:
    """Raises NotHeardYet: it is being told anew (`tempages rebuild-read-model`)."""
    if product is None:
        raise NotHeardYet("The file of this link has not been heard of yet.")
    return product


async def _sign(objects: Objects, product: MirroredProduct) -> Download:
    if product.storage_key is None or product.file_name is None or not await objects.exists(product.storage_key):
        raise StorageUnavailable
    file_type = product.file_type or "application/octet-stream"
    url = await objects.sign_download(product.storage_key, product.file_name, file_type)
    return Download(url=url, file_name=product.file_name)


async def _give_back(db: Database, failed: Attempt) -> None:
    """The failed attempt stands in the record beside the one that it takes back."""
    async with db.transaction() as tx:
        await store.give_back(tx.session, failed.grant.id, failed.id, unbind=failed.binds)
        grant = await tx.session.get_one(DownloadGrant, failed.grant.id, with_for_update=True)
        grant.version += 1
        row = replace(failed, id=new_id(), at=tx.clock.now(), grant=grant).row(DownloadOutcome.STORAGE_FAILED)
        await store.append_attempts(tx.session, [(row, failed.visitor.ip)])
        tx.publish(grant.attempted(row))
