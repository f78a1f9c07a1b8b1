"""Whose request it is."""

import pytest
from chassis.addresses import caller, canonical, client_address
from hypothesis import given
from hypothesis.strategies import ip_addresses
from starlette.requests import Request


def asked_from(host: str | None) -> Request:
    return Request({"type": "http", "headers": [], "client": (host, 1) if host is not None else None})


@given(ip_addresses())
def test_an_address_has_one_spelling_however_it_is_written(address: object) -> None:
    spelled = canonical(str(address))
    assert canonical(spelled) == spelled
    exploded = getattr(address, "exploded")  # noqa: B009 - both kinds of address have it
    assert canonical(exploded) == spelled


@pytest.mark.parametrize("host", [None, "", "unknown", "203.0.113.7:4711", "<script>", "256.1.1.1"])
def test_what_a_proxy_hands_on_and_is_no_address_is_nobodys(host: str | None) -> None:
    assert client_address(asked_from(host)) == caller(asked_from(host)) == "0.0.0.0"


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
    ],
)
def test_a_throttle_counts_who_can_change_the_rest_of_an_address_as_one(host: str, counted: str) -> None:
    assert caller(asked_from(host)) == counted
