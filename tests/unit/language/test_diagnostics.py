"""Diagnostics as data, and how they are drawn."""

from __future__ import annotations

import pytest

from usql.language.diagnostics import (
    Edit,
    Fix,
    Lines,
    Span,
    UsqlError,
    apply_fix,
    diagnostic,
    render,
)


def test_drawing_underlines_wide_characters_in_place() -> None:
    text = "SELECT city\nFROM 東京 WHERE"
    found = diagnostic("syntax", "No.", Span(text.index("WHERE"), len(text)), [Fix("do", ())])
    assert render(text, [found]).splitlines() == [
        "error[USQL101] syntax: No.",
        "  --> query:2:9",
        "  |",
        "2 | FROM 東京 WHERE",
        "  |           ^^^^^",
        "  = correction: do",
    ]


def test_drawing_shows_a_window_of_long_lines() -> None:
    text = "a" * 10_000 + "!" + "b" * 10_000
    drawn = render(text, [diagnostic("syntax", "No.", Span(10_000, 10_001))])
    assert max(map(len, drawn.splitlines())) < 200
    assert "!" in drawn


def test_the_error_shows_errors_only() -> None:
    error = UsqlError(
        "x", [diagnostic("syntax", "Bad.", Span(0, 1)), diagnostic("extension", "Hm.", Span(0, 1))]
    )
    assert "Bad." in str(error)
    assert "Hm." not in str(error)
    assert len(error.diagnostics) == 2


def test_corrections_apply_from_the_end() -> None:
    fix = Fix("both", (Edit(Span(0, 1), "X"), Edit(Span(2, 3), "YY")))
    assert apply_fix("abc", fix) == "XbYY"


def test_lines() -> None:
    lines = Lines("a\nbc\n")
    assert [lines.position(i) for i in (0, 1, 2, 3, 4, 5)] == [
        (1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 1),
    ]  # fmt: skip
    assert [lines.span(i) for i in (1, 2, 3)] == [Span(0, 1), Span(2, 4), Span(5, 5)]
    assert Lines("").span(1) == Span(0, 0)


def test_spans_are_checked() -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(3, 2)
