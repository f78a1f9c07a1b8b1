"""What catalog tells: creators, and products with their files."""

from enum import StrEnum
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


class CreatorErased(CreatorState):
    """The creator's personal data is gone: `name` is empty, and nothing of theirs is sold any more."""

    key: ClassVar[str] = "catalog.creator.erased.v1"


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


class Pricing(StrEnum):
    FIXED = "fixed"
    PAY_WHAT_YOU_WANT = "pay_what_you_want"


class AddressBinding(StrEnum):
    """Whether a download link is for whom it was first used by: that address, or its network (IPv4 /24, IPv6 /48)."""

    NONE = "none"
    ADDRESS = "address"
    NETWORK = "network"


class ProductState(Event):
    """A product; `attempts_allowed` downloads within `access_days` of the payment.

    `price_in_cents` is the price or, when buyers pay what they want, the least of it; then
    `suggested_price_in_cents` is what they are asked for.
    """

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
    pricing: Pricing = Pricing.FIXED
    suggested_price_in_cents: Amount | None = None
    address_binding: AddressBinding = AddressBinding.NONE
    file: File | None = None


class ProductPublished(ProductState):
    key: ClassVar[str] = "catalog.product.published.v1"


class ProductUpdated(ProductState):
    key: ClassVar[str] = "catalog.product.updated.v1"


class ProductFileReplaced(ProductState):
    """Another original took the file's place: who bought already downloads this one from now on."""

    key: ClassVar[str] = "catalog.product.file-replaced.v1"


class ProductWithdrawn(ProductState):
    key: ClassVar[str] = "catalog.product.withdrawn.v1"


class ProductExpired(ProductState):
    key: ClassVar[str] = "catalog.product.expired.v1"


class ApiKeyState(Event):
    """An API key. `key_hash` = SHA-256 (hex) of the key, which holds 256 random bits and is never told.

    `scopes`: what it may do, `<thing>:read` or `<thing>:write`. It is in force until `expires_at`, or `revoked_at`.
    """

    creator_id: UUID
    key_hash: str
    scopes: list[str]
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None


class ApiKeyIssued(ApiKeyState):
    key: ClassVar[str] = "catalog.api-key.issued.v1"


class ApiKeyRevoked(ApiKeyState):
    """It opens nothing any more: `revoked_at` says since when."""

    key: ClassVar[str] = "catalog.api-key.revoked.v1"
