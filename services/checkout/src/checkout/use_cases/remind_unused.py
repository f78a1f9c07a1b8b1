"""A buyer who has not downloaded yet is reminded before their link ends."""

from chassis.db import Tx
from contracts import Envelope
from contracts.delivery import GrantUnused
from sqlalchemy.dialects.postgresql import insert

from checkout.models import Order, UnusedGrant

DOWNLOAD_UNUSED = "download-unused"


async def remind_unused(tx: Tx, envelope: Envelope[GrantUnused]) -> None:
    grant = envelope.data
    if await tx.session.get(Order, grant.order_id) is None:
        return
    known = insert(UnusedGrant).values(id=grant.order_id, expires_at=grant.expires_at)
    await tx.session.execute(known.on_conflict_do_nothing())
    await tx.owe_mail(DOWNLOAD_UNUSED, grant.order_id)
