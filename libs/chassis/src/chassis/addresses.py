"""Whose request it is, by the address it came from.

`X-Forwarded-For` was already weighed against the trusted proxies.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from fastapi import Request

NOBODYS = str(IPv4Address(0))
"""In the place of what is no address: a proxy that is trusted may hand on whatever it was told."""
HOUSEHOLD_BITS = 64
"""Of an IPv6 address: what one customer is given at the least, and can choose 2^64 addresses from. Source: RFC 6177."""


def canonical(address: str) -> str:
    """One spelling for each address; an IPv4 address stays one when it comes in an IPv6 socket. Raises ValueError."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(found.packed)
    return str(found)


def client_address(request: Request) -> str:
    """The caller's address, in its one spelling."""
    try:
        return canonical(request.client.host if request.client else NOBODYS)
    except ValueError:
        return NOBODYS


def caller(request: Request) -> str:
    """Whom a throttle counts: an IPv4 address, or an IPv6 network."""
    address = client_address(request)
    return str(ip_network((address, HOUSEHOLD_BITS), strict=False)) if ":" in address else address
