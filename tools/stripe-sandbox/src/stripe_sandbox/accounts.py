"""Connected accounts. How their owners are onboarded is in onboarding.py.

Source: Stripe, API reference, Accounts (v1).
"""

from stripe_sandbox.account_params import BUSINESS_PROFILE, CREATE, UPDATE
from stripe_sandbox.books import Books, fresh
from stripe_sandbox.currencies import check_currency, currency_of
from stripe_sandbox.errors import Json, Malformed, Refusal, no_access
from stripe_sandbox.events import tell
from stripe_sandbox.listing import page
from stripe_sandbox.operations import Asked, Operation, accepts
from stripe_sandbox.params import LISTING, Hash, merged

STANDARD = {
    "fees": {"payer": "account"},
    "losses": {"payments": "stripe"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "full"},
}
EXPRESS = {
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
}
CUSTOM = EXPRESS | {"requirement_collection": "application", "stripe_dashboard": {"type": "none"}}
CONTROLLERS: dict[str, Json] = {"standard": STANDARD, "express": EXPRESS, "custom": CUSTOM}

DUE = ["business_type", "external_account", "representative.first_name", "tos_acceptance.date", "tos_acceptance.ip"]


def _create(books: Books, asked: Asked) -> Json:
    params = asked.params
    if "type" in params and "controller" in params:
        raise Malformed("You cannot provide both the `type` and `controller` parameters.", param="type")
    country = params.get("country", books.config.country)
    controller, kind = _controller(params)
    capabilities = params.get("capabilities", {})
    if kind == "standard" and not capabilities:
        capabilities = {"card_payments": {"requested": True}, "transfers": {"requested": True}}
    account = fresh(books, "account", "acct_1", {
        "business_profile": dict.fromkeys(BUSINESS_PROFILE) | params.get("business_profile", {}),
        "business_type": params.get("business_type"),
        "capabilities": {},
        "charges_enabled": False,
        "controller": controller,
        "country": country,
        "default_currency": check_currency(params.get("default_currency", currency_of(country)), "default_currency"),
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": ""},
        "future_requirements": requirements([]),
        "metadata": merged({}, params.get("metadata", {})),
        "payouts_enabled": False,
        "requirements": requirements(DUE),
        "settings": {"dashboard": {"display_name": None, "timezone": "Etc/UTC"}, **params.get("settings", {})},
        "tos_acceptance": {"date": None},
        "type": kind,
        "_deauthorized": False,
        "_settles_in": None,
    }, length=15)  # fmt: skip
    del account["livemode"]
    account["external_accounts"]["url"] = f"/v1/accounts/{account['id']}/external_accounts"
    _request(account, capabilities)
    return books.put(account)


def _controller(params: Json) -> tuple[Json, str]:
    """How the account is controlled, and the account type that amounts to."""
    kind = params.get("type", "none" if "controller" in params else "standard")
    chosen = (STANDARD if kind == "none" else CONTROLLERS[kind]) | params.get("controller", {})
    if kind == "none":
        kind = next((name for name, controller in CONTROLLERS.items() if controller == chosen), "none")
    own = {"type": "application"} | ({} if chosen == STANDARD else {"is_controller": True})
    return {**chosen, **own}, kind


def requirements(due: list[str]) -> Json:
    """What Stripe still wants to know before the account can be used."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": "requirements.past_due" if due else None,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }


def _request(account: Json, capabilities: Json) -> None:
    """Capabilities become active with the account, inactive until then, absent when no longer requested."""
    for name, wanted in capabilities.items():
        if wanted.get("requested", True):
            account["capabilities"][name] = "active" if account["charges_enabled"] else "inactive"
        else:
            account["capabilities"].pop(name, None)


def connected(books: Books, identifier: str) -> Json:
    """An account that is there and still connected; else 403, as Stripe hides which."""
    account = books.store.get(identifier)
    if account is None or account["object"] != "account" or account["_deauthorized"]:
        raise no_access(identifier)
    return account


def _retrieve(books: Books, asked: Asked) -> Json:
    return connected(books, asked.id)


def _own(books: Books, _: Asked) -> Json:
    """The account in whose name the request is made: a connected one, or the platform itself."""
    if books.cause.account:
        return connected(books, books.cause.account)
    return {
        "id": "acct_sandboxplatform",
        "object": "account",
        "charges_enabled": True,
        "country": books.config.country,
        "default_currency": currency_of(books.config.country),
        "details_submitted": True,
        "email": "platform@example.com",
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Sandbox platform", "timezone": "Etc/UTC"}},
        "type": "standard",
    }


def _update(books: Books, asked: Asked) -> Json:
    account, params = connected(books, asked.id), asked.params
    before: Json = {name: account[name] for name in ("business_type", "email", "metadata") if name in params}
    account |= {name: params[name] for name in ("business_type", "email") if name in params}
    for name in ("business_profile", "settings"):
        account[name] |= params.get(name, {})
    if "metadata" in params:
        account["metadata"] = merged(account["metadata"], params["metadata"])
    _request(account, params.get("capabilities", {}))
    updated(books, account, before)
    return account


def settle_in(books: Books, account: Json, currency: str) -> None:
    """From now on the account is paid in `currency`, whatever that of a charge is."""
    before = {"default_currency": account["default_currency"]}
    account["default_currency"] = account["_settles_in"] = check_currency(currency, "default_currency")
    updated(books, account, before)


def updated(books: Books, account: Json, before: Json) -> None:
    """Write an account and tell its Connect endpoints."""
    tell(books, "account.updated", books.put(account), account=account["id"], previous=before)


def _list(books: Books, asked: Asked) -> Json:
    here = ["json_extract(body, '$._deauthorized') = 0"]
    return page(books, "account", "/v1/accounts", asked.params, here)


def _delete(books: Books, asked: Asked) -> Json:
    account = connected(books, asked.id)
    books.store.delete(account["id"])
    return {"id": account["id"], "object": "account", "deleted": True}


def _login_link(books: Books, asked: Asked) -> Json:
    account = connected(books, asked.id)
    if account["type"] != "express" or not account["details_submitted"]:
        raise Refusal("Cannot create a login link for an account that has not completed onboarding.")
    return {"object": "login_link", "created": books.now(), "url": f"{books.config.public_url}/#{account['id']}"}


OPERATIONS = [
    Operation("POST", "/v1/accounts", _create, CREATE),
    Operation("GET", "/v1/accounts", _list, Hash(LISTING)),
    Operation("GET", "/v1/accounts/{id}", _retrieve, accepts()),
    Operation("POST", "/v1/accounts/{id}", _update, UPDATE),
    Operation("DELETE", "/v1/accounts/{id}", _delete, accepts()),
    Operation("POST", "/v1/accounts/{id}/login_links", _login_link, accepts()),
    Operation("GET", "/v1/account", _own, accepts(), for_accounts=True),
]
