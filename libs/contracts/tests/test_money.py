"""Prices as Stripe takes them, in every kind of currency."""

import pytest
from contracts.money import exponent, price_problem


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (0, "EUR"),
        (50, "EUR"),
        (1900, "EUR"),
        (50, "JPY"),
        (99_999_999, "USD"),
        (1990, "KWD"),
        (100, "ISK"),
        (30, "GBP"),
    ],
)
def test_a_price_that_can_be_charged(amount: int, currency: str) -> None:
    assert price_problem(amount, currency) is None


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [
        (49, "EUR", "smallest charge in EUR is 50"),
        (29, "GBP", "smallest charge in GBP is 30"),
        (100_000_000, "USD", "At most"),
        (1995, "KWD", "steps of 10"),
        (150, "ISK", "steps of 100"),
        (100, "XXX", "not a currency"),
        (100, "eur", "not a currency"),
    ],
)
def test_a_price_that_cannot_says_why(amount: int, currency: str, why: str) -> None:
    assert why in (price_problem(amount, currency) or "")


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("ISK", 2)])
def test_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals
