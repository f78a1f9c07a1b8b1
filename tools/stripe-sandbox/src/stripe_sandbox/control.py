"""What only a sandbox can do: `/sandbox/control/...`, for tests (JSON) and the dashboard (forms).

No key is asked for: it is for this machine. Every control is listed in CONTROLS, which the README explains.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stripe_sandbox import accounts, deliveries, disputes, onboarding, paying, refunds, sessions, webhook_endpoints
from stripe_sandbox.books import Books, new_id, shown
from stripe_sandbox.errors import Json, Refusal
from stripe_sandbox.ledger import ledger
from stripe_sandbox.operations import Asked
from stripe_sandbox.sandbox import Sandbox

PREFIX = "/sandbox/control"


@dataclass(frozen=True)
class Told:
    """One use of a control: the id in its path, and the fields of its body."""

    sandbox: Sandbox
    books: Books
    id: str
    fields: Json

    def text(self, name: str, default: str) -> str:
        """A word."""
        return str(self.fields.get(name) or default)

    def number(self, name: str, default: float) -> float:
        """A number, which a form spells as text."""
        return float(self.fields.get(name, default))

    def whole(self, name: str, default: int) -> int:
        """A whole number."""
        return int(self.fields.get(name, default))

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self.fields.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("true", "on", "1", "yes")


Control = Callable[[Told], Any]


def _pay(told: Told) -> Json:
    buyer = paying.Buyer(told.fields.get("email", "buyer@example.com"), told.fields.get("name", "Sandbox Buyer"))
    method = told.text("method", "pay")
    if method in ("approve", "refuse"):
        return {"approve": paying.approve, "refuse": paying.refuse}[method](told.books, told.id)
    if method == "delay":
        return paying.delay(told.books, told.id, told.number("seconds", 5))
    ways = {
        "authenticate": paying.authenticate,
        "decline": paying.decline,
        "later": paying.pay_later,
        "pay": paying.pay,
    }
    if method not in ways:
        raise ValueError(f"method is one of {', '.join([*ways, 'approve', 'refuse', 'delay'])}")
    return ways[method](told.books, told.id, buyer)


def _settle(told: Told) -> Json:
    return paying.settle(told.books, told.id, _one_of(told, "outcome", ("succeeded", "failed")) == "succeeded")


def _one_of(told: Told, name: str, words: tuple[str, ...]) -> str:
    word = told.text(name, words[0])
    if word not in words:
        raise ValueError(f"{name} is one of {', '.join(words)}")
    return word


def _elapse(told: Told) -> Json:
    """The session's time is over now."""
    session = paying.open_session(told.books, told.id)
    session["expires_at"] = told.books.now()
    sessions.expire(told.books, session)
    return session


def _charge(told: Told) -> Json:
    """The charge meant by a charge's id or its PaymentIntent's."""
    if told.id.startswith("pi_"):
        return told.books.need("charge", str(told.books.need("payment_intent", told.id)["latest_charge"]))
    return told.books.need("charge", told.id)


def _refund(told: Told) -> Json:
    """Refund as a person does at Stripe's dashboard, shares of a destination charge taken back."""
    charge = _charge(told)
    params: Json = {"charge": charge["id"], "reason": "requested_by_customer"}
    params |= {"reverse_transfer": bool(charge["transfer"]), "refund_application_fee": bool(charge["application_fee"])}
    if told.fields.get("amount"):
        params["amount"] = told.whole("amount", 0)
    return refunds.create(told.books, Asked(params))


def _next_refunds(told: Told) -> Json:
    outcome = _one_of(told, "outcome", ("pending", "failed", "succeeded"))
    planned = {"outcome": outcome, "times": told.whole("times", 1)}
    told.books.store.set(refunds.NEXT_OUTCOME, None if outcome == "succeeded" else planned)
    return planned


def _refund_outcome(told: Told) -> Json:
    refund = told.books.need("refund", told.id)
    if _one_of(told, "outcome", ("succeeded", "failed")) == "succeeded":
        if refund["status"] != "pending":
            raise ValueError("the refund is not pending")
        return refunds.succeed(told.books, refund)
    if refund["status"] == "failed":
        raise ValueError("the refund has failed already")
    return refunds.fail(told.books, refund, told.text("reason", "lost_or_stolen_card"))


def _dispute(told: Told) -> Json:
    amount = told.whole("amount", 0) or None
    reason = told.text("reason", "fraudulent")
    return disputes.open_dispute(told.books, _charge(told), amount, reason, told.flag("inquiry"))


def _decide(told: Told) -> Json:
    dispute = told.books.need("dispute", told.id)
    return disputes.decide(told.books, dispute, _one_of(told, "outcome", ("won", "lost", "warning_closed")))


def _account(act: Callable[[Books, Json], None]) -> Control:
    def control(told: Told) -> Json:
        account = accounts.connected(told.books, told.id)
        act(told.books, account)
        return account

    return control


def _onboard(told: Told) -> Json:
    account = accounts.connected(told.books, told.id)
    onboarding.onboard(told.books, account, told.flag("verified", True))
    return account


def _settle_in(told: Told) -> Json:
    account = accounts.connected(told.books, told.id)
    accounts.settle_in(told.books, account, told.text("default_currency", account["default_currency"]))
    return account


def _webhooks(told: Told) -> Json:
    store = told.books.store
    endpoints = store.find("webhook_endpoint")
    return {
        "paused": store.setting(deliveries.PAUSED, False),
        "disturbance": store.setting(deliveries.DISTURBANCE),
        "deliveries": deliveries.counts(told.books),
        "endpoints": [{**shown(e), "connect": e["_connect"], "secrets": e["_secrets"]} for e in endpoints],
    }


def _pause(told: Told) -> Json:
    deliveries.pause(told.books)
    return _webhooks(told)


def _release(told: Told) -> Json:
    order = _one_of(told, "order", deliveries.ORDERS)
    return {"released": deliveries.release(told.books, order, told.whole("seed", 0), told.whole("copies", 1))}


def _disturb(told: Told) -> Json:
    """Duplicate and delay every delivery from now on; without fields, no more."""
    wanted = None
    if told.fields:
        low, high = told.number("delay_min", 0), told.number("delay_max", 0)
        if not 0 <= low <= high:
            raise ValueError("0 <= delay_min <= delay_max")
        wanted = {"duplicates": told.whole("duplicates", 0), "delay_min": low, "delay_max": high}
        wanted["seed"] = told.whole("seed", 0)
    told.books.store.set(deliveries.DISTURBANCE, wanted)
    return _webhooks(told)


def _redeliver(told: Told) -> Json:
    event = told.books.need("event", told.id)
    connect = "account" in event
    endpoints = webhook_endpoints.listening(told.books, event["type"], connect)
    wanted = [e["id"] for e in endpoints if told.text("endpoint", e["id"]) == e["id"]]
    for endpoint in wanted * told.whole("times", 1):
        deliveries.owe(told.books, event["id"], endpoint, told.number("delay", 0))
    return {"endpoints": wanted, "times": told.whole("times", 1)}


def _rotate(told: Told) -> Json:
    secret = told.fields.get("secret")
    return {"secret": webhook_endpoints.rotate(told.books, told.id, secret, told.flag("keep_old", True))}


def _add_fault(told: Told) -> Json:
    return told.sandbox.faults.add(told.fields)


def _remove_faults(told: Told) -> list[Json]:
    told.sandbox.faults.remove(told.id or None)
    return told.sandbox.faults.all()


CONTROLS: list[tuple[str, str, Control]] = [
    ("POST", "/sessions/{id}/pay", _pay),
    ("POST", "/sessions/{id}/settle", _settle),
    ("POST", "/sessions/{id}/elapse", _elapse),
    ("POST", "/charges/{id}/refund", _refund),
    ("POST", "/charges/{id}/dispute", _dispute),
    ("POST", "/charges/{id}/warn", lambda told: disputes.warn(told.books, _charge(told))),
    ("POST", "/refunds/next", _next_refunds),
    ("POST", "/refunds/{id}/outcome", _refund_outcome),
    ("POST", "/disputes/{id}/decide", _decide),
    (
        "POST",
        "/disputes/{id}/escalate",
        lambda told: disputes.escalate(told.books, told.books.need("dispute", told.id)),
    ),
    ("POST", "/accounts/{id}/onboard", _onboard),
    ("POST", "/accounts/{id}/currency", _settle_in),
    ("POST", "/accounts/{id}/restrict", _account(onboarding.restrict)),
    ("POST", "/accounts/{id}/deauthorize", _account(onboarding.deauthorize)),
    ("GET", "/webhooks", _webhooks),
    ("POST", "/webhooks/pause", _pause),
    ("POST", "/webhooks/release", _release),
    ("POST", "/webhooks/retry", lambda told: {"due": deliveries.retry_now(told.books)}),
    ("POST", "/webhooks/disturb", _disturb),
    ("POST", "/webhook_endpoints/{id}/rotate", _rotate),
    ("GET", "/deliveries", lambda told: deliveries.latest(told.books, told.fields.get("event"))),
    ("POST", "/events/{id}/deliver", _redeliver),
    ("GET", "/faults", lambda told: told.sandbox.faults.all()),
    ("POST", "/faults", _add_fault),
    ("DELETE", "/faults", _remove_faults),
    ("DELETE", "/faults/{id}", _remove_faults),
    ("GET", "/ledger", lambda told: ledger(told.books)),
]


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """Every control."""
    return [Route(PREFIX + path, _endpoint(sandbox, act), methods=[method]) for method, path, act in CONTROLS]


def _endpoint(sandbox: Sandbox, act: Control) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            fields, from_form = await _fields(request)
            with sandbox.store.transaction():
                result = act(Told(sandbox, sandbox.books(), request.path_params.get("id", ""), fields))
        except Refusal as refusal:
            return JSONResponse(refusal.body(new_id("req_", 14), int(sandbox.clock())), refusal.status)
        except (paying.NotOpen, paying.NotOffered) as error:
            return _problem(str(error), 409)
        except (ValueError, TypeError, KeyError) as error:
            return _problem(str(error), 422)
        if from_form:
            return RedirectResponse("/", status_code=303)
        return JSONResponse(shown(result) if isinstance(result, dict) else result)

    return answer


def _problem(message: str, status: int) -> Response:
    return JSONResponse({"error": {"message": message, "type": "sandbox_error"}}, status)


async def _fields(request: Request) -> tuple[Json, bool]:
    """The body's fields, JSON or form, or the query's; and whether a form was sent."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        async with request.form() as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}, True
    body = await request.body()
    fields = json.loads(body) if body else dict(request.query_params)
    if not isinstance(fields, dict):
        raise ValueError("the body is a JSON object")
    return fields, False
