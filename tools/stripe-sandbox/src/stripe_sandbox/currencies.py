"""What can be charged in which currency.

A table of the sandbox's own, not the services': it stands for Stripe and must be able to disagree with them.
Source: Stripe, Supported currencies; Minimum and maximum charge amounts.
"""

from stripe_sandbox.errors import Refusal

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
WHOLE_UNITS = frozenset(("isk", "ugx"))
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
TWO_DECIMAL = frozenset(
    """aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc
    cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt
    lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln
    qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer
    zar zmw""".split()
)
SUPPORTED = ZERO_DECIMAL | WHOLE_UNITS | THREE_DECIMAL | TWO_DECIMAL

MOST = 99_999_999
# Of currencies that accounts settle in; what converts to less of them, at the day's rate, is not refused here.
LEAST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip

DELAYED_METHODS = {
    "aud": "au_becs_debit", "brl": "boleto", "cad": "acss_debit", "eur": "sepa_debit", "gbp": "bacs_debit",
    "jpy": "konbini", "mxn": "oxxo", "usd": "us_bank_account",
}  # fmt: skip
"""The payment method of each currency whose money arrives days later."""


EURO_COUNTRIES = frozenset("AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split())
OTHER_COUNTRIES = {
    "AU": "aud", "BR": "brl", "CA": "cad", "CH": "chf", "CZ": "czk", "DK": "dkk", "GB": "gbp", "HK": "hkd", "HU": "huf",
    "JP": "jpy", "LI": "chf", "MX": "mxn", "NO": "nok", "NZ": "nzd", "PL": "pln", "RO": "ron", "SE": "sek", "SG": "sgd",
    "US": "usd",
}  # fmt: skip


def currency_of(country: str) -> str:
    """The currency that accounts of a country settle in."""
    if country in EURO_COUNTRIES:
        return "eur"
    if country not in OTHER_COUNTRIES:
        raise Refusal(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', "
            "'EG', or 'GB'.",
            code="country_unsupported",
            param="country",
        )
    return OTHER_COUNTRIES[country]


def check_currency(currency: str, param: str) -> str:
    """Lower case, or a refusal."""
    if currency.lower() not in SUPPORTED:
        raise Refusal(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            + ", ".join(sorted(SUPPORTED)),
            param=param,
        )
    return currency.lower()


def check_total(amount: int, currency: str) -> None:
    """A Checkout Session's total in the smallest unit; 0 is free and passes."""
    if amount > MOST:
        raise Refusal(
            f"The Checkout Session's total amount due must be no more than {shown(MOST, currency)}.",
            code="amount_too_large",
        )
    least = LEAST.get(currency, 1)
    if 0 < amount < least:
        raise Refusal(
            f"The Checkout Session's total amount due must add up to at least {shown(least, currency)}.",
            code="amount_too_small",
        )
    _check_step(amount, currency)


def _check_step(amount: int, currency: str) -> None:
    step = 100 if currency in WHOLE_UNITS else 10 if currency in THREE_DECIMAL else 1
    if amount % step:
        raise Refusal(
            f"Invalid amount: in {currency} the amount must be evenly divisible by {step}.",
            code="parameter_invalid_integer",
        )


def shown(amount: int, currency: str) -> str:
    """As people write it: `12.34 EUR`."""
    decimals = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    return f"{amount / 10**decimals:,.{decimals}f} {currency.upper()}"
