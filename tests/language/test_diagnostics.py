"""Diagnostics as data, and how they are drawn."""

from __future__ import annotations

import re

import pytest

from usql.language.diagnostics import (
    RULES,
    Edit,
    Fix,
    Lines,
    Severity,
    Span,
    UsqlError,
    apply_fix,
    diagnostic,
    render,
)

FIXED_NAMES = """not-queryable unknown-field unknown-table other-secondary-table value-type field-comparison
condition-needs-field bad-date bad-address date-format date-interval duration argument funnel-clause funnel-steps
metric-in-group-by distinct-cardinality limit-too-large order-by-columns order-by-arithmetic metric-arithmetic
metric-type too-many-likes unknown-function curly-quote double-equals unterminated-string syntax""".split()


def test_codes_and_names_are_unique_and_documented() -> None:
    codes = [rule.code for rule in RULES.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"USQL\d{3}", code) for code in codes)
    assert all(rule.summary.endswith(".") for rule in RULES.values())


@pytest.mark.parametrize("name", FIXED_NAMES)
def test_the_languages_errors_exist(name: str) -> None:
    assert RULES[name].severity is Severity.ERROR


@pytest.mark.parametrize(
    "name",
    "unqualified-field deprecated-field unknown-enum-value ungrouped-field extension".split(),
)
def test_the_languages_warnings_exist(name: str) -> None:
    assert RULES[name].severity is Severity.WARNING


@pytest.mark.parametrize("name", "placeholder undocumented vendor-approximate".split())
def test_the_languages_information_exists(name: str) -> None:
    assert RULES[name].severity is Severity.INFORMATION


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
