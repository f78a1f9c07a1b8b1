"""What moved, per payment and in all: the sandbox's side of a check against somebody else's ledger."""

from stripe_sandbox.books import Books
from stripe_sandbox.errors import Json


def ledger(books: Books) -> Json:
    """For every PaymentIntent its sums in the smallest unit, and the platform's balance by currency."""
    lines = [_line(books, charge) for charge in books.store.find("charge") if charge["status"] == "succeeded"]
    balance: dict[str, int] = {}
    for transaction in books.store.find("balance_transaction"):
        currency = transaction["currency"]
        balance[currency] = balance.get(currency, 0) + transaction["net"]
    return {"payments": lines, "balance": balance}


def _line(books: Books, charge: Json) -> Json:
    transfer = books.store.get(charge["transfer"] or "") or {}
    fee = books.store.get(charge["application_fee"] or "") or {}
    disputes = books.store.find("dispute", "json_extract(body, '$.charge') = ?", (charge["id"],))
    return {
        "payment_intent": charge["payment_intent"],
        "charge": charge["id"],
        "currency": charge["currency"],
        "metadata": charge["metadata"],
        "captured": charge["amount_captured"],
        "refunded": charge["amount_refunded"],
        "destination": transfer.get("destination"),
        "transferred": transfer.get("amount", 0),
        "transfer_reversed": transfer.get("amount_reversed", 0),
        "fee": fee.get("amount", 0),
        "fee_refunded": fee.get("amount_refunded", 0),
        "withdrawn": -sum(t["amount"] for dispute in disputes for t in dispute["balance_transactions"]),
    }
