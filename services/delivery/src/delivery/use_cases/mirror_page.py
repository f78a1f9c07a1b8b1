"""Keep whose page it is."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.pages import PageState

from delivery.models import MirroredPage


async def mirror_page(tx: Tx, envelope: Envelope[PageState]) -> None:
    await keep_newest(tx.session, MirroredPage.of(envelope.data))
