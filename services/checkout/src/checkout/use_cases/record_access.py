"""Keep what delivery tells of an order's downloads, so that evidence needs to ask nobody."""

from chassis.db import Tx
from contracts import Envelope
from contracts.delivery import DownloadAttempted, DownloadExhausted, DownloadGranted, DownloadRevoked, GrantState

from checkout.models import AccessFact, AccessKind, Order

KINDS: dict[type[GrantState], AccessKind] = {
    DownloadGranted: AccessKind.GRANTED,
    DownloadAttempted: AccessKind.ATTEMPTED,
    DownloadExhausted: AccessKind.EXHAUSTED,
    DownloadRevoked: AccessKind.REVOKED,
}


async def record_access(tx: Tx, envelope: Envelope[GrantState]) -> None:
    grant = envelope.data
    order = await tx.session.get(Order, grant.order_id)
    if order is None:
        return  # removed meanwhile, years after it was bought
    if isinstance(grant, DownloadGranted) and grant.revoked_at is not None:
        return  # its limits were set anew, and it opens nothing all the same
    order.access_ends_at = grant.expires_at
    fact = AccessFact(
        id=envelope.id,
        order_id=grant.order_id,
        grant_id=grant.id,
        at=envelope.time,
        kind=KINDS[type(grant)],
        outcome=grant.reason,
    )
    if isinstance(grant, DownloadAttempted):
        fact.at, fact.outcome, fact.user_agent_family = grant.at, grant.outcome.value, grant.user_agent_family
    tx.session.add(fact)
