"""Discount codes of a page, and the orders that use them. Caps are kept by bookkeeping.discounts."""

from datetime import datetime
from uuid import UUID

from contracts.money import exponent, price_problem
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from checkout.errors import DiscountNotValid
from checkout.models.base import CheckoutTable, instant, words


def chargeable(amount: int, currency: str) -> int:
    """The largest amount up to `amount` that can be charged in `currency`; nothing if there is none."""
    if price_problem(amount, currency) is None:
        return amount
    lower = amount - amount % (10 if exponent(currency) == 3 else 100)
    return 0 if price_problem(lower, currency) else lower


class DiscountCode(CheckoutTable, table=True):
    """Percent of the price, or a fixed amount of it in `currency`; valid in [starts_at, ends_at).

    `code` is in capitals. `uses` counts orders that hold or have used it, `max_uses_per_customer` those of one address.
    """

    __tablename__ = "discount_codes"
    __table_args__ = (
        Index(
            "discount_codes_of_page",
            "sales_page_id",
            "code",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("discount_codes_by_creator", "creator_id", "id"),
        CheckConstraint("(percent_off IS NULL) <> (amount_off_in_cents IS NULL)", name="discount_codes_one_kind"),
    )

    id: UUID = Field(primary_key=True)
    creator_id: UUID
    sales_page_id: UUID
    code: str = words()
    percent_off: int | None = None
    amount_off_in_cents: int | None = None
    currency: str | None = words(default=None)
    starts_at: datetime = instant()
    ends_at: datetime | None = instant(default=None, nullable=True)
    max_uses: int | None = None
    max_uses_per_customer: int | None = None
    uses: int = 0
    created_at: datetime = instant()
    withdrawn_at: datetime | None = instant(default=None, nullable=True)
    version: int = 1

    def discount_on(self, price: int, currency: str, now: datetime) -> int:
        """What is taken off `price`, no less than promised: the rest can be charged. Raises DiscountNotValid."""
        if now < self.starts_at:
            raise DiscountNotValid("It is not valid yet.", startsAt=self.starts_at.isoformat())
        if self.ends_at is not None and self.ends_at <= now:
            raise DiscountNotValid("It has ended.", endsAt=self.ends_at.isoformat())
        if self.amount_off_in_cents is not None and self.currency != currency:
            raise DiscountNotValid(f"It is for prices in {self.currency}.")
        off = self.amount_off_in_cents or price * (self.percent_off or 0) // 100
        return price - chargeable(max(0, price - off), currency)

    def withdraw(self, now: datetime) -> None:
        """Nobody can use it any more; orders that have keep their price."""
        self.withdrawn_at = now
        self.version += 1


class DiscountUse(CheckoutTable, table=True):
    """An order's use of a code: taken when it is placed, given back when it ends unpaid."""

    __tablename__ = "discount_uses"
    __table_args__ = (
        UniqueConstraint("order_id"),
        Index("discount_uses_by_customer", "discount_code_id", "customer_id"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="orders.id")
    discount_code_id: UUID = Field(foreign_key="discount_codes.id")
    customer_id: UUID
