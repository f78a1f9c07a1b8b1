"""The order: its states, and the one method of each transition. A method that changes it returns what it tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from chassis.clock import new_id
from contracts.checkout import (
    DisputeClosed,
    OrderDisputed,
    OrderFailed,
    OrderLinkReissued,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    OrderState,
    OrderStatus,
)
from sqlalchemy import Index, text
from sqlmodel import Field

from checkout.errors import NoAccess, NotRefundable, ReviewOpen, TransitionRefused
from checkout.models.base import CheckoutTable, enum_column, instant, words
from checkout.models.mirrors import MirroredPage, MirroredProduct

S = OrderStatus
TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    S.PROCESSING: frozenset({S.COMPLETED, S.FAILED, S.EXPIRED}),
    S.FAILED: frozenset({S.COMPLETED, S.REFUNDED}),
    S.EXPIRED: frozenset({S.COMPLETED, S.REFUNDED}),
    S.COMPLETED: frozenset({S.PARTIALLY_REFUNDED, S.REFUNDED, S.DISPUTED}),
    S.PARTIALLY_REFUNDED: frozenset({S.COMPLETED, S.REFUNDED, S.DISPUTED}),
    S.REFUNDED: frozenset({S.PARTIALLY_REFUNDED, S.COMPLETED}),
    S.DISPUTED: frozenset({S.COMPLETED, S.PARTIALLY_REFUNDED, S.REFUNDED, S.CHARGED_BACK}),
    S.CHARGED_BACK: frozenset(),
}
"""From each state, those that may follow. A failed refund leads back from `refunded`; a won dispute leads to where the
refunds stand by then."""

UNPAID = frozenset({S.PROCESSING, S.FAILED, S.EXPIRED})


class Unit(StrEnum):
    """What an order counts as in its page's stock."""

    NONE = "none"
    HELD = "held"
    SOLD = "sold"
    IN_REVIEW = "in_review"


@dataclass(frozen=True)
class Payment:
    """What Stripe says was paid. `committed_at`: when the buyer confirmed it, even if the money came days later."""

    id: str | None
    amount: int
    currency: str
    committed_at: datetime


@dataclass(frozen=True)
class DownloadKey:
    """What is kept of a download token: the key it was derived under, and its SHA-256."""

    key_id: str
    token_hash: str


Told = TypeVar("Told", bound=OrderState)


