"""Refusals in the shape of Stripe's, ready to be answered.

Source: Stripe, API reference, Errors; messages as the API words them where they are public.
"""

from typing import Any

Json = dict[str, Any]

DOCS = "https://stripe.com/docs/error-codes/"


class Refusal(Exception):
    """An answer other than 2xx: an HTTP status and the fields of Stripe's `error` object."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.status = status
        self.kind = kind
        self.headers = headers or {}

    def body(self, request_id: str, now: int) -> Json:
        """The answer's body; fields that do not apply are absent, as at Stripe."""
        log = f"https://dashboard.stripe.com/test/logs/{request_id}?t={now}"
        fields: Json = {"message": self.message, "param": self.param, "request_log_url": log, "type": self.kind}
        if self.code:
            fields |= {"code": self.code, "doc_url": DOCS + self.code.replace("_", "-")}
        return {"error": {name: fields[name] for name in sorted(fields) if fields[name] is not None}}


class Malformed(Refusal):
    """Parameters that fail validation: the operation never begins, so no idempotent result is kept."""


def missing(kind: str, identifier: str, param: str = "id", status: int = 404) -> Refusal:
    """`kind` in words, as in "No such payment_intent"; status 400 where the object is named by a parameter."""
    return Refusal(f"No such {kind}: '{identifier}'", code="resource_missing", param=param, status=status)


def unrecognized(method: str, path: str) -> Refusal:
    """There is no such operation."""
    return Refusal(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
        status=404,
    )


def no_key() -> Refusal:
    """401: the request bears no API key."""
    return Refusal(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
        "details, or we can help at https://support.stripe.com/.",
        status=401,
        headers={"www-authenticate": 'Bearer realm="Stripe"'},
    )


def wrong_key(key: str) -> Refusal:
    """401: another key than ours; shown with its middle starred out."""
    shown = key[:8] + "*" * max(len(key) - 12, 0) + key[-4:] if len(key) > 12 else "*" * len(key)
    return Refusal(f"Invalid API Key provided: {shown}", status=401)


def wrong_version(version: str) -> Refusal:
    """400: not the name of an API version."""
    return Refusal(f"Invalid Stripe API version: {version}")


def no_access(account: str) -> Refusal:
    """403: an account that is not connected to this platform, or no longer."""
    return Refusal(
        f"The provided key 'sk_test_***' does not have access to account '{account}' (or that account does not exist). "
        "Application access may have been revoked.",
        code="account_invalid",
        status=403,
    )
