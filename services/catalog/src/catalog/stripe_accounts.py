"""Creators' accounts at Stripe, and what its Connect endpoint tells: the only room of catalog that speaks Stripe."""

import json
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import UUID

import stripe
from contracts.catalog import StripeAccount

from catalog.errors import BadSignature, StripeRefused, StripeUnavailable
from catalog.ports import ConnectEvent
from catalog.settings import CatalogSettings

TOLERANCE_SECONDS = 300
ACCOUNT_LEFT = "account_invalid"
"""What Stripe calls an account that took our access away. Another 403 is about our key alone."""
SAME_KEY_IN_USE = 409
_TRY_LATER = (stripe.APIConnectionError, stripe.RateLimitError, stripe.IdempotencyError)


class StripeAccounts:
    """Express accounts: Stripe asks their owners what it must know, the platform answers for fees and losses."""

    def __init__(self, settings: CatalogSettings) -> None:
        self._public_url = settings.public_url
        self._http = stripe.HTTPXClient(timeout=10)
        base = settings.stripe_api_base
        self._client = stripe.StripeClient(
            settings.stripe_secret_key,
            stripe_version=settings.stripe_api_version,
            base_addresses={"api": base} if base else {},
            http_client=self._http,
            max_network_retries=2,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def create(self, creator_id: UUID, attempt: int) -> StripeAccount:
        """`card_payments` too, since charges are made on behalf of the account."""
        try:
            account = await self._client.v1.accounts.create_async(
                params={
                    "controller": {
                        "fees": {"payer": "application"},
                        "losses": {"payments": "application"},
                        "stripe_dashboard": {"type": "express"},
                    },
                    "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
                    "metadata": {"creator_id": str(creator_id)},
                },
                options={"idempotency_key": f"connect-account:{creator_id}:{attempt}"},
            )
        except stripe.StripeError as error:
            raise _problem(error) from error
        return _account(account)

    async def onboarding_link(self, account_id: str) -> str:
        pages = f"{self._public_url}/api/catalog/stripe"
        try:
            link = await self._client.v1.account_links.create_async(
                params={
                    "account": account_id,
                    "type": "account_onboarding",
                    "refresh_url": f"{pages}/refresh",
                    "return_url": f"{pages}/return",
                }
            )
        except stripe.StripeError as error:
            raise _problem(error) from error
        return link.url

    async def read(self, account_id: str) -> StripeAccount | None:
        try:
            return _account(await self._client.v1.accounts.retrieve_async(account_id))
        except stripe.StripeError as error:
            if error.error is not None and error.error.code == ACCOUNT_LEFT:
                return None
            raise _problem(error) from error


def _account(account: stripe.Account) -> StripeAccount:
    currency = account.default_currency
    return StripeAccount(
        id=account.id,
        charges_enabled=bool(account.charges_enabled),
        payouts_enabled=bool(account.payouts_enabled),
        details_submitted=bool(account.details_submitted),
        country=account.country,
        default_currency=currency.upper() if currency else None,
    )


def _problem(error: stripe.StripeError) -> StripeUnavailable | StripeRefused:
    status = error.http_status or 500
    if isinstance(error, _TRY_LATER) or status == SAME_KEY_IN_USE or status >= 500:
        return StripeUnavailable()
    return StripeRefused(error.user_message)


class ConnectWebhooks:
    """Believes what bears a signature under one of `secrets`, made within five minutes of now, either way."""

    def __init__(self, secrets: str) -> None:
        self._secrets = [secret.strip() for secret in secrets.split(",") if secret.strip()]

    def verified(self, body: bytes, signature: str, now: datetime) -> ConnectEvent:
        """The event in `body`, just as it came; raises BadSignature."""
        if not any(_signed(body, signature, secret) for secret in self._secrets):
            raise BadSignature
        if abs(now.timestamp() - _signed_at(signature)) > TOLERANCE_SECONDS:
            raise BadSignature
        return _event(body)


def _signed(body: bytes, signature: str, secret: str) -> bool:
    if not signature.isascii():  # the SDK compares ASCII alone, and raises TypeError for all else
        return False
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _signed_at(signature: str) -> int:
    """The SDK checks the signature over `t`, but accepts one from the future."""
    return int(next(item.split("=")[1] for item in signature.split(",") if item.startswith("t=")))


def _event(body: bytes) -> ConnectEvent:
    try:
        value = json.loads(body)
        return ConnectEvent(
            id=str(value["id"]),
            type=str(value["type"]),
            account_id=value.get("account"),
            created_at=datetime.fromtimestamp(value["created"], UTC),
        )
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        raise BadSignature("This is signed, but it is not an event.") from error
