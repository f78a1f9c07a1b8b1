"""Checkout Sessions: create, retrieve, expire, list. How a buyer pays one is in paying.py.

Source: Stripe, API reference, Checkout Sessions, as of 2026-10-28.endive.
"""

from stripe_sandbox import transfers
from stripe_sandbox.books import Books, fresh, new_id
from stripe_sandbox.currencies import DELAYED_METHODS, check_currency, check_total
from stripe_sandbox.errors import Json, Malformed, Refusal
from stripe_sandbox.events import tell
from stripe_sandbox.listing import page, whole
from stripe_sandbox.operations import Asked, Operation, accepts
from stripe_sandbox.params import LISTING, Choice, Email, Hash, Kind, Text, merged, missing_param
from stripe_sandbox.payments import cancel
from stripe_sandbox.session_params import CREATE, ECHOED

URL = "/v1/checkout/sessions"
DAY = 24 * 3600
SHORTEST = 30 * 60


def _create(books: Books, asked: Asked) -> Json:
    params = asked.params
    _check_payment_method_types(books, params)
    items, currency = _line_items(books, params)
    total = sum(item["amount_total"] for item in items)
    check_total(total, currency)
    intent_data = params.get("payment_intent_data", {})
    _check_money_routes(books, intent_data, total)
    fields = {**_plain(params), **_computed(books, params, total, currency)}
    session = fresh(books, "checkout.session", "cs_test_", fields, length=58)
    session["url"] = f"{books.config.public_url}/c/pay/{session['id']}"
    session |= {"_line_items": items, "_payment_intent_data": intent_data}
    books.schedule(session["expires_at"], "expire_session", session["id"])
    return books.put(session)


