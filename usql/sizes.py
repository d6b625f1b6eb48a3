"""Sizes in bytes, formatted for people."""

from __future__ import annotations


def readable_bytes(size: int) -> str:
    """A number of bytes in the largest unit of which it has at least one, with two significant
    digits, or as a whole number if it has more.

    >>> [readable_bytes(size) for size in (1, 999, 1_560, 999_600, 12_345_678, 2_000_000_000)]
    ['1 byte', '999 bytes', '1.6 kB', '1 MB', '12 MB', '2 GB']
    """
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    scale, unit = next(((s, u) for s, u in _UNITS if size < 999.5 * s), (1e12, "TB"))
    number = size / scale
    return (
        f"{number:.1f}".removesuffix(".0") + f" {unit}"
        if number < 9.95
        else f"{number:,.0f} {unit}"
    )


_UNITS = ((1e3, "kB"), (1e6, "MB"), (1e9, "GB"))
