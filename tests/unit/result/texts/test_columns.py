"""Columns as texts for people: what each value alone would be."""

from __future__ import annotations

import datetime
import math
import os
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.result.generated import DOUBLES, TEXTS, WHOLE, results
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.texts.cells import cell
from usql.result.texts.columns import Look, cell_texts, is_plain
from usql.result.texts.numbers import decimal, decimals, places
from usql.result.texts.times import time_text, time_texts
from usql.result.texts.widths import cut, width, wrapped

MAYBE = st.one_of(st.none(), DOUBLES)
TIMES = st.one_of(
    st.none(), WHOLE, st.integers(-62_135_596_900_000, 253_402_300_900_000), st.integers(0, 2**41)
)
OFFSETS = st.one_of(st.none(), st.integers(-1080, 1080))


@given(results())
def test_a_column_has_the_texts_of_its_values(found: Result) -> None:
    look = Look("∅")
    for values, column in zip(found.table.columns, found.schema, strict=True):
        for chunk in values.chunks:
            assert cell_texts(chunk, column, look).to_pylist() == [
                None if v is None else cell(v, column.is_timestamp, "∅") for v in chunk.to_pylist()
            ]


@given(st.lists(MAYBE))
def test_decimals(values: list[float | None]) -> None:
    array = pa.array(values, pa.float64())
    shown = decimals(array).to_pylist()
    assert shown == [None if v is None else decimal(v) for v in values]
    fractions = [
        len(text.partition(".")[2])
        for text, value in zip(shown, values, strict=True)
        if text is not None and "e" not in text and value and 1e-4 <= abs(value) < 1e15
    ]
    assert places(array) >= max(fractions, default=0)


@given(st.lists(TIMES), st.sampled_from(["iso", "ms", "local"]), OFFSETS)
def test_times(values: list[int | None], form: str, offset: int | None) -> None:
    shown = time_texts(pa.array(values, pa.int64()), form, offset)  # type: ignore[arg-type]
    assert shown.to_pylist() == [
        None if v is None else time_text(v, form, offset)  # type: ignore[arg-type]
        for v in values
    ]


@given(st.integers(-62_135_500_000_000, 253_402_200_000_000), st.integers(-1080, 1080))
def test_a_time_with_its_offset_is_the_same_time(ms: int, offset: int) -> None:
    moment = datetime.datetime.fromisoformat(time_text(ms, "iso", offset))
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    assert moment - epoch == datetime.timedelta(milliseconds=ms)
    assert moment.utcoffset() == datetime.timedelta(minutes=offset)


@pytest.fixture
def vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(os.name == "nt", reason="the clock cannot be set for a process")
def test_the_local_clock(vienna: None) -> None:
    winter, summer = 1_767_225_600_000, 1_782_864_000_000
    shown = time_texts(pa.array([winter, None, summer]), "local").to_pylist()
    assert shown == ["2026-01-01 01:00:00.000+01:00", None, "2026-07-01 02:00:00.000+02:00"]
    assert time_text(winter, "local", 90) == "2026-01-01 01:30:00.000+01:30"


def test_means_of_times_are_dates() -> None:
    column = ResultColumn("avg(startTime)", ColumnRole.LEAF, False, is_mean_time=True)
    values = pa.array([0.4, None, 999.6, math.inf])
    assert cell_texts(values, column, Look()).to_pylist() == [
        "1970-01-01 00:00:00.000", None, "1970-01-01 00:00:01.000", "inf",
    ]  # fmt: skip
    assert cell_texts(values, column, Look(time="ms")).to_pylist() == ["0.4", None, "999.6", "inf"]


@given(st.lists(st.one_of(st.none(), TEXTS)))
def test_plain_texts_take_a_cell_for_a_character(values: list[str | None]) -> None:
    if is_plain(pa.array(values, pa.string())):
        for text in filter(None, values):
            assert text.isprintable()
            assert width(text) == len(text)


def test_texts_of_many_alphabets_are_plain() -> None:
    assert is_plain(pa.array(["Zürich", "Łódź", "Ñandú", "Москва", None, "", "~ "]))
    for odd in ("\t", "\x7f", "\x9b", "東京", "e\u0301", "a\u00adb", "مرحبا", "\u200d"):
        assert not is_plain(pa.array(["a", odd]))


WIDTHS = {
    "Linz": 4, "東京": 4, "é": 1, "e\u0301": 1, "👩\u200d👩\u200d👧": 2, "❤\ufe0f": 2, "👍🏽": 2, "🇦🇹": 2,
    "می\u200cخواهم": 7, "क\u094d\u200d": 1, "क\u094d\u200dष": 2,
}  # fmt: skip


@pytest.mark.parametrize("text", WIDTHS)
def test_widths(text: str) -> None:
    assert width(text) == WIDTHS[text]


@given(TEXTS, st.integers(1, 12))
def test_what_is_cut_fits(text: str, most: int) -> None:
    text = cell(text, False)
    shown = cut(text, most)
    assert width(shown) <= most
    assert (shown == text) == (width(text) <= most)
    assert shown == text or shown.endswith("…")


def test_no_cluster_is_cut_in_two() -> None:
    family = "👩\u200d👩\u200d👧"
    assert cut(f"a{family}b", 3) == "a…"
    assert cut(f"a{family}bc", 4) == f"a{family}…"
    assert cut("e\u0301e\u0301e\u0301", 2) == "e\u0301…"


def test_sentences_are_wrapped_between_words() -> None:
    assert list(wrapped("one two three", 7)) == ["one two", "three"]
    assert list(wrapped("one two three", None)) == ["one two three"]
    assert list(wrapped("incomprehensibilities are long", 8)) == ["incompr…", "are long"]
