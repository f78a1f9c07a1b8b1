"""One sale and one storefront that every test starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from storefront import Storefront
from storefront.views import FileFacts, Offer, RegistrationForm, SalesPage, SaleState

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
MakeSale = Callable[..., SalesPage]


@dataclass(frozen=True)
class Question:
    name: str
    label: str
    type: str = "text"
    required: bool = False
    options: tuple[str, ...] = ()


QUESTIONS = (
    Question("city", "Your city"),
    Question("age", "Your age", "number"),
    Question("since", "Reading since", "date"),
    Question("beta", "I would test early", "checkbox"),
    Question("size", "Size", "select", required=True, options=("S", "M")),
    Question("terms", "I agree to be written to", "consent", required=True),
)


@pytest.fixture(scope="session")
def shop() -> Storefront:
    return Storefront("shop", "https://pages.example")


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def registration() -> RegistrationForm:
    return RegistrationForm(action="/register", questions=QUESTIONS)


@pytest.fixture(scope="session")
def make_sale() -> MakeSale:
    """A sale that is live for two days more, but for what is changed."""

    def make(**changes: Any) -> SalesPage:
        at = changes.get("now", NOW)
        facts: dict[str, Any] = {
            "short_id": "q7Rk2MzB4x",
            "state": SaleState.LIVE,
            "now": at,
            "launch_at": at - timedelta(days=1),
            "expires_at": at + timedelta(days=2),
            "title": "Northern Light",
            "creator_name": "Ida Lindqvist",
            "page_url": "https://pages.example/p/q7Rk2MzB4x",
            "buy_url": "/buy",
            "status_url": "/status",
            "events_url": "/events",
            "description": "Forty-two **presets**.",
            "offers": [
                Offer(
                    product_id="p1",
                    name="The pack",
                    price=3900,
                    currency="EUR",
                    former_price=5900,
                    file=FileFacts(name="light.zip", size_bytes=214_000_000),
                )
            ],
        }
        return SalesPage(**facts | changes)

    return make
