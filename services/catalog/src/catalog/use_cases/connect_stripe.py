"""A creator is connected with Stripe, so that they can be paid; and what Stripe says of them is kept."""

from uuid import UUID

from chassis import telemetry
from chassis.db import Database, Tx
from contracts.catalog import StripeAccount
from sqlalchemy.dialects.postgresql import insert

from catalog import store
from catalog.errors import NoStripeAccount, StripeRefused
from catalog.models import Creator, StripeEvent
from catalog.ports import Accounts, ConnectEvent

log = telemetry.logger(__name__)
BATCH = 100
DEAUTHORIZED = "account.application.deauthorized"
ABOUT_ACCOUNTS = ("account.", "capability.", "person.")
"""Types, by their beginning, after which an account may be another than it was."""


async def connect_stripe(db: Database, accounts: Accounts, creator_id: UUID) -> str:
    """Where the creator goes on at Stripe. Their account is made once, however often this is asked."""
    async with db.reading() as session:
        creator = await store.creator(session, creator_id)
    if creator.stripe_account_id is None:
        creator = await _link_account(db, accounts, creator)
    assert creator.stripe_account_id is not None
    return await accounts.onboarding_link(creator.stripe_account_id)


async def _link_account(db: Database, accounts: Accounts, creator: Creator) -> Creator:
    """Two at once get the same account from Stripe, and link it once."""
    account = await accounts.create(creator.id, creator.stripe_links + 1)
    async with db.transaction() as tx:
        linked = await store.creator(tx.session, creator.id, to_change=True)
        if linked.stripe_account_id is None:
            tx.publish(linked.link_stripe(account, tx.clock.now()))
    return linked


async def read_stripe_account(db: Database, accounts: Accounts, creator_id: UUID) -> Creator:
    """Ask Stripe how the creator's account stands, and keep the answer. Raises NoStripeAccount."""
    async with db.reading() as session:
        creator = await store.creator(session, creator_id)
    if creator.stripe_account_id is None:
        raise NoStripeAccount
    return await _keep_answer(db, accounts, creator, None)


async def hear_stripe_event(db: Database, accounts: Accounts, event: ConnectEvent) -> bool:
    """Keep the event, then apply it; False when its account is nobody's yet: it waits to be applied."""
    async with db.transaction() as tx:
        row = {**vars(event), "received_at": tx.clock.now()}
        await tx.session.execute(insert(StripeEvent).values(row).on_conflict_do_nothing())
    return await apply_stripe_event(db, accounts, event.id)


async def apply_stripe_event(db: Database, accounts: Accounts, event_id: str) -> bool:
    """What the event rang for, once. Its own content is not believed: it may come late and out of order."""
    async with db.reading() as session:
        event = await session.get_one(StripeEvent, event_id)
        creator = await store.creator_of_account(session, event.account_id) if event.account_id else None
    if event.applied_at is not None:
        return True
    if event.account_id is None or not event.type.startswith(ABOUT_ACCOUNTS):
        await _mark_applied(db, event_id)
        return True
    if creator is None:
        return False
    await _keep_answer(db, accounts, creator, event)
    return True


async def apply_kept_events(db: Database, accounts: Accounts) -> None:
    """Events that came before their account was linked, or while Stripe could not be asked.

    One that Stripe refuses to answer for is tried again later, and holds up no other. Raises StripeUnavailable: the
    next run begins after the event that it was met at.
    """
    for _ in range(BATCH):
        event_id = await _take_up_event(db)
        if event_id is None:
            return
        try:
            await apply_stripe_event(db, accounts, event_id)
        except StripeRefused as error:
            log.warning("stripe event not applied", stripe_event=event_id, error=str(error))


async def _take_up_event(db: Database) -> str | None:
    async with db.transaction() as tx:
        event = await store.stripe_event_to_apply(tx.session, tx.clock.now())
        if event is None:
            return None
        event.take_up(tx.clock.now())
        return event.id


async def _keep_answer(db: Database, accounts: Accounts, creator: Creator, event: StripeEvent | None) -> Creator:
    """Stripe's answer about the creator's account and the end of `event`, in one transaction.

    It is asked for again when another one was kept since `creator` was read.
    """
    assert creator.stripe_account_id is not None
    gone = event is not None and event.type == DEAUTHORIZED
    account = None if gone else await accounts.read(creator.stripe_account_id)
    async with db.transaction() as tx:
        current = await store.creator(tx.session, creator.id, to_change=True)
        overtaken = account is not None and current.is_told_otherwise(account, creator.stripe_read_at)
        if not overtaken:
            _keep(tx, current, creator.stripe_account_id, account)
            if event is not None:
                await _end_event(tx, event.id)
    return await _keep_answer(db, accounts, current, event) if overtaken else current


def _keep(tx: Tx, creator: Creator, account_id: str, account: StripeAccount | None) -> None:
    """What was answered about `account_id`; None: it is not ours any more."""
    now = tx.clock.now()
    if account is not None:
        told = creator.heard_from_stripe(account, now)
    else:
        told = creator.unlink_stripe(now) if creator.stripe_account_id == account_id else None
    if told is not None:
        tx.publish(told)


async def _mark_applied(db: Database, event_id: str) -> None:
    async with db.transaction() as tx:
        await _end_event(tx, event_id)


async def _end_event(tx: Tx, event_id: str) -> None:
    event = await tx.session.get_one(StripeEvent, event_id, with_for_update=True)
    event.applied_at = event.applied_at or tx.clock.now()
