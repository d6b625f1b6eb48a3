"""Formats and intervals of DATETIME."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.reference.literals import date_text, rounded
from usql.errors import DateFormatError
from usql.language.literals import parse_date
from usql.language.literals.dateformat import parse_date_format, parse_interval

INSTANTS = st.integers(-(60 * 10**12), 200 * 10**12)
FORMATS = ["yyyy-MM-dd HH:mm:ss", "y u yy uuuu", "M MM MMM MMMM MMMMM", "d dd", "H HH h hh", "E EE EEEE EEEEE", "e ee eee eeee c ccc",
           "'at' H 'o''clock' ''", "''''", "'''a'''", "", "//"]  # fmt: skip


@given(INSTANTS, st.sampled_from(FORMATS))
def test_formats(ms: int, form: str) -> None:
    assert parse_date_format(form).format(ms) == date_text(form, ms)


@pytest.mark.parametrize(
    ("form", "text"),
    [("''", "'"), ("''''", "'"), ("''''''", "''"), ("'' ''", "' '"), ("'''a'''", "'a'")],
)
def test_a_quote_is_two_of_them_alone_or_inside_a_text(form: str, text: str) -> None:
    assert parse_date_format(form).format(0) == date_text(form, 0) == text


@pytest.mark.parametrize(
    ("form", "letters"),
    [("yyyy-QQ", "Q"), ("aGw", "aGw"), ("HH:mm a", "a"), ("yyyy-MM-dd'T'HH:mmX", "X")],
)
def test_letters_without_meaning_are_named(form: str, letters: str) -> None:
    with pytest.raises(DateFormatError) as caught:
        parse_date_format(form)
    assert caught.value.letters == letters
    assert ", ".join(letters) in str(caught.value)


def test_open_quotes_and_absurd_widths() -> None:
    with pytest.raises(DateFormatError, match="not closed"):
        parse_date_format("HH 'h")
    with pytest.raises(DateFormatError, match="too often"):
        parse_date_format("y" * 1000)


@pytest.mark.parametrize(
    ("form", "finest"),
    [
        ("yyyy", "year"),
        ("MMM yy", "month"),
        ("E", "day"),
        ("e d", "day"),
        ("hh", "hour"),
        ("HH:mm", "minute"),
        ("s", "second"),
        ("'x'", "none"),
    ],
)
def test_the_finest_unit(form: str, finest: str) -> None:
    assert parse_date_format(form).finest == finest


def test_years_far_away() -> None:
    assert parse_date_format("yyyy").format(10**17) == "3170843"
    assert parse_date_format("yyyy-MM").format(-(10**15)).startswith("-")
    before_our_era = -2000 * 365 * 86_400_000
    assert parse_date_format("yyyy yy").format(before_our_era) == "-0029 29"


@given(INSTANTS, st.sampled_from(["second", "minute", "hours", "day", "WEEK", "2 weeks", "month", "3 months", "year", "2 years", "5m", "6h",
                                  "90", "30s", "2d", " 7 m "]))  # fmt: skip
def test_rounding(ms: int, text: str) -> None:
    assert parse_interval(text).floor(ms) == rounded(text, ms)


def test_weeks_start_on_monday() -> None:
    assert parse_interval("week").floor(parse_date("2026-03-08 23:59")) == parse_date("2026-03-02")


@pytest.mark.parametrize(
    "text", ["", "5x", "0m", "-5m", "m", "5 fortnights", "1.5h", "9999999999999d", "fünf"]
)
def test_what_is_no_interval(text: str) -> None:
    with pytest.raises(ValueError, match="is not an interval"):
        parse_interval(text)
