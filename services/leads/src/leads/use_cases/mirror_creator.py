"""Keep the name that a creator signs with."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import CreatorState

from leads.models import MirroredCreator


async def mirror_creator(tx: Tx, envelope: Envelope[CreatorState]) -> None:
    await keep_newest(tx.session, MirroredCreator.of(envelope.data))
