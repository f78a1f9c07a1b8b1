"""The platform's balance: one transaction for every movement of money, so that the sums can be checked.

The sandbox takes no processing fees: `fee` is 0 and `net` is `amount`.
"""

from stripe_sandbox.books import Books, fresh
from stripe_sandbox.errors import Json
from stripe_sandbox.listing import lister
from stripe_sandbox.operations import Operation, retrieve
from stripe_sandbox.params import Text

REPORTED = {
    "adjustment": "dispute",
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "transfer_refund": "transfer_reversal",
}


def book(books: Books, kind: str, source: Json, amount: int, currency: str, description: str | None = None) -> Json:
    """Move `amount` (negative: away from the platform) because of `source`."""
    fields = {
        "amount": amount,
        "available_on": books.now(),
        "balance_type": "payments",
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": REPORTED.get(kind, kind),
        "source": source["id"],
        "status": "available",
        "type": kind,
    }
    return books.put(fresh(books, "balance_transaction", "txn_", fields))


OPERATIONS: list[Operation] = [
    retrieve("/v1/balance_transactions/{id}", "balance_transaction", "id"),
    lister("/v1/balance_transactions", "balance_transaction", {"currency": Text(), "source": Text(), "type": Text()}),
]
