"""Whom a link is bound to, without keeping where they are."""

import pytest
from contracts.catalog import AddressBinding
from delivery.addresses import mark, network


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_a_network_is_what_a_household_shares(address: str, expected: str) -> None:
    assert network(address) == expected


def test_the_mark_tells_neither_the_address_nor_which_links_share_it() -> None:
    one, other = (mark(AddressBinding.ADDRESS, token, "203.0.113.77") for token in ("a" * 43, "b" * 43))
    assert one is not None
    assert len(one) == 64
    assert one != other
    assert mark(AddressBinding.NONE, "a" * 43, "203.0.113.77") is None
