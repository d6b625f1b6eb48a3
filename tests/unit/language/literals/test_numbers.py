"""Numbers that strings spell."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.language.literals import (
    exact_number,
)


@given(st.fractions(max_denominator=10**6))
def test_numbers_are_exact(value: Fraction) -> None:
    text = f"{float(value):.12f}"
    assert exact_number(text) == Fraction(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), (" -3 ", -3), (".5", Fraction(1, 2)), ("1e3", 1000), ("+2.50", Fraction(5, 2))],
)
def test_numbers(text: str, value: Fraction) -> None:
    assert exact_number(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", ".", "abc", "1_000", "0x10", "1e9999", "1" * 2000, "inf", "nan", "1 2"]
)
def test_what_is_no_number(text: str) -> None:
    assert exact_number(text) is None
