"""How facts are written for people: money, sizes, instants, by locale."""

import copy
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format, get_timezone_name
from babel.numbers import NumberPattern
from babel.units import format_unit
from contracts.money import WHOLE_UNITS_ONLY, exponent

DEFAULT_LOCALE = "en"
LANGUAGES = frozenset(
    "bg cs da de el en es et fi fil fr hr hu id it ja ko lt lv ms mt nb nl no pl pt ro ru sk sl sv th tr vi zh".split()
)
"""In which facts are written: those of Stripe's Checkout, in every region's variety. Babel keeps what it reads of each,
about 1 MB, for good.
"""
MOST_WISHES = 10
"""Of a browser, which names the languages its user reads best before the others."""

_SIZES = (("gigabyte", 1_000_000_000), ("megabyte", 1_000_000), ("kilobyte", 1_000))
_LONGEST_EXTENSION = 4
_LANGUAGE_TAG = re.compile(r"[A-Za-z0-9-]{2,35}")
"""Source: RFC 5646, 2.1 and 4.4.1."""
_LETTER_BY_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Where a currency's code meets its number: `KWD 12.340`, which CLDR asks for and Babel leaves out."""


class TimeLeft(NamedTuple):
    """What a countdown shows, each part less than one of the next larger."""

    days: int
    hours: int
    minutes: int
    seconds: int


def locale_for(accept_language: str | None, default: str = DEFAULT_LOCALE) -> str:
    """The locale a browser asks for first (`Accept-Language`), of a language in LANGUAGES; else `default`."""
    known = (_known(wish) for wish in _wishes(accept_language or ""))
    return next((locale for locale in known if locale is not None), default)


def money(amount: int, currency: str, locale: str = DEFAULT_LOCALE) -> str:
    """`amount` in the smallest unit of `currency`, every digit of it shown, never rounded."""
    decimals = exponent(currency)
    value = Decimal(amount).scaleb(-decimals)
    whole = currency in WHOLE_UNITS_ONLY and value == value.to_integral_value()
    pattern = _currency_pattern(locale, 0 if whole else decimals)
    text = str(pattern.apply(value, locale, currency=currency, currency_digits=False))
    return _LETTER_BY_DIGIT.sub("\N{NO-BREAK SPACE}", text)


def whole_units(amount: int, currency: str) -> str:
    """`amount` in the smallest unit as a plain number in whole units, as forms and machines take it: `12.50`."""
    return str(Decimal(amount).scaleb(-exponent(currency)))


def file_size(size_bytes: int, locale: str = DEFAULT_LOCALE) -> str:
    """Decimal units, as browsers show downloads: 200 MB = 200,000,000 bytes."""
    for unit, size in _SIZES:
        if size_bytes >= size:
            return format_unit(round(size_bytes / size, 1), f"digital-{unit}", length="short", locale=locale)
    return format_unit(size_bytes, "digital-byte", length="long", locale=locale)


def instant(value: datetime, zone: str = "UTC", locale: str = DEFAULT_LOCALE) -> str:
    """Date, time and the name of the zone they are in."""
    local = value.astimezone(ZoneInfo(zone))
    date = format_date(local, "long", locale=locale)
    time = format_time(local, "short", locale=locale)
    both = str(get_datetime_format("medium", locale=locale)).replace("'", "").format(time, date)
    return f"{both} {_zone_name(local, locale)}"


def iso(value: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: what scripts read."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_left(until: datetime, now: datetime) -> TimeLeft:
    """From `now` to `until`; nothing below zero. A begun second counts as a whole one."""
    left = max(until - now, timedelta())
    seconds = -(-left // timedelta(seconds=1))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return TimeLeft(days, hours, minutes, seconds)


def extension(file_name: str) -> str:
    """What a file's badge says: PDF, ZIP, …; FILE when the name does not tell."""
    suffix = PurePath(file_name).suffix[1:]
    return suffix.upper() if suffix.isalnum() and len(suffix) <= _LONGEST_EXTENSION else "FILE"


def _zone_name(local: datetime, locale: str) -> str:
    """The short name of the locale, or of the zone itself, else the long one, rather than a bare offset."""
    short = get_timezone_name(local, width="short", locale=locale)
    if short[0] not in "+-":
        return short
    own = local.tzname() or ""
    return own if own.isalpha() else get_timezone_name(local, width="long", locale=locale)


def _wishes(accept_language: str) -> list[str]:
    """The language tags of `accept_language`, most wanted first, of the first few that it names."""
    weighed = []
    for item in accept_language.split(",", MOST_WISHES)[:MOST_WISHES]:
        tag, _, weight = item.partition(";")
        weighed.append((_weight(weight), tag.strip()))
    return [tag for weight, tag in sorted(weighed, key=lambda wish: -wish[0]) if weight > 0]


@lru_cache(maxsize=1024)
def _known(tag: str) -> str | None:
    """The locale of a language tag; None of one that is none, or of a language that is not written here."""
    if not _LANGUAGE_TAG.fullmatch(tag):
        return None
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
    return str(locale) if locale.language in LANGUAGES else None


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


@lru_cache
def _currency_pattern(locale: str, decimals: int) -> NumberPattern:
    """The locale's own pattern with the decimals Stripe counts in, which are not always CLDR's (AFN, ISK)."""
    pattern: NumberPattern = copy.copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern
