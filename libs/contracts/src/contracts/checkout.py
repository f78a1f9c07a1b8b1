"""What checkout tells: the life of an order, and a page's stock."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.api_keys import ApiKeyUse
from contracts.event import Event, Instant
from contracts.money import Amount, Currency


class OrderStatus(StrEnum):
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"


class OrderState(Event):
    """An order. Amounts in the smallest unit of `currency`; `payment_id` is Stripe's payment intent.

    `registration_id` is the lead that came to buy, by the pass in its mail; `source` the `utm_source` it came by.
    """

    sales_page_id: UUID
    product_id: UUID
    creator_id: UUID
    customer_id: UUID
    payment_id: str | None = None
    price_in_cents: Amount
    amount_paid: Amount
    amount_refunded: Amount
    currency: Currency
    status: OrderStatus
    needs_review: bool = False
    created_at: Instant
    paid_at: Instant | None = None
    reason: str | None = None
    discount_in_cents: Amount = 0
    discount_code_id: UUID | None = None
    registration_id: UUID | None = None
    source: str | None = None


class OrderPlaced(OrderState):
    key: ClassVar[str] = "checkout.order.placed.v1"


class OrderPaid(OrderState):
    """Paid: access is due. `token_hash` = SHA-256 (hex) of the download token, which is never told."""

    key: ClassVar[str] = "checkout.order.paid.v1"

    token_hash: str
    link_generation: int


class OrderFailed(OrderState):
    """The order came to nothing: the payment failed, or its session expired; `reason` says which."""

    key: ClassVar[str] = "checkout.order.failed.v1"


class OrderRefunded(OrderState):
    """Money went back, in part or whole. `access_revoked`: the download link dies with it."""

    key: ClassVar[str] = "checkout.order.refunded.v1"

    access_revoked: bool


class OrderDisputed(OrderState):
    key: ClassVar[str] = "checkout.order.disputed.v1"


class DisputeClosed(OrderState):
    """The bank decided; `status` is what the order was before (won) or charged_back (lost)."""

    key: ClassVar[str] = "checkout.order.dispute-closed.v1"


class OrderLinkReissued(OrderState):
    """The buyer has a new download link; the token of `token_hash` (SHA-256, hex) alone opens it from now on."""

    key: ClassVar[str] = "checkout.order.link-reissued.v1"

    token_hash: str
    link_generation: int


class StockChanged(Event):
    """What is left of a capped page; `id` is the page's. `remaining` = limit - held - sold, never below 0.

    `held_offers`: the waiting list's offers (WaitingListOffered) whose unit is among those held.
    """

    key: ClassVar[str] = "checkout.stock.changed.v1"

    quantity_limit: int
    remaining: int
    sold: int
    held_offers: list[UUID] = Field(default_factory=list)


class CustomerErased(Event):
    """A buyer's address and name are gone; `id` is the customer's, which the orders keep."""

    key: ClassVar[str] = "checkout.customer.erased.v1"

    erased_at: Instant


class ApiKeyUsedAtCheckout(ApiKeyUse):
    key: ClassVar[str] = "checkout.api-key.used.v1"
