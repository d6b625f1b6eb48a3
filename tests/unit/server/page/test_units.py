"""Characters and UTF-16 code units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.language.diagnostics import Edit, Span
from usql.server.page.units import Units, units_in


def encoded(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.text(st.sampled_from("a\n é\uffff😀𝄞"), max_size=20))
def test_units_are_those_of_utf_16(text: str) -> None:
    units = Units(text)
    assert units.length == units_in(text) == encoded(text)
    for offset in range(len(text) + 1):
        unit = units.unit(offset)
        assert unit == encoded(text[:offset])
        assert units.offset(unit) == offset


@pytest.mark.parametrize(
    ("unit", "offset"), [(-1, 0), (0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 4), (9, 4)]
)
def test_inside_and_beyond(unit: int, offset: int) -> None:
    assert Units("a😀😀b").offset(unit) == offset


def test_spans_and_edits() -> None:
    units = Units("a😀b")
    assert units.span(1, 3) == Span(1, 2)
    assert units.span(3, 1) == Span(2, 2)
    assert units.place(Span(1, 3)) == {"from": 1, "to": 4}
    assert units.edits([Edit(Span(2, 3), "x")]) == [{"from": 3, "to": 4, "text": "x"}]