def _check_payment_method_types(books: Books, params: Json) -> None:
    if "payment_method_types" in params and books.cause.api_version[:10] >= "2026-09-30":
        raise Malformed(
            "The payment_method_types parameter is no longer supported. Use allowed_payment_method_types, or dynamic "
            "payment methods.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )


def _line_items(books: Books, params: Json) -> tuple[list[Json], str]:
    """The items as the API shows them, and the currency that they share."""
    items = [_line_item(books, given, f"line_items[{n}]") for n, given in enumerate(params["line_items"])]
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise Refusal("You cannot combine currencies on a single Checkout Session.", param="line_items")
    return items, currencies.pop()


def _line_item(books: Books, given: Json, name: str) -> Json:
    data, product = given["price_data"], given["price_data"]["product_data"]
    currency = check_currency(data["currency"], f"{name}[price_data][currency]")
    if "unit_amount" not in data:
        raise missing_param(f"{name}[price_data][unit_amount]")
    amount = data["unit_amount"] * given["quantity"]
    price = fresh(books, "price", "price_", {
        "active": False,
        "billing_scheme": "per_unit",
        "currency": currency,
        "custom_unit_amount": None,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod_", 14),
        "recurring": None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": data["unit_amount"],
        "unit_amount_decimal": str(data["unit_amount"]),
    })  # fmt: skip
    return {
        "id": new_id("li_"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": product["name"],
        "metadata": merged({}, given.get("metadata", {})),
        "price": price,
        "quantity": given["quantity"],
    }


def _check_money_routes(books: Books, data: Json, total: int) -> None:
    """Application fee, destination and settlement account have to make sense together, and be able to be paid."""
    name = "payment_intent_data[{}]".format
    fee, destination = data.get("application_fee_amount"), data.get("transfer_data", {}).get("destination")
    if fee is not None and not destination:
        raise Refusal(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param=name("application_fee_amount"),
        )
    if fee is not None and fee > total:
        raise Refusal(
            "The application fee cannot be greater than the total amount of the payment.",
            param=name("application_fee_amount"),
        )
    if data.get("transfer_data", {}).get("amount") and fee is not None:
        raise Refusal(
            "You may only specify one of these parameters: application_fee_amount, transfer_data[amount].",
            param=name("application_fee_amount"),
        )
    if destination:
        transfers.check_destination(books, destination, name("transfer_data][destination"))
    if on_behalf_of := data.get("on_behalf_of"):
        transfers.check_on_behalf_of(books, on_behalf_of, name("on_behalf_of"))


def _plain(params: Json) -> Json:
    """The fields that only repeat what was asked."""
    email = params.get("customer_email")
    details = {"address": None, "business_name": None, "email": email, "individual_name": None, "name": None}
    details |= {"phone": None, "tax_exempt": "none", "tax_ids": None}
    return {
        **{name: params.get(name, default) for name, default in ECHOED.items()},
        "customer": None,
        "customer_details": details if email else None,
        "customer_email": email,
        "metadata": merged({}, params.get("metadata", {})),
    }


def _computed(books: Books, params: Json, total: int, currency: str) -> Json:
    """The fields that follow from what was asked."""
    return {
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "client_secret": None,
        "consent": None,
        "currency": currency,
        "currency_conversion": None,
        "discounts": [],
        "expires_at": _expiry(books, params),
        "invoice": None,
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_configuration_details": None,
        "payment_method_types": _methods(params, currency),
        "payment_status": "unpaid",
        "presentment_details": None,
        "recovered_from": None,
        "setup_intent": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def _expiry(books: Books, params: Json) -> int:
    now = books.now()
    at = int(params.get("expires_at", now + DAY))
    if at < now + SHORTEST:
        raise Refusal(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if at > now + DAY:
        raise Refusal(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return at


def _methods(params: Json, currency: str) -> list[str]:
    """Cards, and the currency's method that pays later, as far as they are allowed."""
    offered = ["card", DELAYED_METHODS[currency]] if currency in DELAYED_METHODS else ["card"]
    allowed = params.get("allowed_payment_method_types") or params.get("payment_method_types") or offered
    kept = [m for m in offered if m in allowed and m not in params.get("excluded_payment_method_types", [])]
    if not kept:
        raise Refusal(
            "No valid payment method types for this Checkout Session. Please ensure that you have activated payment "
            "methods compatible with your chosen currency.",
            param="allowed_payment_method_types",
        )
    return kept


def current(books: Books, identifier: str) -> Json:
    """The session as it is at this moment: one whose time is over is expired, even if nobody announced it yet."""
    session = books.need("checkout.session", identifier, "session")
    if session["status"] == "open" and session["expires_at"] <= books.clock():
        expire(books, session)
    return session


def expire(books: Books, session: Json) -> None:
    """End an open session, tell so, and cancel the payment that was begun."""
    session |= {"status": "expired", "url": None}
    tell(books, "checkout.session.expired", books.put(session))
    if session["payment_intent"]:
        cancel(books, books.need("payment_intent", session["payment_intent"]))


def _expire(books: Books, asked: Asked) -> Json:
    session = current(books, asked.id)
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f'"{session["status"]}".',
        )
    expire(books, session)
    return session


def _retrieve(books: Books, asked: Asked) -> Json:
    return current(books, asked.id)


def _list(books: Books, asked: Asked) -> Json:
    expire_due(books)
    params = asked.params
    wanted: Json = {name: params[name] for name in ("payment_intent", "status") if name in params}
    if "customer_details" in params:
        wanted["customer_details.email"] = params["customer_details"]["email"]
    where = [f"json_extract(body, '$.{name}') = ?" for name in wanted]
    return page(books, "checkout.session", URL, params, where, list(wanted.values()))


def expire_due(books: Books) -> None:
    """Expire every session whose time is over."""
    due = "SELECT target FROM agenda WHERE action = 'expire_session' AND at <= ?"
    for row in books.store.rows(due, (books.clock(),)):
        current(books, row["target"])


def _items(books: Books, asked: Asked) -> Json:
    return whole(current(books, asked.id)["_line_items"], f"{URL}/{asked.id}/line_items")


FILTERS: dict[str, Kind] = {
    "customer_details": Hash({"email": Email()}, ("email",)),
    "payment_intent": Text(),
    "status": Choice(("open", "complete", "expired")),
}

OPERATIONS = [
    Operation("POST", URL, _create, CREATE),
    Operation("GET", URL, _list, Hash({**LISTING, **FILTERS})),
    Operation("GET", URL + "/{id}", _retrieve, accepts()),
    Operation("POST", URL + "/{id}/expire", _expire, accepts()),
    Operation("GET", URL + "/{id}/line_items", _items, Hash(LISTING)),
]
