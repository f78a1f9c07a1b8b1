"""What catalog tells: creators, and products with their files."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Event, Instant, WireModel
from contracts.money import Amount, Currency


class StripeAccount(WireModel):
    """A creator's connected account, as Stripe last told it."""

    id: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    country: str | None = None
    default_currency: str | None = None


class CreatorState(Event):
    """`name` is what the creator signs their pages with: public by their own act."""

    name: str
    created_at: Instant
    updated_at: Instant
    stripe_account: StripeAccount | None = None


class CreatorRegistered(CreatorState):
    key: ClassVar[str] = "catalog.creator.registered.v1"


class CreatorUpdated(CreatorState):
    key: ClassVar[str] = "catalog.creator.updated.v1"


class Preview(WireModel):
    file_name: str
    storage_key: str
    file_type: str


class File(WireModel):
    """The original that is sold. `file_size_bytes` in bytes, `sha256` in hex, `file_type` a MIME type."""

    id: UUID
    file_name: str
    file_type: str
    storage_key: str
    file_size_bytes: int
    uploaded_at: Instant
    sha256: str
    preview: Preview | None = None


class ProductState(Event):
    """A product; `attempts_allowed` downloads within `access_days` of the payment."""

    creator_id: UUID
    name: str
    description: str
    price_in_cents: Amount
    currency: Currency
    created_at: Instant
    updated_at: Instant
    expires_at: Instant | None = None
    is_active: bool
    attempts_allowed: int
    access_days: int
    file: File | None = None


class ProductPublished(ProductState):
    key: ClassVar[str] = "catalog.product.published.v1"


class ProductUpdated(ProductState):
    key: ClassVar[str] = "catalog.product.updated.v1"


class ProductWithdrawn(ProductState):
    key: ClassVar[str] = "catalog.product.withdrawn.v1"


class ProductExpired(ProductState):
    key: ClassVar[str] = "catalog.product.expired.v1"
