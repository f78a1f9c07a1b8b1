"""What an order's events say of access."""

from enum import StrEnum
from uuid import UUID

from contracts.checkout import DisputeClosed, OrderDisputed, OrderRefunded, OrderState, OrderStatus
from sqlalchemy import Text
from sqlmodel import Field

from delivery.errors import GrantClosed
from delivery.models.base import DeliveryTable


class Dispute(StrEnum):
    """How a dispute of the order stands, if there is one."""

    NONE = "none"
    OPEN = "open"
    LOST = "lost"


class OrderAccess(DeliveryTable, table=True):
    """What an order's events say of access, in whatever order they came."""

    __tablename__ = "order_accesses"

    order_id: UUID = Field(primary_key=True)
    refunded: bool = False
    refund_version: int = 0
    dispute: Dispute = Field(default=Dispute.NONE, sa_type=Text)
    dispute_version: int = 0
    link_generation: int = 0
    token_hash: str | None = Field(default=None, sa_type=Text)

    @property
    def ended_by(self) -> str | None:
        """Why the order gives no access at present; None when it does."""
        if self.refunded:
            return "refunded"
        return {Dispute.OPEN: "disputed", Dispute.LOST: "charged_back"}.get(Dispute(self.dispute))

    def follow(self, event: OrderState) -> None:
        """Of the refunds' events the newest counts (a refund can fail, and give back), and of a dispute's."""
        if isinstance(event, OrderRefunded) and event.version > self.refund_version:
            self.refund_version, self.refunded = event.version, event.access_revoked
        elif isinstance(event, OrderDisputed | DisputeClosed) and event.version > self.dispute_version:
            self.dispute_version, self.dispute = event.version, _dispute_after(event)

    def take_link(self, token_hash: str, generation: int) -> None:
        """The newest link is the one that opens."""
        if generation > self.link_generation:
            self.token_hash, self.link_generation = token_hash, generation


def _dispute_after(event: OrderDisputed | DisputeClosed) -> Dispute:
    if isinstance(event, OrderDisputed):
        return Dispute.OPEN
    return Dispute.LOST if event.status is OrderStatus.CHARGED_BACK else Dispute.NONE


def must_be_open(access: OrderAccess) -> None:
    """Raises GrantClosed when a refund or a dispute ended the order's access."""
    if access.ended_by is not None:
        raise GrantClosed(f"The order is {access.ended_by}.")
