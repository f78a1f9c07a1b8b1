"""What checkout needs of a payment provider, in words of its own."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class SessionRequest(Fact):
    """A page to pay one order on. Amounts in the currency's smallest unit; the fee is part of the price."""

    order_id: UUID
    product_name: str
    amount: int
    currency: str
    destination: str
    """The connected account that is paid."""
    application_fee: int
    expires_at: datetime
    success_url: str
    cancel_url: str
    email: str | None = None


class OpenedSession(Fact):
    id: str
    url: str | None


class SessionFacts(Fact):
    """What became of a session. Facts only add up: one told late, or again, takes nothing back."""

    id: str
    order_id: UUID
    paid: bool = False
    failed: bool = False
    """Complete, but its money never arrived."""
    expired: bool = False
    payment_id: str | None = None
    amount: int
    currency: str
    email: str | None = None
    name: str | None = None
    committed_at: datetime | None = None
    """When the buyer confirmed the payment, where this fact knows it."""


class RefundRequest(Fact):
    refund_id: UUID
    order_id: UUID
    payment_id: str
    amount: int
    with_application_fee: bool


class RefundFacts(Fact):
    id: str
    refund_id: UUID | None
    """Ours, where we asked for it."""
    amount: int
    status: str
    failure: str | None = None
    created_at: datetime


class PaymentFacts(Fact):
    """What a payment has brought, and what of it has gone back."""

    payment_id: str
    order_id: UUID
    captured: int
    refunded: int
    to_creator: int | None
    """What of it stands in the connected account's books, the platform's fee included, which is taken from there;
    None where these are kept in another currency.
    """
    currency: str


class Ledger(Fact):
    """A payment's refunds at one moment."""

    payment_id: str
    amount_refunded: int
    refunds: tuple[RefundFacts, ...]

    def of(self, refund_id: UUID) -> RefundFacts | None:
        """The refund that we asked for as `refund_id`."""
        return next((refund for refund in self.refunds if refund.refund_id == refund_id), None)


class EvidenceRequest(Fact):
    """`texts` by Stripe's names of evidence; `document` is a PDF."""

    dispute_id: str
    texts: dict[str, str]
    document: bytes
    submit: bool


class DisputeFacts(Fact):
    id: str
    payment_id: str
    amount: int
    currency: str
    reason: str
    status: str
    created_at: datetime
    due_by: datetime | None = None

    @property
    def is_inquiry(self) -> bool:
        return self.status.startswith("warning_")

    @property
    def is_closed(self) -> bool:
        return self.status in {"won", "lost", "warning_closed", "prevented"}


class NoticeKind(StrEnum):
    SESSION = "session"
    REFUND = "refund"
    DISPUTE = "dispute"
    ATTEMPT_FAILED = "attempt_failed"


class Notice(Fact):
    """One event of the provider's that checkout acts on."""

    id: str
    type: str
    kind: NoticeKind
    created_at: datetime
    payment_id: str | None = None
    session: SessionFacts | None = None
    dispute: DisputeFacts | None = None


class ProviderRefused(Exception):
    """The provider understood and will not do it, now or later."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code or "refused")
        self.code = code


class ProviderUnavailable(Exception):
    """Whether it was done is not known. `answered`: the answer was an error, which the same key would only repeat."""

    def __init__(self, reason: str, *, answered: bool = False) -> None:
        super().__init__(reason)
        self.answered = answered


class Payments(Protocol):
    """Every method calls out: never inside a transaction. Raises ProviderRefused or ProviderUnavailable."""

    async def open_session(self, asked: SessionRequest, idempotency_key: str) -> OpenedSession: ...

    async def session(self, session_id: str) -> SessionFacts:
        """What it is at this moment."""

    async def end_session(self, session_id: str) -> SessionFacts:
        """Expire it if it is open; what it is now either way."""

    async def refund(self, asked: RefundRequest, idempotency_key: str) -> RefundFacts:
        """Money back to the buyer, and the creator's and the platform's shares with it, in proportion."""

    async def payments(self, since: datetime, until: datetime) -> list[PaymentFacts]:
        """Those begun in [since, until) for orders of ours."""

    async def submit_evidence(self, asked: EvidenceRequest) -> None:
        """Set a dispute's evidence, and with `submit` hand it to the bank."""

    async def ledger(self, payment_id: str) -> Ledger: ...
