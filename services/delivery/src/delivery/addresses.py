"""Whom a link is bound to, without keeping where they are.

A mark is HMAC-SHA-256 of the address, or of its network, under the download token. The token is kept nowhere, so nobody
who reads the database can tell an address from its mark; who brings the token can be compared with it.
"""

import hashlib
import hmac
from ipaddress import ip_address, ip_network

from chassis.addresses import canonical
from contracts.catalog import AddressBinding

NETWORK_BITS = {4: 24, 6: 48}
"""What one household or office shares."""


def mark(binding: AddressBinding, token: str, address: str) -> str | None:
    """In hex; None where the link is not bound to an address. Raises ValueError for what is no address."""
    if binding == AddressBinding.NONE:
        return None
    place = network(address) if binding == AddressBinding.NETWORK else canonical(address)
    return hmac.new(token.encode(), place.encode(), hashlib.sha256).hexdigest()


def network(address: str) -> str:
    """The IPv4 /24 or IPv6 /48 that `address` is in."""
    found = ip_address(canonical(address))
    return str(ip_network((found, NETWORK_BITS[found.version]), strict=False))
