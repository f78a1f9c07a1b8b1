"""What the clock starts. Each takes rows that no other sweeper holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.db import Database
from chassis.lifecycle import Job

from catalog.ports import Accounts, Objects
from catalog.use_cases.complete_upload import verify_next
from catalog.use_cases.connect_stripe import apply_kept_events
from catalog.use_cases.forget_products import forget_products
from catalog.use_cases.keep_product import expire_products
from catalog.use_cases.keep_session import forget_sessions
from catalog.use_cases.upload_file import abort_abandoned, clear_store
from catalog.use_cases.write_letter import forget_old_letters

SECOND = timedelta(seconds=1)


def jobs(objects: Objects, accounts: Accounts) -> Sequence[Job]:
    """Catalog's, with the outside that they need."""

    async def announce_expiries(db: Database) -> datetime | None:
        async with db.transaction() as tx:
            return await expire_products(tx)

    async def forget_unsold(db: Database) -> None:
        async with db.transaction() as tx:
            await forget_products(tx)

    async def verify_uploads(db: Database) -> datetime | None:
        return db.clock.now() if await verify_next(db, objects) else None

    async def clear_uploads(db: Database) -> None:
        async with db.transaction() as tx:
            await abort_abandoned(tx)
        await clear_store(db, objects)

    async def apply_stripe_events(db: Database) -> None:
        await apply_kept_events(db, accounts)

    async def prune_accounts(db: Database) -> None:
        async with db.transaction() as tx:
            await forget_sessions(tx)
            await forget_old_letters(tx)

    return [
        Job("announce-expiries", announce_expiries, SECOND),
        Job("forget-unsold", forget_unsold, 10 * SECOND),
        Job("verify-uploads", verify_uploads, 2 * SECOND),
        Job("clear-uploads", clear_uploads, 5 * SECOND),
        Job("apply-stripe-events", apply_stripe_events, 10 * SECOND),
        Job("prune-accounts", prune_accounts, timedelta(hours=1)),
    ]
