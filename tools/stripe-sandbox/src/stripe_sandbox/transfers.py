"""A destination charge's share: transfer to the connected account, application fee back, and their reversals.

Source: Stripe, Connect, Create destination charges. Partial refunds reverse in proportion; what is rounded away is made
up by later refunds, so that a full refund reverses everything. Working with multiple currencies: a charge on behalf of
an account settles in that account's currency, in which its share is then transferred.
"""

from stripe_sandbox.balance import book
from stripe_sandbox.books import Books, fresh, new_id
from stripe_sandbox.errors import Json, Refusal
from stripe_sandbox.events import tell
from stripe_sandbox.listing import lister, whole
from stripe_sandbox.operations import Operation, retrieve
from stripe_sandbox.params import Text

RATE_PERCENT = 80
"""Smallest units of any currency for a hundred of any other: made up, so that nobody takes the one for the other."""


def share(books: Books, charge: Json) -> None:
    """Pass a charge that succeeded on to its destination; sets the charge's `transfer` and `application_fee`."""
    if not charge["transfer_data"]:
        return
    transfer = _transfer(books, charge)
    charge["transfer"] = transfer["id"]
    if charge["application_fee_amount"]:
        charge["application_fee"] = _application_fee(books, charge, transfer)["id"]


def _transfer(books: Books, charge: Json) -> Json:
    amount, currency = _settled(books, charge, charge["transfer_data"]["amount"] or charge["amount"])
    transfer = fresh(books, "transfer", "tr_", {
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "currency": currency,
        "description": None,
        "destination": charge["transfer_data"]["destination"],
        "destination_payment": new_id("py_"),
        "metadata": {},
        "reversed": False,
        "source_transaction": charge["id"],
        "source_type": "card",
        "transfer_group": charge["transfer_group"],
    })  # fmt: skip
    transfer["reversals"] = whole([], f"/v1/transfers/{transfer['id']}/reversals")
    transfer["balance_transaction"] = book(books, "transfer", transfer, -amount, currency)["id"]
    tell(books, "transfer.created", books.put(transfer))
    return transfer


def _settled(books: Books, charge: Json, amount: int) -> tuple[int, str]:
    """What an account gets of `amount`, in the smallest unit of its currency, if the charge is on its behalf."""
    account = books.store.get(charge["on_behalf_of"] or "") or {}
    currency, into = charge["currency"], account.get("_settles_in")
    return (amount, currency) if into in {None, currency} else (amount * RATE_PERCENT // 100, into)


def _application_fee(books: Books, charge: Json, transfer: Json) -> Json:
    amount = charge["application_fee_amount"]
    fee = fresh(books, "application_fee", "fee_", {
        "account": transfer["destination"],
        "amount": amount,
        "amount_refunded": 0,
        "application": "ca_sandbox",
        "balance_transaction": None,
        "charge": transfer["destination_payment"],
        "currency": charge["currency"],
        "fee_source": {"charge": transfer["destination_payment"], "type": "charge"},
        "originating_transaction": charge["id"],
        "refunded": False,
    })  # fmt: skip
    fee["refunds"] = whole([], f"/v1/application_fees/{fee['id']}/refunds")
    fee["balance_transaction"] = book(books, "application_fee", fee, amount, charge["currency"])["id"]
    tell(books, "application_fee.created", books.put(fee))
    return fee


def _proportion(total: int, returned: int, charge: Json) -> int:
    """What is due of `total` now that the charge's `amount_refunded` stands as it does, less what went already."""
    return int(total * charge["amount_refunded"] // charge["amount"]) - returned


def reverse(books: Books, charge: Json, refund: Json) -> str | None:
    """Take back the transfer's part of a refund that is already counted in the charge; the reversal's id, if any."""
    transfer = books.need("transfer", charge["transfer"])
    amount = _proportion(transfer["amount"], transfer["amount_reversed"], charge)
    if amount <= 0:
        return None
    reversal = fresh(books, "transfer_reversal", "trr_", {
        "amount": amount,
        "balance_transaction": None,
        "currency": transfer["currency"],
        "destination_payment_refund": new_id("pyr_"),
        "metadata": {},
        "source_refund": refund["id"],
        "transfer": transfer["id"],
    })  # fmt: skip
    del reversal["livemode"]
    reversal["balance_transaction"] = book(books, "transfer_refund", reversal, amount, transfer["currency"])["id"]
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, books.put(reversal))
    tell(books, "transfer.reversed", books.put(transfer))
    return str(reversal["id"])


def refund_fee(books: Books, charge: Json) -> None:
    """Give back the application fee's part of a refund that is already counted in the charge."""
    fee = books.need("application_fee", charge["application_fee"])
    amount = _proportion(fee["amount"], fee["amount_refunded"], charge)
    if amount <= 0:
        return
    refund = fresh(books, "fee_refund", "fr_", {
        "amount": amount,
        "balance_transaction": None,
        "currency": charge["currency"],
        "fee": fee["id"],
        "metadata": {},
    })  # fmt: skip
    del refund["livemode"]
    refund["balance_transaction"] = book(books, "application_fee_refund", refund, -amount, charge["currency"])["id"]
    fee["amount_refunded"] += amount
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    fee["refunds"]["data"].insert(0, books.put(refund))
    tell(books, "application_fee.refunded", books.put(fee))


def check_destination(books: Books, destination: str, param: str) -> None:
    """Refuse an account that is not ours or cannot receive money yet."""
    account = books.store.get(destination)
    if account is None or account["object"] != "account" or account["_deauthorized"]:
        raise Refusal(f"No such destination: '{destination}'", code="resource_missing", param=param)
    if account["capabilities"].get("transfers") != "active":
        raise Refusal(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )


def check_on_behalf_of(books: Books, account_id: str, param: str) -> None:
    """Refuse an account in whose name cards cannot be charged yet."""
    account = books.store.get(account_id)
    if account is None or account["object"] != "account" or account["_deauthorized"]:
        raise Refusal(f"No such account: '{account_id}'", code="resource_missing", param=param)
    if not account["charges_enabled"] or account["capabilities"].get("card_payments") != "active":
        raise Refusal(
            f"The account referenced in the 'on_behalf_of' parameter is missing the required capabilities: you need "
            f"'card_payments' to be enabled for {account_id}.",
            param=param,
        )


OPERATIONS: list[Operation] = [
    retrieve("/v1/transfers/{id}", "transfer", "transfer"),
    lister("/v1/transfers", "transfer", {"destination": Text(), "transfer_group": Text()}),
    retrieve("/v1/application_fees/{id}", "application_fee", "id"),
    lister("/v1/application_fees", "application_fee", {"charge": Text()}),
]
