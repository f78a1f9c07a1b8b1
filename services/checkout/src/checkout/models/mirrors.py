"""What checkout has heard of creators, products and pages, and needs to sell."""

from datetime import datetime
from uuid import UUID

from contracts.catalog import Pricing
from contracts.pages import LatePayment
from sqlalchemy import BigInteger, Column, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from checkout.errors import CreatorCannotCharge, PageExpired, PageNotLive, ProductUnavailable
from checkout.models.base import CheckoutTable, enum_column, instant, words


class MirroredCreator(CheckoutTable, table=True):
    __tablename__ = "mirrored_creators"

    id: UUID = Field(primary_key=True)
    name: str = words()
    stripe_account_id: str | None = words(default=None)
    charges_enabled: bool = False
    version: int

    def account_to_charge(self) -> str:
        """The connected account that payments go to; raises CreatorCannotCharge."""
        if self.stripe_account_id is None or not self.charges_enabled:
            raise CreatorCannotCharge
        return self.stripe_account_id


class MirroredProduct(CheckoutTable, table=True):
    """`price_in_cents` is the price or, when buyers pay what they want, the least of it."""

    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    creator_id: UUID
    name: str = words()
    price_in_cents: int
    currency: str = words()
    is_active: bool
    expires_at: datetime | None = instant(default=None, nullable=True)
    attempts_allowed: int
    access_days: int
    file_name: str | None = words(default=None)
    file_size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    pricing: Pricing = enum_column(Pricing, default=Pricing.FIXED)
    version: int

    def check_available(self, now: datetime) -> None:
        """Raises ProductUnavailable from the instant of its expiry on."""
        if not self.is_active or (self.expires_at is not None and self.expires_at <= now):
            raise ProductUnavailable


class MirroredPage(CheckoutTable, table=True):
    """A page sells in [launch_at, closes_at); `closes_at` is its expiry, or the moment it was withdrawn if sooner."""

    __tablename__ = "mirrored_pages"

    id: UUID = Field(primary_key=True)
    short_id: str = words(unique=True)
    creator_id: UUID
    product_id: UUID
    product_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    launch_at: datetime = instant()
    closes_at: datetime = instant()
    time_zone: str = words()
    quantity_limit: int | None = None
    accent: str | None = words(default=None)
    thanks: str | None = words(default=None)
    """Markdown: what its creator tells who has bought."""
    late_payment: LatePayment = enum_column(LatePayment, default=LatePayment.HARD)
    version: int

    def has_closed(self, now: datetime) -> bool:
        return self.closes_at <= now

    def honours(self, opened_at: datetime, now: datetime) -> bool:
        """Whether who came to pay at `opened_at` may still pay at `now`."""
        graced = self.late_payment is LatePayment.GRACE and not self.has_closed(opened_at)
        return graced or not self.has_closed(now)

    def check_sells(self, now: datetime, *, early: bool) -> None:
        """Raises PageNotLive before the launch, unless to who may come `early`; PageExpired from the closing on."""
        if self.has_closed(now):
            raise PageExpired
        if now < self.launch_at and not early:
            raise PageNotLive(launchAt=self.launch_at.isoformat())
