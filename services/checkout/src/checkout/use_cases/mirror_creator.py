"""Keep what is needed of the newest version of a creator."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import CreatorState

from checkout.models import MirroredCreator


async def mirror_creator(tx: Tx, envelope: Envelope[CreatorState]) -> None:
    creator = envelope.data
    account = creator.stripe_account
    mirror = MirroredCreator(
        id=creator.id,
        name=creator.name,
        stripe_account_id=account.id if account else None,
        charges_enabled=account.charges_enabled if account else False,
        version=creator.version,
    )
    await keep_newest(tx.session, mirror)
