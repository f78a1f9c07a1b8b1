"""The price of an order: the product's, or what its buyer wants to pay, within what Stripe can charge."""

import re
from decimal import Decimal

from chassis.errors import Invalid
from contracts.catalog import Pricing
from contracts.money import MINIMUM_CHARGE, exponent, price_problem

from checkout.models import MirroredProduct

_TYPED = re.compile(r"(?P<whole>[0-9]{1,9})([.,](?P<decimals>[0-9]+))?")
"""Digits as they stand, and few of them: `1e919999` is a number too, and takes minutes to write out."""


def chosen_price(product: MirroredProduct, in_cents: int | None, typed: str | None) -> int:
    """The price of this order, in the smallest unit. Raises Invalid, naming the field.

    The buyer's own amount comes in the smallest unit, or as it was typed: "12.50", "12,50".
    """
    pointer = "#/amount" if in_cents is None and typed is not None else "#/amountInCents"
    amount = _minor_units(typed, product.currency) if typed and in_cents is None else in_cents
    least = _written(product.price_in_cents, product.currency)
    if product.pricing is Pricing.FIXED:
        if amount not in {None, product.price_in_cents}:
            raise Invalid(pointer, "This product has a fixed price.")
        return product.price_in_cents
    if amount is None:
        raise Invalid(pointer, f"Say what you want to pay: {least} or more.")
    if amount < product.price_in_cents:
        raise Invalid(pointer, f"The least that can be paid is {least}.")
    if 0 < amount < (chargeable := MINIMUM_CHARGE.get(product.currency, 0)):
        raise Invalid(pointer, f"Pay nothing, or {_written(chargeable, product.currency)} or more.")
    if (problem := price_problem(amount, product.currency)) is not None:
        raise Invalid(pointer, problem)
    return amount


def _written(amount: int, currency: str) -> str:
    """In major units: 12.50 EUR."""
    return f"{Decimal(amount).scaleb(-exponent(currency))} {currency}"


def _minor_units(typed: str, currency: str) -> int:
    """Of an amount in major units, with a point or a comma before the decimals."""
    found, decimals = _TYPED.fullmatch(typed.strip()), exponent(currency)
    if found is None or len(found["decimals"] or "") > decimals:
        raise Invalid("#/amount", f"Write the amount in {currency} like 12.50.")
    return int(found["whole"] + (found["decimals"] or "").ljust(decimals, "0"))
