"""A page's stock: `held + sold + in_review <= quantity_limit`. Changed by single statements, see bookkeeping.stock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from contracts.checkout import StockChanged
from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from checkout.models.base import CheckoutTable, instant

TELL_EVERY = timedelta(milliseconds=250)


class PageStock(CheckoutTable, table=True):
    __tablename__ = "page_stocks"
    __table_args__ = (
        CheckConstraint("held >= 0 AND sold >= 0 AND in_review >= 0", name="page_stocks_not_negative"),
        Index("page_stocks_untold", "page_id", postgresql_where=text("version > told_version")),
    )

    page_id: UUID = Field(primary_key=True)
    quantity_limit: int | None = Field(default=None)
    held: int = 0
    sold: int = 0
    in_review: int = 0
    version: int = 1
    told_version: int = 0
    told_at: datetime | None = instant(default=None, nullable=True)

    @property
    def remaining(self) -> int:
        """Units that can still be bought; never below 0, even if the limit was lowered."""
        return max(0, (self.quantity_limit or 0) - self.held - self.sold - self.in_review)

    def tell(self, now: datetime, held_offers: Sequence[UUID]) -> StockChanged | None:
        """At most four times a second, but at once when the last unit goes; what is skipped is told by the sweeper.

        A process whose clock is ahead may have told last: that holds nobody back.
        """
        too_soon = self.told_at is not None and abs(now - self.told_at) < TELL_EVERY and self.remaining > 0
        if self.told_version >= self.version or too_soon:
            return None
        self.told_version, self.told_at = self.version, now
        return self.retold(held_offers)

    def retold(self, held_offers: Sequence[UUID]) -> StockChanged | None:
        """As it is, under the version it has; None of a page without a limit."""
        if self.quantity_limit is None:
            return None
        return StockChanged(
            id=self.page_id,
            version=self.version,
            quantity_limit=self.quantity_limit,
            remaining=self.remaining,
            sold=self.sold,
            held_offers=list(held_offers),
        )
