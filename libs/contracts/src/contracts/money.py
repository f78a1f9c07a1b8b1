"""Money: integers in a currency's smallest unit, with its ISO 4217 code."""

from typing import Annotated

from pydantic import AfterValidator, Field

ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
"""One unit is the smallest unit. Source: Stripe, Supported currencies."""
WHOLE_UNITS_ONLY = frozenset("ISK UGX".split())
"""Two decimals on the wire for history's sake, which must be 00. Source: as above."""
THREE_DECIMAL = frozenset("BHD JOD KWD OMR TND".split())
"""Three decimals, the last of which must be 0. Source: as above."""
TWO_DECIMAL = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP
    CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS
    KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS
    UAH USD UYU UZS WST XCD YER ZAR ZMW""".split()
)
CURRENCIES = ZERO_DECIMAL | WHOLE_UNITS_ONLY | THREE_DECIMAL | TWO_DECIMAL

MAX_AMOUNT = 99_999_999
"""Stripe takes at most eight digits."""

# Smallest charge, in the smallest unit, of the currencies that accounts settle in. Of any other, Stripe refuses what
# converts, at the day's rate, to less than the paid account's own minimum: a number that nobody can write down here.
# Source: Stripe, Minimum and maximum charge amounts.
MINIMUM_CHARGE = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


def exponent(currency: str) -> int:
    """How many decimals an amount in the smallest unit has: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def price_problem(amount: int, currency: str) -> str | None:
    """Why `amount` (smallest unit; 0 = free) cannot be asked in `currency`, in words; None when it can."""
    if currency not in CURRENCIES:
        return f"{currency} is not a currency that can be charged."
    if amount > MAX_AMOUNT:
        return f"At most {MAX_AMOUNT} can be charged at once."
    if 0 < amount < MINIMUM_CHARGE.get(currency, 1):
        return f"The smallest charge in {currency} is {MINIMUM_CHARGE[currency]}; or make it free (0)."
    step = {**dict.fromkeys(WHOLE_UNITS_ONLY, 100), **dict.fromkeys(THREE_DECIMAL, 10)}.get(currency, 1)
    return f"Amounts in {currency} go in steps of {step}." if amount % step else None


def _known(currency: str) -> str:
    if currency not in CURRENCIES:
        raise ValueError(f"{currency} is not a currency that can be charged")
    return currency


Currency = Annotated[str, Field(min_length=3, max_length=3, examples=["EUR"]), AfterValidator(_known)]
"""ISO 4217, upper case."""
Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT)]
"""Smallest unit of the currency beside it."""