class Order(CheckoutTable, table=True):
    __tablename__ = "orders"
    __table_args__ = (
        Index("orders_by_creator", "creator_id", "id"),
        Index("orders_by_customer", "customer_id"),
        Index("orders_by_time", "created_at"),
        Index("orders_by_page", "sales_page_id", "id"),
        Index("orders_processing", "created_at", postgresql_where=text("status = 'processing'")),
        Index("orders_in_review", "creator_id", "id", postgresql_where=text("needs_review")),
    )

    id: UUID = Field(primary_key=True)
    sales_page_id: UUID
    product_id: UUID
    creator_id: UUID
    customer_id: UUID
    payment_id: str | None = words(default=None, unique=True)
    price_in_cents: int
    discount_in_cents: int = 0
    discount_code_id: UUID | None = None
    registration_id: UUID | None = None
    """The lead that came to buy."""
    source: str | None = words(default=None)
    """What brought the buyer to the page (`utm_source`)."""
    amount_paid: int = 0
    amount_refunded: int = 0
    currency: str = words()
    status: OrderStatus = enum_column(OrderStatus, default=S.PROCESSING)
    status_before_dispute: OrderStatus | None = enum_column(OrderStatus, default=None, nullable=True)
    needs_review: bool = False
    reason: str | None = words(default=None)
    unit: Unit = enum_column(Unit, default=Unit.HELD)
    access_revoked: bool = False
    link_generation: int = 0
    link_key_id: str | None = words(default=None)
    created_at: datetime = instant()
    paid_at: datetime | None = instant(default=None, nullable=True)
    access_ends_at: datetime | None = instant(default=None, nullable=True)
    """As delivery granted it: what the product allows may have changed since."""
    download_attempts: int = 0
    last_download_at: datetime | None = instant(default=None, nullable=True)
    grant_version: int = 0
    ledger_looks: int = 0
    """How often Stripe was asked for the payment's refunds; each look is numbered before it begins."""
    ledger_applied: int = 0
    """The number of the newest look that was followed: an older one that comes later is stale."""
    version: int = 1

    @classmethod
    def place(
        cls, page: MirroredPage, product: MirroredProduct, price: int, customer_id: UUID, now: datetime
    ) -> "Order":
        """At `price`, which is the product's of this moment, or the buyer's own."""
        return cls(
            id=new_id(),
            sales_page_id=page.id,
            product_id=product.id,
            creator_id=page.creator_id,
            customer_id=customer_id,
            price_in_cents=price,
            currency=product.currency,
            created_at=now,
        )

    @property
    def amount_due(self) -> int:
        return self.price_in_cents - self.discount_in_cents

    @property
    def was_fulfilled(self) -> bool:
        return self.paid_at is not None

    @property
    def owes_return(self) -> bool:
        """Paid, not fulfilled, and not gone back whole."""
        return self.payment_id is not None and not self.was_fulfilled and self.amount_refunded < self.amount_paid

    @property
    def gives_access(self) -> bool:
        paid = self.status in {S.COMPLETED, S.PARTIALLY_REFUNDED}
        return paid and self.was_fulfilled and not self.access_revoked

    def access_until(self, access_days: int) -> datetime:
        """When the download of a paid order ends: as it was granted or, until that is heard, as the product has it."""
        assert self.paid_at is not None
        return self.access_ends_at or self.paid_at + timedelta(days=access_days)

    def reduce(self, discount: int, code_id: UUID) -> None:
        """Before it is told: by a discount code."""
        self.discount_in_cents, self.discount_code_id = discount, code_id

    def placed(self) -> OrderPlaced:
        return self._tell(OrderPlaced)

    def complete(self, payment: Payment, key: DownloadKey, now: datetime) -> OrderPaid:
        """Paid in time, and in full; access counts from `now`, when the money is here, not from the confirmation."""
        if self.payment_id is not None:
            raise TransitionRefused(self.status, S.COMPLETED)
        self._enter(S.COMPLETED, coming_from=UNPAID)
        self._record(payment)
        self.paid_at, self.reason = now, None
        self.link_generation, self.link_key_id = 1, key.key_id
        return self._tell(OrderPaid, token_hash=key.token_hash, link_generation=1)

    def fail(self, reason: str) -> OrderFailed:
        """The payment came to nothing."""
        return self._end(S.FAILED, reason)

    def expire(self, reason: str) -> OrderFailed:
        """The time to pay it is over."""
        return self._end(S.EXPIRED, reason)

    def refuse_payment(self, payment: Payment, reason: str) -> None:
        """It was paid after it had ended, and its page's policy sends the money back."""
        if self.status not in {S.FAILED, S.EXPIRED} or self.payment_id is not None:
            raise TransitionRefused(self.status, S.REFUNDED)
        self._record(payment)
        self.reason = reason
        self.version += 1

    def put_in_review(self, reason: str, payment: Payment | None = None) -> None:
        """A person has to look at it; nothing is delivered by itself meanwhile."""
        if payment is not None:
            self._record(payment)
        self.needs_review, self.reason = True, reason
        self.version += 1

    def end_review(self, *, lost: int) -> list[OrderFailed]:
        """A person has looked at it; `reason` stays. `lost`: what banks took back. Raises ReviewOpen while it waits."""
        waits = self.owes_return and self.amount_refunded + lost < self.amount_paid
        unpaid = self.status is S.PROCESSING and self.payment_id is None
        if self.needs_review and (waits or unpaid):
            raise ReviewOpen
        self.needs_review = False
        self.version += 1
        return [self.fail("lost-in-review")] if self.status is S.PROCESSING else []

    def refunded_to(self, total: int, *, revoke: bool) -> list[OrderFailed | OrderRefunded]:
        """Stripe says that `total` of the payment has gone back; `revoke` if a refund so far takes the access."""
        revoked = total >= self.amount_paid or revoke
        if (total, revoked) == (self.amount_refunded, self.access_revoked) or self.amount_paid == 0:
            return []
        told: list[OrderFailed | OrderRefunded] = []
        if self.status is S.PROCESSING and total >= self.amount_paid:
            told.append(self.fail("refunded-in-review"))
        self.amount_refunded, self.access_revoked = total, revoked
        self._follow_refunds()
        self.version += 1
        return [*told, self._tell(OrderRefunded, access_revoked=revoked)]

    def _follow_refunds(self) -> None:
        if self.status is S.DISPUTED:
            self.status_before_dispute = self._by_refunds()
        elif self.status is S.CHARGED_BACK:
            self.needs_review = True  # the money went back twice: by the bank, and by a refund
        elif self.was_fulfilled:
            self._enter(self._by_refunds(), again=True)
        elif self.amount_refunded >= self.amount_paid:
            self._enter(S.REFUNDED, again=True)
            self.needs_review = False
        else:
            self.needs_review = True  # money that was to go back in full has not

    def _by_refunds(self) -> OrderStatus:
        if self.amount_refunded >= self.amount_paid:
            return S.REFUNDED
        return S.PARTIALLY_REFUNDED if self.amount_refunded else S.COMPLETED

    def dispute(self) -> OrderDisputed:
        """The buyer's bank asks for the money back; access is suspended until it is closed."""
        before = self.status
        self._enter(S.DISPUTED)
        self.status_before_dispute = before
        self.version += 1
        return self._tell(OrderDisputed)

    def close_dispute(self, *, lost: bool) -> DisputeClosed:
        """The bank decided."""
        before = self.status_before_dispute or S.COMPLETED
        self._enter(S.CHARGED_BACK if lost else before, coming_from=frozenset({S.DISPUTED}))
        self.status_before_dispute = None
        self.version += 1
        return self._tell(DisputeClosed)

    def reissue_link(self, key: DownloadKey) -> OrderLinkReissued:
        """A new generation of the link; `key` is of that generation. Raises NoAccess."""
        if not self.gives_access:
            raise NoAccess
        self.link_generation += 1
        self.link_key_id = key.key_id
        self.version += 1
        return self._tell(OrderLinkReissued, token_hash=key.token_hash, link_generation=self.link_generation)

    def check_refundable(self) -> None:
        """Raises NotRefundable: only what was paid and has not gone back; what was fulfilled, unless it is disputed."""
        if self.owes_return:
            return
        if self.payment_id is None or self.status not in {S.COMPLETED, S.PARTIALLY_REFUNDED}:
            raise NotRefundable(f"The order is {self.status.value.replace('_', ' ')}.")

    def _end(self, status: OrderStatus, reason: str) -> OrderFailed:
        self._enter(status)
        self.reason = reason
        self.version += 1
        return self._tell(OrderFailed)

    def _record(self, payment: Payment) -> None:
        self.payment_id = payment.id
        self.amount_paid = payment.amount
        self.version += 1

    def _enter(
        self, status: OrderStatus, *, coming_from: frozenset[OrderStatus] = frozenset(S), again: bool = False
    ) -> None:
        """The only place where the status changes. `again`: to stay is no transition."""
        if again and status is self.status:
            return
        if self.status not in coming_from or status not in TRANSITIONS[self.status]:
            raise TransitionRefused(self.status, status)
        self.status = status

    def _tell(self, event: type[Told], **more: object) -> Told:
        return event.model_validate({**self.model_dump(include=set(OrderState.model_fields)), **more})
