"""A creator leaves: what is theirs is handed over, and who they are is forgotten."""

from dataclasses import dataclass
from uuid import UUID

from chassis.db import Database, Tx
from chassis.tables import mails
from sqlalchemy import text, union_all
from sqlmodel import col, delete, select

from catalog import store
from catalog.models import (
    ApiKey,
    Creator,
    File,
    FileUpload,
    LetterPurpose,
    MirroredOrder,
    MirroredPage,
    PageEnd,
    Product,
    Session,
)
from catalog.ports import Objects, Passwords
from catalog.use_cases.change_password import creator_by_password, must_be_password
from catalog.use_cases.forget_products import plan_to_forget
from catalog.use_cases.keep_api_key import forget_api_keys
from catalog.use_cases.spare_live_pages import must_have_no_live_page
from catalog.use_cases.write_letter import forget_letters

HEARD = (MirroredPage, PageEnd, MirroredOrder)
_ANSWERS_THAT_NAME = text("DELETE FROM idempotency_keys WHERE position(convert_to(:email, 'UTF8') IN body) > 0")


@dataclass(frozen=True)
class Belongings:
    """All that catalog keeps of a creator; `addresses` by the file's id, for an hour."""

    creator: Creator
    products: list[Product]
    files: list[File]
    uploads: list[FileUpload]
    api_keys: list[ApiKey]
    sessions: list[Session]
    addresses: dict[UUID, str]


async def export_account(db: Database, objects: Objects, creator_id: UUID) -> Belongings:
    """Raises NotFound."""
    async with db.reading() as session:
        creator = await store.creator(session, creator_id)
        products = await store.all_products(session, creator_id)
        files = await store.all_files(session, creator_id)
        uploads = await store.all_uploads(session, creator_id)
        api_keys = await store.all_api_keys(session, creator_id)
        sessions = await store.all_sessions(session, creator_id)
    addresses = {file.id: await objects.sign_download(file.storage_key, file.file_name) for file in files}
    return Belongings(creator, products, files, uploads, api_keys, sessions, addresses)


async def erase_account(
    db: Database, passwords: Passwords, creator_id: UUID, password: str, *, even_though_live: bool = False
) -> None:
    """Their products are withdrawn, their sessions end, and nothing that names them remains.

    What they never sold is forgotten: drafts at once, the rest when no payment for it can be on its way any more.
    Orders are kept by checkout, as the law wants; who bought a file downloads it as long as was promised.
    Pages that have not closed are withdrawn first by who has them, or with the account when that is said.
    Raises WrongPassword, CreatorHasLivePages.
    """
    proven = await must_be_password(db, passwords, creator_id, password)
    async with db.transaction() as tx:
        creator = await creator_by_password(tx, creator_id, proven)
        if not even_though_live:
            await must_have_no_live_page(tx, creator_id)
        await _erase(tx, creator)


async def _forget_heard(tx: Tx, creator_id: UUID) -> None:
    """What was heard of a creator's, and the mails that are still owed about it.

    The mails are locked in the order of their ids, in which a mailer marks those that it has sent.
    """
    theirs = [select(col(heard.id)).where(col(heard.creator_id) == creator_id) for heard in HEARD]
    owed = select(mails.c.id).where(mails.c.sent_at.is_(None), mails.c.about.in_(union_all(*theirs)))
    in_order = owed.order_by(mails.c.id).with_for_update()
    await tx.session.execute(delete(mails).where(mails.c.id.in_(in_order)))
    for heard in HEARD:
        await tx.session.exec(delete(heard).where(col(heard.creator_id) == creator_id))


async def _erase(tx: Tx, creator: Creator) -> None:
    now = tx.clock.now()
    products = await store.all_products(tx.session, creator.id, to_change=True)
    for product in products:
        if (withdrawn := product.withdraw(now)) is not None:
            tx.publish(withdrawn)
    await plan_to_forget(tx, products)
    for upload in await store.open_uploads(tx.session, creator.id):
        upload.abort()
    await tx.session.exec(delete(Session).where(col(Session.creator_id) == creator.id))
    await _forget_heard(tx, creator.id)
    await forget_api_keys(tx, creator.id)
    await forget_letters(tx, creator.id, *LetterPurpose)
    await tx.session.execute(_ANSWERS_THAT_NAME, {"email": creator.email})
    tx.publish(creator.erase(now))
    await tx.log_security("creator-erased", creator.id)
