"""Codes of group keys, against plain Python per value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sampling import examples
from tests.unit.engine.columns import (
    INT_TYPES,
    access_to,
    lists,
    numbers,
    row_numbers,
    some_rows,
    texts,
)
from usql.analysis.bound import Calculation, DatePart, DateText, Expression, FieldRef
from usql.catalog import PRIMARY, FieldType, default_catalog
from usql.engine.groups.key_codes import BinCoder, Coder, EdgeCoder, NumberCoder, key_codes
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.language.literals.calendar import civil_from_days
from usql.language.literals.dateformat import parse_date_format, parse_interval
from usql.store.columns import AnyColumn, DictionaryColumn, PropertiesColumn, Store, TableData
from usql.store.widths import unsigned

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LEAP_DAY = 1_709_164_800_000  # 2024-02-29
TIME = FieldRef(PRIMARY, "startTime", None, FieldType.TIMESTAMP, False, False)
NUMBER = FieldRef(PRIMARY, "duration", None, FieldType.LONG, False, False)
INDEXED = Tuning(fewest_indexed_rows=1)


def access_of(
    column: AnyColumn, offset: int = 0, index_memory: int = 0, tuning: Tuning = INDEXED
) -> Access:
    """Sessions whose times, or numbers, are this column; the clock is so many minutes ahead."""
    columns = {"startTime": column, "duration": column}
    return access_to(columns, offset, index_memory, Control(tuning=tuning))


def coder_of(access: Access, expression: Expression) -> Any:
    """The key's coder; ``None`` where there is none."""
    found = key_codes(access, expression)
    return None if found is None else found.coder


def text(form: str, interval: str | None) -> DateText:
    step = None if interval is None else parse_interval(interval)
    return DateText(TIME, parse_date_format(form), step)


def check_width(coder: Coder, codes: Any) -> None:
    assert codes.dtype == unsigned(coder.size - 1)


# --- numbers --------------------------------------------------------------------------------------


@settings(max_examples=examples(30))
@given(
    st.sampled_from(INT_TYPES),
    st.lists(st.one_of(st.none(), st.integers(-128, 127)), min_size=1, max_size=12),
    st.data(),
)
def test_of_numbers(kind: Any, values: list[int | None], data: Any) -> None:
    coder = coder_of(access_of(numbers(values, kind)), NUMBER)
    known = [v for v in values if v is not None] or [0]
    assert coder.size == max(known) - min(known) + 2
    every = coder.values()
    assert every.values.values.tolist() == list(range(min(known), max(known) + 1))
    assert every.null == coder.size - 1
    rows = data.draw(some_rows(len(values)))
    codes = coder.codes(rows)
    check_width(coder, codes)
    of = [*every.values.values.tolist(), None]
    assert [of[code] for code in codes] == [values[row] for row in row_numbers(rows)]


@pytest.mark.parametrize("low", [-7, 0, 2**62])
@pytest.mark.parametrize("span", [253, 254, 255, 65_534, 65_535, 65_536])
def test_of_numbers_at_the_limits_of_codes(low: int, span: int) -> None:
    column = numbers([low + span, None, low, low + 1], np.int64)
    coder = coder_of(access_of(column), NUMBER)
    if span >= 1 << 16:
        assert coder is None
        return
    codes = coder.codes(slice(0, 4))
    assert codes.tolist() == [span, span + 1, 0, 1]
    check_width(coder, codes)


@pytest.mark.parametrize("kind", [np.int8, np.int16])
def test_of_all_numbers_of_a_type(kind: Any) -> None:
    low, high = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    coder = coder_of(access_of(numbers([high, low, None, 0], kind)), NUMBER)
    assert coder.codes(slice(0, 4)).tolist() == [high - low, 0, high - low + 1, -low]


def test_of_doubles_there_are_none() -> None:
    assert coder_of(access_of(numbers([1.0, 2.0], np.float64)), NUMBER) is None


