"""Numbers of bytes as people read them."""

from __future__ import annotations

import pytest

from usql.sizes import readable_bytes


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1560, "1.6 kB"),
        (9_949, "9.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_501, "1 MB"),
        (10**6, "1 MB"),
        (10**9 - 10**8, "900 MB"),
        (10**9, "1 GB"),
        (1_500_000_000_000, "1.5 TB"),
        (12_340_000_000_000_000, "12,340 TB"),
    ],
)
def test_bytes_in_words(size: int, words: str) -> None:
    assert readable_bytes(size) == words
