"""Facts as people write them."""

from datetime import UTC, datetime, timedelta

import pytest
from babel import Locale, localedata
from storefront.formats import LANGUAGES, extension, file_size, instant, iso, locale_for, money, time_left

MOMENT = datetime(2026, 12, 3, 17, 5, 0, 123_000, tzinfo=UTC)


def written(text: str) -> str:
    """With ordinary spaces, which locales have several of."""
    return text.replace("\xa0", " ").replace("\u202f", " ").replace("\u200f", "")


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (123_456, "EUR", "en", "€1,234.56"),
        (123_456, "EUR", "de", "1.234,56 €"),
        (1200, "JPY", "en", "¥1,200"),
        (1200, "JPY", "ja", "￥1,200"),
        (12_340, "KWD", "en", "KWD 12.340"),
        (12_340, "KWD", "de", "12,340 KWD"),
        (1050, "AFN", "de", "10,50 AFN"),
        (15_000, "ISK", "de", "150 ISK"),
        (15_050, "ISK", "de", "150,50 ISK"),
        (0, "USD", "en", "$0.00"),
    ],
)
def test_money_shows_every_digit_of_the_smallest_unit(amount: int, currency: str, locale: str, text: str) -> None:
    assert written(money(amount, currency, locale)) == text


@pytest.mark.parametrize(
    ("size", "locale", "text"),
    [
        (12, "en", "12 bytes"),
        (999, "en", "999 bytes"),
        (1_500, "en", "1.5 kB"),
        (214_000_000, "en", "214 MB"),
        (4_700_000_000, "de", "4,7 GB"),
    ],
)
def test_sizes_are_decimal(size: int, locale: str, text: str) -> None:
    assert written(file_size(size, locale)) == text


def test_an_instant_names_its_zone() -> None:
    assert written(instant(MOMENT)) == "December 3, 2026, 5:05 PM UTC"
    assert written(instant(MOMENT, "Europe/Berlin", "de")) == "3. Dezember 2026, 18:05 MEZ"
    assert written(instant(MOMENT, "Europe/Berlin")) == "December 3, 2026, 6:05 PM CET"
    assert written(instant(MOMENT, "America/Sao_Paulo")) == "December 3, 2026, 2:05 PM Brasilia Standard Time"


def test_iso_is_utc_with_milliseconds() -> None:
    assert iso(MOMENT) == "2026-12-03T17:05:00.123Z"


def test_time_left_counts_a_begun_second_and_never_below_zero() -> None:
    assert time_left(MOMENT + timedelta(days=2, hours=3, minutes=4, seconds=5), MOMENT) == (2, 3, 4, 5)
    assert time_left(MOMENT + timedelta(milliseconds=1), MOMENT) == (0, 0, 0, 1)
    assert time_left(MOMENT - timedelta(hours=1), MOMENT) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "badge"),
    [
        ("a.zip", "ZIP"),
        ("a.tar.gz", "GZ"),
        ("a", "FILE"),
        (".zip", "FILE"),
        ("a.<b>", "FILE"),
        ("a.sparsebundle", "FILE"),
    ],
)
def test_a_badge_says_what_the_name_says(name: str, badge: str) -> None:
    assert extension(name) == badge


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de_CH"),
        ("en;q=0.2, fr", "fr"),
        ("xx-YY, pt-BR", "pt_BR"),
        ("*", "en"),
        ("de;q=0", "en"),
        ("de;q=much", "en"),
        ("../../etc/passwd", "en"),
        ("de-DE@anything, fr", "fr"),
        ("de.anything, fr", "fr"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_locale_is_what_the_browser_asks_for_first(header: str | None, locale: str) -> None:
    assert locale_for(header) == locale


def test_of_what_a_browser_asks_for_the_first_ten_are_read() -> None:
    assert locale_for(",".join([*["xx"] * 9, "de"])) == "de"
    assert locale_for(",".join([*["xx"] * 10, "de"])) == "en"


def test_a_language_tag_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, parse = [], Locale.parse

    def counted(tag: str, sep: str) -> Locale:
        asked.append(tag)
        return parse(tag, sep)

    monkeypatch.setattr(Locale, "parse", counted)
    assert [locale_for("de-LI") for _ in range(3)] == ["de_LI"] * 3
    assert asked == ["de-LI"]


def test_what_is_kept_of_locales_is_bounded_however_many_are_asked_for() -> None:
    """Babel keeps the data of every locale that it has read."""
    asked_for = {locale_for(name.replace("_", "-")) for name in localedata.locale_identifiers()}
    assert {name.partition("_")[0] for name in asked_for} == LANGUAGES
    assert locale_for("gsw-LI, zu;q=0.9, sv-FI;q=0.8") == "sv_FI"
