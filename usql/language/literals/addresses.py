"""IP addresses, in the order in which they compare."""

from __future__ import annotations

import ipaddress


def parse_address(text: str) -> tuple[int, int]:
    """An address as ``(0, number)`` for IPv4 and ``(1, number)`` for IPv6, so that tuples compare
    like addresses: all IPv4 before all IPv6. An IPv4-mapped IPv6 address equals its IPv4 address.

    >>> parse_address("::ffff:10.0.0.1") == parse_address("10.0.0.1")
    True
    """
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        raise ValueError(f'"{text[:60]}" is not an IPv4 or IPv6 address.') from None
    if isinstance(address, ipaddress.IPv4Address):
        return 0, int(address)
    if address.scope_id is not None:
        raise ValueError(f'"{text[:60]}" names a network zone, which no address of a session has.')
    mapped = address.ipv4_mapped
    return (1, int(address)) if mapped is None else (0, int(mapped))
