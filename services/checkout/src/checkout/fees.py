"""The platform's share of a payment."""

from contracts.money import THREE_DECIMAL, WHOLE_UNITS_ONLY

_STEPS = {**dict.fromkeys(WHOLE_UNITS_ONLY, 100), **dict.fromkeys(THREE_DECIMAL, 10)}


def application_fee(price: int, currency: str, bps: int) -> int:
    """`bps` hundredths of a percent of `price`, rounded down to an amount that can be charged in `currency`."""
    fee = price * bps // 10_000
    return fee - fee % _STEPS.get(currency, 1)
