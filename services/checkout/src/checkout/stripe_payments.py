"""The only room that speaks Stripe: calls to its API, and the signature of its webhooks.

Source: Stripe, as of 2026-10-28.endive: API reference (Checkout Sessions, Refunds), destination charges, webhooks.
"""

import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Self, cast

import stripe
from stripe import SignatureVerificationError, StripeClient, StripeError, WebhookSignature
from stripe.params import DisputeUpdateParamsEvidence, PaymentIntentListParamsCreated, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from checkout import stripe_facts
from checkout.errors import BadSignature, NotAnEvent
from checkout.ports import (
    EvidenceRequest,
    Ledger,
    OpenedSession,
    PaymentFacts,
    ProviderRefused,
    ProviderUnavailable,
    RefundFacts,
    RefundRequest,
    SessionFacts,
    SessionRequest,
)
from checkout.stripe_facts import Json

TIMEOUT_SECONDS = 10
TOLERANCE_SECONDS = 300
"""How far a webhook's time may be off, either way."""


class StripePayments:
    """`Payments` by Stripe: destination charges on behalf of the creator's connected account."""

    def __init__(self, secret_key: str, api_base: str | None, api_version: str | None) -> None:
        self._http = stripe.HTTPXClient(timeout=TIMEOUT_SECONDS)
        self._client = StripeClient(
            secret_key,
            stripe_version=api_version,
            base_addresses={"api": api_base, "files": api_base} if api_base else {},
            http_client=self._http,
            max_network_retries=1,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def open_session(self, asked: SessionRequest, idempotency_key: str) -> OpenedSession:
        async with _speaking():
            session = await self._client.v1.checkout.sessions.create_async(
                _session_params(asked), {"idempotency_key": idempotency_key}
            )
        return OpenedSession(id=session.id, url=session.url)

    async def session(self, session_id: str) -> SessionFacts:
        async with _speaking():
            session = await self._client.v1.checkout.sessions.retrieve_async(
                session_id, {"expand": ["payment_intent.latest_charge"]}
            )
        return stripe_facts.retrieved(session.to_dict())

    async def end_session(self, session_id: str) -> SessionFacts:
        try:
            async with _speaking():
                await self._client.v1.checkout.sessions.expire_async(session_id)
        except ProviderRefused:
            pass  # not open any more: it was paid, or had expired by itself
        return await self.session(session_id)

    async def refund(self, asked: RefundRequest, idempotency_key: str) -> RefundFacts:
        params: RefundCreateParams = {
            "payment_intent": asked.payment_id,
            "amount": asked.amount,
            "reverse_transfer": True,
            "metadata": {"order_id": str(asked.order_id), "refund_id": str(asked.refund_id)},
        }
        if asked.with_application_fee:
            params["refund_application_fee"] = True
        async with _speaking():
            refund = await self._client.v1.refunds.create_async(params, {"idempotency_key": idempotency_key})
        return stripe_facts.refund(refund.to_dict())

    async def payments(self, since: datetime, until: datetime) -> list[PaymentFacts]:
        window: PaymentIntentListParamsCreated = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        async with _speaking():
            listed = await self._client.v1.payment_intents.list_async(
                {"created": window, "limit": 100, "expand": ["data.latest_charge.transfer"]}
            )
            found = [stripe_facts.payment(intent.to_dict()) async for intent in listed.auto_paging_iter()]
        return [facts for facts in found if facts is not None]

    async def submit_evidence(self, asked: EvidenceRequest) -> None:
        document = io.BytesIO(asked.document)
        document.name = "evidence.pdf"
        async with _speaking():
            file = await self._client.v1.files.create_async({"purpose": "dispute_evidence", "file": document})
            evidence = cast("DisputeUpdateParamsEvidence", {**asked.texts, "service_documentation": file.id})
            await self._client.v1.disputes.update_async(
                asked.dispute_id, {"evidence": evidence, "submit": asked.submit}
            )

    async def ledger(self, payment_id: str) -> Ledger:
        async with _speaking():
            intent = await self._client.v1.payment_intents.retrieve_async(payment_id, {"expand": ["latest_charge"]})
            listed = await self._client.v1.refunds.list_async({"payment_intent": payment_id, "limit": 100})
            refunds = [stripe_facts.refund(refund.to_dict()) async for refund in listed.auto_paging_iter()]
        charge = intent.to_dict()["latest_charge"] or {}
        return Ledger(payment_id=payment_id, amount_refunded=charge.get("amount_refunded", 0), refunds=tuple(refunds))


def _session_params(asked: SessionRequest) -> SessionCreateParams:
    metadata = {"order_id": str(asked.order_id)}
    params: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": str(asked.order_id),
        "metadata": metadata,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": asked.currency.lower(),
                    "unit_amount": asked.amount,
                    "product_data": {"name": asked.product_name},
                },
            }
        ],
        "payment_intent_data": {
            "metadata": metadata,
            "on_behalf_of": asked.destination,
            "transfer_data": {"destination": asked.destination},
        },
        "expires_at": int(asked.expires_at.timestamp()),
        "success_url": asked.success_url,
        "cancel_url": asked.cancel_url,
    }
    if asked.application_fee:
        params["payment_intent_data"]["application_fee_amount"] = asked.application_fee
    if asked.email:
        params["customer_email"] = asked.email
    return params


@asynccontextmanager
async def _speaking() -> AsyncIterator[None]:
    """Stripe's errors in the words of `ports`."""
    try:
        yield
    except stripe.APIConnectionError as error:
        raise ProviderUnavailable("not reached") from error
    except (stripe.RateLimitError, stripe.AuthenticationError) as error:
        raise ProviderUnavailable(type(error).__name__) from error
    except StripeError as error:
        status = error.http_status or 500
        if status == 409:
            raise ProviderUnavailable("a request under the same key is being answered") from error
        if status >= 500 or isinstance(error, stripe.IdempotencyError):
            raise ProviderUnavailable(f"answered {status}", answered=True) from error
        raise ProviderRefused(error.code) from error


def verified(body: bytes, signature: str | None, secrets: Sequence[str], now: datetime) -> Json:
    """The event in `body`, signed under one of `secrets` within five minutes of `now`; raises BadSignature."""
    if not any(_signed(body, signature, secret) for secret in secrets):
        raise BadSignature
    assert signature is not None
    told_at = next(part.split("=")[1] for part in signature.split(",") if part.startswith("t="))
    if abs(now.timestamp() - int(told_at)) > TOLERANCE_SECONDS:  # the SDK looks at the past alone
        raise BadSignature
    return _parsed(body)


def _parsed(body: bytes) -> Json:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAnEvent from error
    if not isinstance(event, dict):
        raise NotAnEvent
    return event


def _signed(body: bytes, signature: str | None, secret: str) -> bool:
    if signature is None or not signature.isascii():  # the SDK compares ASCII alone, and raises TypeError for all else
        return False
    try:
        WebhookSignature.verify_header(body, signature, secret)
    except (SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
