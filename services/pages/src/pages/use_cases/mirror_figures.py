"""Keep what a page's figures are made of, as checkout and leads tell it."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.checkout import OrderState
from contracts.leads import RegistrationDeleted, RegistrationState

from pages.models import MirroredOrder, MirroredRegistration


async def mirror_order(tx: Tx, envelope: Envelope[OrderState]) -> None:
    await keep_newest(tx.session, MirroredOrder.of(envelope.data))


async def mirror_registration(tx: Tx, envelope: Envelope[RegistrationState]) -> None:
    stands = not isinstance(envelope.data, RegistrationDeleted)
    await keep_newest(tx.session, MirroredRegistration.of(envelope.data, stands=stands))
