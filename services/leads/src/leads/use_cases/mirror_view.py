"""Keep how often a page was shown."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.pages import ViewsCounted

from leads.models import MirroredViews


async def mirror_view(tx: Tx, envelope: Envelope[ViewsCounted]) -> None:
    await keep_newest(tx.session, MirroredViews.of(envelope.data))
