"""Addresses."""

from __future__ import annotations

import pytest

from usql.language.literals import (
    parse_address,
)


def test_addresses() -> None:
    texts = ["0.0.0.0", "9.0.0.1", "10.0.0.1", "255.255.255.255", "::", "2a01::1", "ffff::"]
    keys = [parse_address(t) for t in texts]
    assert keys == sorted(keys)
    assert parse_address("::ffff:10.0.0.1") == parse_address("10.0.0.1") == (0, 10 * 2**24 + 1)
    for wrong in ("", "300.1.1.1", "10.0.0", "010.0.0.1", "fe80::1%eth0", "masked"):
        with pytest.raises(ValueError, match=r"not an IPv4 or IPv6|network zone"):
            parse_address(wrong)