def test_of_texts() -> None:
    column = texts(["b", None, "a", "b"])
    access = access_of(column)
    coder = coder_of(access, NUMBER)
    assert coder.size == 3
    assert coder.codes(slice(0, 3)).tolist() == [1, 2, 0]
    assert coder.codes(np.array([2, 3])).tolist() == [0, 1]
    assert coder.values().values.dictionary.to_pylist() == ["a", "b"]
    assert coder_of(access, DatePart("YEAR", TIME)) is None


# --- times ----------------------------------------------------------------------------------------

BINS = [
    ("yyyy-MM-dd HH:mm", "5m"),
    ("HH:mm", "7h"),
    ("yyyy-MM-dd", "2 weeks"),
    ("E", "3d"),
    ("HH:mm:ss", None),
    ("HH:mm", None),
    ("HH", None),
    ("E", None),
    ("yyyy-MM", None),
    ("'at'", None),
    ("yyyy-MM", "month"),
    ("yyyy-MM", "5 months"),
    ("yyyy", "year"),
    ("yyyy", "7 years"),
]
UNITS = {"HH:mm:ss": 1000, "HH:mm": MINUTE, "HH": HOUR}
TIMES: dict[str, list[int | None]] = {
    "around the epoch": [None, -3 * HOUR - 1, -1, 0, None, 1, 59_999, HOUR],
    "some years": [LEAP_DAY + 400 * DAY * n + 12_345_678 * n for n in range(-2, 3)],
    "days": [LEAP_DAY + DAY + 1, LEAP_DAY, LEAP_DAY - 1, LEAP_DAY - DAY, None],
    "one": [LEAP_DAY - 1],
    "none": [None, None],
}


def floor(expression: DateText, local: int) -> int:
    if expression.interval is not None:
        return expression.interval.floor(local)
    unit = {"second": 1000, "minute": MINUTE, "hour": HOUR}.get(expression.format.finest, DAY)
    return local // unit * unit


@pytest.mark.parametrize(("form", "interval"), BINS)
@pytest.mark.parametrize("offset", [0, 330, -90])
def test_of_times(form: str, interval: str | None, offset: int) -> None:
    expression = text(form, interval)
    calendar = interval is not None and interval.endswith(("month", "months", "year", "years"))
    is_fine = "mm" in form and interval != "7h"
    for name, values in TIMES.items():
        if is_fine and name == "some years":
            continue
        coder = coder_of(access_of(numbers(values, np.int64), offset), expression)
        assert isinstance(coder, EdgeCoder if calendar else BinCoder)
        assert coder.values() is None
        known = [floor(expression, v + offset * MINUTE) for v in values if v is not None]
        for rows in (slice(0, len(values)), np.arange(len(values))[::2]):
            codes = coder.codes(rows)
            check_width(coder, codes)
            starts = coder.starts(codes.astype(np.int64)).tolist()
            for row, code, start in zip(row_numbers(rows), codes.tolist(), starts, strict=True):
                value = values[row]
                if value is None:
                    assert code == coder.size - 1
                else:
                    assert code < coder.size - 1
                    assert start == floor(expression, value + offset * MINUTE)
        if known:
            starts = coder.starts(np.arange(coder.size - 1)).tolist()
            assert starts[0] == min(known)
            assert calendar or starts[-1] == max(known)
            assert starts == sorted(set(starts))


@pytest.mark.parametrize("form", ["HH:mm:ss", "HH:mm", "E"])
def test_of_times_in_one_byte(form: str) -> None:
    expression = text(form, None)
    values = [-128, 127, 0]
    coder = coder_of(access_of(numbers(values, np.int8), 600), expression)
    starts = coder.starts(coder.codes(slice(0, 3)).astype(np.int64)).tolist()
    assert starts == [floor(expression, v + 600 * MINUTE) for v in values]


