"""Numbers in queries, and in strings."""

from __future__ import annotations

import re
from fractions import Fraction

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?")
_MOST_DIGITS, _MOST_EXPONENT = 1000, 400


def number_value(text: str) -> int | float:
    """The value of an unsigned number in a query; one without a point is whole unless its exponent
    makes it a fraction."""
    digits, _, exponent = text.lower().partition("e")
    if "." in digits or exponent.startswith("-"):
        return float(text)
    places = int(exponent[:_LONGEST_WHOLE] or 0)
    if len(digits) + places > _LONGEST_WHOLE:
        return int(10**_LONGEST_WHOLE) if digits.strip("0") else 0
    return int(digits + "0" * places)


_LONGEST_WHOLE = 400
"""Whole numbers with more digits exceed every value that data or arithmetic can hold."""


def exact_number(text: str) -> Fraction | None:
    """The exact number in a string; ``None`` if it is not a number, or has so many digits or so
    large an exponent that no data can hold it."""
    # Blanks are removed first: two optional runs of them in the pattern would take quadratic time.
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    sign, whole, fraction, exponent = match[1], match[2], match[3] or "", int(match[4] or 0)
    digits = whole + fraction
    if not digits or len(digits) > _MOST_DIGITS or abs(exponent) > _MOST_EXPONENT:
        return None
    value = Fraction(int(digits)) * Fraction(10) ** (exponent - len(fraction))
    return -value if sign == "-" else value
