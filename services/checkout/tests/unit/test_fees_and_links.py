"""The platform's share, and the buyer's two secrets."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from chassis.keyring import KeyRing, token_hash
from checkout.fees import application_fee
from checkout.links import BuyerLinks
from checkout.models import Order

ORDER = UUID(int=1)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("price", "currency", "bps", "fee"),
    [
        (1900, "EUR", 500, 95),
        (1999, "EUR", 500, 99),
        (50, "EUR", 100, 0),
        (1000, "JPY", 333, 33),
        (10_000, "KWD", 333, 330),
        (123_400, "ISK", 500, 6100),
        (1900, "USD", 10_000, 1900),
        (99_999_999, "EUR", 500, 4_999_999),
    ],
)
def test_the_share_is_rounded_down_to_what_can_be_charged(price: int, currency: str, bps: int, fee: int) -> None:
    assert application_fee(price, currency, bps) == fee


def links(**keys: str) -> BuyerLinks:
    return BuyerLinks(KeyRing({kid: value.encode() * 32 for kid, value in keys.items()}), "http://pages.test/")


def test_a_link_outlives_the_change_of_keys() -> None:
    before, after = links(old="o"), links(new="n", old="o")
    key = before.new_key(ORDER, 1)
    order = Order.model_validate(
        {
            "id": ORDER,
            "sales_page_id": ORDER,
            "product_id": ORDER,
            "creator_id": ORDER,
            "customer_id": ORDER,
            "price_in_cents": 0,
            "currency": "EUR",
            "created_at": NOW,
            "link_generation": 1,
            "link_key_id": key.key_id,
        }
    )
    assert before.download_path(order) == after.download_path(order)
    assert token_hash(after.download_path(order).removeprefix("/d#")) == key.token_hash
    proof = before.thanks_url(ORDER).split("#")[1]
    assert after.proves(proof, ORDER)
    assert not after.proves(proof, UUID(int=2))
    assert not links(new="n").proves(proof, ORDER)


def test_each_generation_and_order_has_a_token_of_its_own() -> None:
    made = links(k="k")
    hashes = {made.new_key(UUID(int=order), generation).token_hash for order in (1, 2) for generation in (1, 2)}
    assert len(hashes) == 4