def test_the_missing_time_starts_with_the_last_bin() -> None:
    """It has no text; what is made of its start is not shown, but can be made."""
    coder = coder_of(access_of(numbers([0, 40 * DAY, None], np.int64)), text("MM", "month"))
    assert coder.codes(slice(0, 3)).tolist() == [0, 1, coder.size - 1]
    assert coder.starts(np.array([1, coder.size - 1])).tolist() == [31 * DAY, 31 * DAY]


MARCH = LEAP_DAY + DAY


@pytest.mark.parametrize("offset", [0, 330, -330])
@pytest.mark.parametrize(
    "local", [[MARCH - 28 * HOUR, MARCH + 1], [MARCH - DAY - 2, MARCH], [MARCH - 1, MARCH]]
)
def test_a_month_may_begin_with_the_last_time(local: list[int], offset: int) -> None:
    column = numbers([value - offset * MINUTE for value in local], np.int64)
    coder = coder_of(access_of(column, offset), text("MM", "month"))
    starts = coder.starts(coder.codes(slice(0, 2)).astype(np.int64))
    assert starts.tolist() == [MARCH - 29 * DAY, MARCH]


def part_of(part: str, local: int) -> int:
    year, month, day = civil_from_days(local // DAY)
    clock = {"HOUR": local // HOUR % 24, "MINUTE": local // MINUTE % 60}
    return {"YEAR": year, "MONTH": month, "DAY": day, **clock}[part]


@pytest.mark.parametrize("part", ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE"])
@pytest.mark.parametrize("offset", [0, 330, -90])
def test_of_parts(part: str, offset: int) -> None:
    for name, values in TIMES.items():
        coder = coder_of(access_of(numbers(values, np.int64), offset), DatePart(part, TIME))
        if part == "MINUTE" and name == "some years":
            assert coder is None  # as many bins as minutes
            continue
        parts = [None if v is None else part_of(part, v + offset * MINUTE) for v in values]
        codes = coder.codes(slice(0, len(values)))
        check_width(coder, codes)
        every = coder.values()
        assert every.null == len(every.values) == coder.size - 1
        of = [*every.values.values.tolist(), None]
        assert [of[code] for code in codes] == parts
        local = [v + offset * MINUTE for v in values if v is not None] or [offset * MINUTE]
        step = HOUR if name == "some years" else MINUTE
        between = range(min(local), max(local), step)
        passed = [part_of(part, instant) for instant in [*between, max(local)]]
        assert every.values.values.tolist() == list(range(min(passed), max(passed) + 1))


@pytest.mark.parametrize("years", [253, 254, 255, 256])
def test_of_many_years(years: int) -> None:
    last = (365 * years + years // 4 + 5) * DAY
    coder = coder_of(access_of(numbers([0, None, last], np.int64)), DatePart("YEAR", TIME))
    codes = coder.codes(slice(0, 3))
    assert codes.tolist() == [0, years + 1, years]
    check_width(coder, codes)


@pytest.mark.parametrize(
    ("expression", "bin_length"),
    [
        (text("HH:mm:ss", None), 1000),
        (DatePart("MINUTE", TIME), MINUTE),
        (DatePart("HOUR", TIME), HOUR),
        (text("HH", "6h"), 6 * HOUR),
        (text("yyyy", "year"), DAY),
    ],
)
def test_of_times_far_apart_there_are_none(expression: Expression, bin_length: int) -> None:
    tuning = Tuning(most_time_bins=40)
    for bins, has in ((39, True), (40, False)):
        column = numbers([0, None, bins * bin_length], np.int64)
        access = access_of(column, tuning=tuning)
        assert (coder_of(access, expression) is not None) is has


@pytest.mark.parametrize(
    "expression", [text("E", None), text("MM", "month"), DatePart("DAY", TIME)]
)
@pytest.mark.parametrize("offset", [0, 60, -60])
def test_of_times_near_the_ends_there_are_none(expression: Expression, offset: int) -> None:
    for end in (2**60, -(2**60)):
        inside = end - offset * MINUTE - (1 if end > 0 else -1)
        column = numbers([inside], np.int64)
        assert coder_of(access_of(column, offset), expression) is not None
        column = numbers([end - offset * MINUTE], np.int64)
        assert coder_of(access_of(column, offset), expression) is None


# --- runs of times in order -----------------------------------------------------------------------

START = LEAP_DAY + 17 * MINUTE + 123


@pytest.fixture(params=[0, 1 << 24], ids=["searched", "indexed"])
def index_memory(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


def in_order(count: int, most_apart: int) -> list[int]:
    steps = np.random.default_rng(count).integers(0, most_apart, count)
    steps[::50] += 40 * most_apart  # some bins stay empty
    return (START + np.cumsum(steps)).tolist()


@pytest.mark.parametrize("expression", [text("HH:mm", "5m"), text("HH", None), text("s", "90s")])
@pytest.mark.parametrize("offset", [0, 330])
def test_runs_are_the_codes(expression: DateText, offset: int, index_memory: int) -> None:
    values = in_order(2000, 3000)
    access = access_of(numbers(values, np.int64), offset, index_memory)
    coder = coder_of(access, expression)
    by_minute = expression.format.finest != "second"
    assert (coder.minutes is not None) is (by_minute and index_memory > 0)
    for rows in (slice(0, 2000), slice(0, 1), slice(700, 1300), slice(1500, 2000)):
        found = coder.runs(rows)
        assert found is not None
        codes, starts = found
        lengths = np.diff(starts, append=rows.stop - rows.start)
        assert (lengths > 0).all()
        assert starts[0] == 0
        assert np.repeat(codes, lengths).tolist() == coder.codes(rows).tolist()


def test_no_runs_without_rows_and_where_they_are_short(index_memory: int) -> None:
    access = access_of(numbers(in_order(400, 30_000), np.int64), 0, index_memory)
    hours, minutes = (coder_of(access, text(form, None)) for form in ("HH", "HH:mm"))
    assert hours.runs(slice(5, 5)) is None
    assert minutes.runs(slice(0, 400)) is None
    assert hours.runs(slice(0, 400)) is not None


@pytest.mark.parametrize("values", [[3, 2, 5], [2, None, 5]])
def test_no_runs_of_times_out_of_order(values: Sequence[int | None], index_memory: int) -> None:
    coder = coder_of(access_of(numbers(values, np.int64), 0, index_memory), text("HH", None))
    assert not coder.ascends
    assert coder.runs(slice(0, 3)) is None


@pytest.mark.parametrize("late", [0, 1, MINUTE - 1])
def test_the_index_of_minutes(late: int, index_memory: int) -> None:
    first = START // MINUTE * MINUTE
    values = [first + number // 2 * MINUTE + late * (number % 2) for number in range(400)]
    access = access_of(numbers(values, np.int64), 0, index_memory)
    coder = coder_of(access, text("HH", None))
    assert list(access.used) == ["minutes of usersession.startTime"] * (index_memory > 0)
    if index_memory:
        assert coder.minutes["first"].tolist() == [first]
        assert coder.minutes["starts"].tolist()[:201] == list(range(0, 401, 2))
        assert coder.minutes["starts"][201:].tolist() in ([], [400])


@pytest.mark.parametrize("beyond", [0, 1])
def test_no_index_of_many_minutes(beyond: int, index_memory: int) -> None:
    values = [START, START // MINUTE * MINUTE + ((1 << 20) + beyond) * MINUTE]
    coder = coder_of(access_of(numbers(values, np.int64), 0, index_memory), text("E", None))
    assert coder.ascends
    assert (coder.minutes is None) is (beyond == 1 or not index_memory)


# --- which rows have the values -------------------------------------------------------------------

ACTION = "useraction"
OFFSETS = np.array([0, 1, 1, 3])
PARENT = np.array([0, 2, 2], dtype=np.int32)
STORE = Store(
    {
        table: TableData(
            table,
            3,
            {
                "name": texts(["a", "b", None]),
                "matchingConversionGoals": lists(texts(["x", "y", "x"]), [2, 0, 1]),
                "startTime": numbers([0, 5, DAY], np.int64),
                "longProperties": PropertiesColumn(
                    np.array([0, 0, 1, 1]), texts(["key"]), numbers([4], np.int64)
                ),
            },
            links,
        )
        for table, links in ((PRIMARY, {}), (ACTION, {"offsets": OFFSETS, "parent": PARENT}))
    },
    default_catalog(),
)


def field(table: str, name: str) -> FieldRef:
    kinds = {"startTime": FieldType.TIMESTAMP, "longProperties": FieldType.PROPERTIES}
    value = FieldType.LONG if name == "longProperties" else None
    is_list = name == "matchingConversionGoals"
    return FieldRef(table, name, None, kinds.get(name, FieldType.STRING), is_list, False, value)


def hour(table: str) -> DatePart:
    return DatePart("HOUR", field(table, "startTime"))


def day(table: str) -> DateText:
    return DateText(field(table, "startTime"), parse_date_format("E"), None)


OWN: tuple[Any, Any] = (None, None)
"""Neither of sessions nor several: ``(parent, offsets)``."""


@pytest.mark.parametrize(
    ("table", "expression", "wanted"),
    [
        (PRIMARY, field(PRIMARY, "name"), OWN),
        (PRIMARY, hour(PRIMARY), OWN),
        (PRIMARY, day(PRIMARY), OWN),
        (ACTION, field(ACTION, "name"), OWN),
        (ACTION, day(ACTION), OWN),
        (ACTION, field(PRIMARY, "name"), (PARENT, None)),
        (ACTION, hour(PRIMARY), (PARENT, None)),
        (ACTION, day(PRIMARY), (PARENT, None)),
        (PRIMARY, field(ACTION, "name"), (None, OFFSETS)),
        (PRIMARY, hour(ACTION), (None, OFFSETS)),
        (PRIMARY, field(PRIMARY, "matchingConversionGoals"), (None, [0, 2, 2, 3])),
        (PRIMARY, day(ACTION), None),
        (PRIMARY, field(ACTION, "matchingConversionGoals"), None),
        (ACTION, field(ACTION, "matchingConversionGoals"), None),
        (ACTION, field(PRIMARY, "matchingConversionGoals"), None),
        (PRIMARY, field(PRIMARY, "longProperties"), None),
        (PRIMARY, Calculation("+", hour(PRIMARY), hour(PRIMARY), False), None),
        (PRIMARY, DatePart("HOUR", Calculation("+", TIME, TIME, False)), None),
    ],
)
def test_keys(table: str, expression: Expression, wanted: Any) -> None:
    found = key_codes(Access(Cache(STORE, 0, DEFAULT), table, 0, Control()), expression)
    assert (found is None) is (wanted is None)
    if found is None:
        return
    assert found.field == (expression if isinstance(expression, FieldRef) else None)
    for part, expected in zip((found.parent, found.offsets), wanted, strict=True):
        assert (part is None) is (expected is None)
        assert part is None or part.tolist() == list(expected)
    assert len(found.coder.codes(slice(0, 3))) == 3
    assert isinstance(found.coder, NumberCoder) is False


def test_a_key_that_the_data_lacks() -> None:
    missing = FieldRef(PRIMARY, "city", None, FieldType.STRING, False, False)
    coder = coder_of(Access(Cache(STORE, 0, DEFAULT), PRIMARY, 0, Control()), missing)
    assert coder.codes(slice(0, 3)).tolist() == [0, 0, 0]
    assert coder.size == 1
    assert isinstance(coder.column, DictionaryColumn)
