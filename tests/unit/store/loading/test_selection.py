"""Row groups and files that, by what is noted of them, hold no session a question asks for: they
change no answer, and no more of them is read than what counts."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import BooleanType

import usql
from tests.sampling import case_count
from tests.unit.test_once import columns_read, outcome
from usql.analysis import bound
from usql.analysis.bound import Matches, OneOf, Predicate, Prefix, Present, Range
from usql.asking.question import QueryOptions
from usql.catalog import FieldType
from usql.language.literals import parse_like
from usql.once import Opening, opened_for
from usql.store.columns import LeftOut
from usql.store.loading.bounds import NOTHING, Bounds, Limit
from usql.store.loading.selection import fits

CASES = case_count(12, long=240)
DAY = 86_400_000
KEYS = {"userSessionId", "startTime", "endTime"}
COUNT = "SELECT COUNT(DISTINCT city) FROM usersession WHERE "


def left_out(text: str, source: Any, **options: Any) -> tuple[int, int]:
    """How many row groups or files were left out, and of how many."""
    with opened_for(text, QueryOptions(**options), source, Opening(threads=1)) as sessions:
        found = sessions._store.left_out
        if found is None:
            return 0, 0
        assert isinstance(found, LeftOut)
        return found.count, found.parts


def same(text: str, source: Any, loaded: usql.Sessions | None = None, /, **options: Any) -> None:
    """One question has the answer of a load of everything, and tells the same of it."""
    once = outcome(lambda: usql.query(text, source, **options))
    loaded = usql.open(source) if loaded is None else loaded
    whole = outcome(lambda: loaded.query(text, **options))
    assert once == whole, (text, options)
    with opened_for(text, QueryOptions(**options), source, Opening()) as sessions:
        if not sessions._store.ended_early:
            assert (len(sessions), counted(sessions)) == (len(loaded), counted(loaded))


def counted(sessions: usql.Sessions) -> list[str]:
    """What loading tells of them, but for older names of fields, which may not be read."""
    return [note for note in sessions.notes if not note.startswith("Fields with names of older")]


# --- generated ------------------------------------------------------------------------------------

COUNTRIES = ["", "Chile", "Fra", "France", "Françe", "Spain", "Späin", "\U0001f600"]
OFFSETS = [-5, -1, 0, 1, 2, 1000]


def generated(draw: random.Random) -> pa.Table:
    """Some sessions, more or less in the order of one of their fields."""
    rows = []
    for number in range(draw.randint(1, 30)):
        start = draw.choice([None, *[draw.randint(-3, 40) * DAY + draw.choice(OFFSETS)] * 6])
        size = draw.choice([0, 1, 5 * DAY, None])
        row = {
            "userSessionId": str(number % draw.choice([3, 50])),
            "startTime": start,
            "endTime": None if size is None or start is None else start + size,
            "city": f"city {number % 5}",
            "country": draw.choice([None, *COUNTRIES]),
            "userType": draw.choice(["REAL_USER", "SYNTHETIC", None]),
            "duration": draw.choice([None, -1, 0, 7, 7, 2**40]),
            "bounce": draw.choice([None, True, False]),
            "screenWidth": draw.choice([None, 1, 2, 7, 2**32 - 1]),
            "userActions": [{"name": "a", "duration": draw.randint(0, 9)}] * draw.randint(0, 2),
        }
        rows.append(row)
    order = draw.choice(["startTime", "country", "duration", "screenWidth", "bounce", "userType"])
    rows.sort(key=lambda row: (row[order] is None, row[order] if row[order] is not None else 0))
    return typed(pa.Table.from_pylist(rows, schema=SCHEMA), draw)


SCHEMA = pa.schema({
    "userSessionId": pa.string(), "startTime": pa.int64(), "endTime": pa.int64(),
    "city": pa.string(), "country": pa.string(), "userType": pa.string(),
    "duration": pa.int64(), "bounce": pa.bool_(), "screenWidth": pa.int64(),
    "userActions": pa.list_(pa.struct({"name": pa.string(), "duration": pa.int64()})),
})  # fmt: skip

TIMES = [pa.int64(), pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.timestamp("ns"),
         pa.timestamp("us", "Europe/Vienna"), pa.timestamp("s"), pa.date32(), pa.float64()]  # fmt: skip
NUMBERS = [pa.int64(), pa.float64(), pa.decimal128(20, 1)]
SMALL = [pa.int64(), pa.uint8(), pa.uint32(), pa.uint64(), pa.float32(), pa.int16(), pa.string()]
TEXTS = [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]


def typed(table: pa.Table, draw: random.Random) -> pa.Table:
    """The table with other types that mean the same, some columns under an older name, or twice, or
    not at all."""
    kinds = {
        "startTime": draw.choice(TIMES),
        "endTime": draw.choice(TIMES),
        "country": draw.choice(TEXTS),
        "duration": draw.choice(NUMBERS),
        "screenWidth": draw.choice(SMALL),
    }
    for name, kind in kinds.items():
        column = table.column(name)
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            column = column.cast(pa.timestamp("ms", getattr(kind, "tz", None)))
        if getattr(kind, "unit", "") in ("us", "ns"):  # which are rounded down
            column = pc.add(column.cast(kind).cast(pa.int64()), draw.choice([0, 1, 999]))
        at = table.column_names.index(name)
        column = column.cast(kind, safe=False)
        if pa.types.is_floating(kind):  # a missing value, of which statistics tell nothing
            column = pc.if_else(pc.equal(column, 7), math.nan, column)
        table = table.set_column(at, name, column)
    change = draw.choice(["none", "none", "older", "twice", "gone", "spelt"])
    at = table.column_names.index("country")
    country = table.column(at)
    if change == "older":
        return table.set_column(at, "geolocationCountryName", country)
    if change == "twice":
        return table.append_column("geolocationCountryName", pa.array(["Chile"] * len(table)))
    if change == "gone":
        return table.remove_column(at)
    return table.set_column(at, "COUNTRY", country) if change == "spelt" else table


def condition(draw: random.Random, depth: int = 2) -> str:
    """A condition on fields of sessions, mostly."""
    if depth and draw.random() < 0.6:
        word = draw.choice([" AND ", " AND ", " OR "])
        parts = word.join(condition(draw, depth - 1) for _ in range(draw.randint(2, 3)))
        return f"{draw.choice(['', '', 'NOT '])}({parts})"
    text = f"'{draw.choice(COUNTRIES)}'"
    op = draw.choice(["=", "!=", "<", "<=", ">", ">="])
    when = draw.randint(-3, 40) * DAY + draw.choice(OFFSETS)
    return draw.choice([
        f"country {op} {text}",
        f"country {op} {text}",
        f"country {draw.choice(['', 'NOT '])}IN ({text}, 'Spain')",
        f"country STARTSWITH {text}",
        f"country LIKE {text[:-1]}%'",
        f"country IS {draw.choice(['', 'NOT '])}NULL",
        f"startTime {op} {when}",
        f"startTime BETWEEN {when} AND {when + 9 * DAY}",
        f"endTime {op} {when}",
        f"endTime {op} $NOW",
        f"duration {op} {draw.choice([-1, 0, 7, 6.5, 2**40])}",
        f"duration IN ({draw.choice([-1, 0, 7])}, 3)",
        f"screenWidth {op} {draw.choice([0, 1, 2, 3, 2**31])}",
        f"bounce {draw.choice(['=', '!='])} {draw.choice(['TRUE', 'FALSE'])}",
        f"userType = {draw.choice(['REAL_USER', 'ROBOT'])!r}",
        f"useraction.duration {op} {draw.randint(0, 9)}",
    ])  # fmt: skip


def question(draw: random.Random) -> tuple[str, dict[str, Any]]:
    shape = draw.choice([
        "SELECT city, COUNT(*), SUM(duration) FROM usersession WHERE {} GROUP BY city",
        "SELECT userSessionId, city, country FROM usersession WHERE {} ORDER BY city LIMIT 200",
        "SELECT COUNT(*), COUNT(DISTINCT useraction.name) FROM usersession WHERE {}",
        "SELECT FUNNEL(country = 'Spain' AS a, duration > 3) FROM usersession WHERE {}",
        "SELECT COUNT(*) FROM useraction WHERE {}",
        "SELECT name, usersession.city FROM useraction WHERE {} LIMIT 200",
    ])  # fmt: skip
    where = condition(draw)
    if "useraction WHERE" in shape:
        for name in ("country", "bounce", "screenWidth", "userType"):
            where = where.replace(f"{name} ", f"usersession.{name} ")
    frame = draw.choice(
        [(None, None), (None, None), (3 * DAY, None), (DAY, 9 * DAY + 1), (None, 1)]
    )
    options = {"start": frame[0], "end": frame[1], "now": draw.randint(0, 40) * DAY}
    return shape.format(where), options


def compared(draw: random.Random, cases: int, made: Callable[[], Any]) -> None:
    """Some questions of each source: nothing changes, and much is left out."""
    left, parts = 0, 0
    for _ in range(cases):
        source = made()
        loaded = usql.open(source)
        for _ in range(6):
            text, options = question(draw)
            same(text, source, loaded, **options)
            found = left_out(text, source, **options)
            left, parts = left + found[0], parts + found[1]
    assert 0.1 < left / parts < 0.9


def test_generated_questions_of_row_groups(tmp_path: Path) -> None:
    draw = random.Random(11)

    def made() -> Path:
        path, size, is_noted = tmp_path / "a.parquet", draw.randint(1, 4), draw.random() < 0.9
        pq.write_table(generated(draw), path, row_group_size=size, write_statistics=is_noted)
        return path

    compared(draw, CASES, made)


def test_generated_questions_of_datasets(tmp_path: Path) -> None:
    draw = random.Random(12)

    def made() -> ds.Dataset:
        first, folder = generated(draw), tmp_path / str(draw.random())
        ds.write_dataset(
            first,
            folder,
            format="parquet",
            partitioning=ds.partitioning(pa.schema([("userType", pa.string())]), flavor="hive"),
            max_rows_per_group=3,
            min_rows_per_group=1,
        )
        return ds.dataset(folder, partitioning="hive")

    compared(draw, CASES // 3, made)


# pyiceberg says that it has no dictionaries
@pytest.mark.filterwarnings("ignore")
def test_generated_questions_of_iceberg(tmp_path: Path) -> None:
    draw, numbers = random.Random(13), count()
    lake = SqlCatalog("test", uri="sqlite:///:memory:", warehouse=f"file://{tmp_path}")
    lake.create_namespace("lake")
    kinds = {"userActions": SCHEMA.field("userActions").type}

    def made() -> Any:
        drawn = generated(draw)
        columns = {
            name: column.cast(kinds.get(name, _of_iceberg(column.type)))
            for name, column in zip(drawn.column_names, drawn.columns, strict=True)
        }
        found = pa.table(columns)
        table = lake.create_table(f"lake.t{next(numbers)}", schema=found.schema)
        for begin in range(0, len(found), 7):
            table.append(found.slice(begin, 7))
        return table

    compared(draw, CASES // 12, made)


def _of_iceberg(kind: pa.DataType) -> pa.DataType:
    """The nearest type that Iceberg has."""
    if pa.types.is_dictionary(kind):
        return pa.string()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz and "UTC")
    return pa.int64() if pa.types.is_integer(kind) else kind


# --- what is read ---------------------------------------------------------------------------------


@pytest.fixture
def days(tmp_path: Path) -> Callable[..., Path]:
    """Makes a file of six sessions, a day each, in three row groups."""

    def made(time: pa.DataType = TIMES[0], **columns: Any) -> Path:
        rows = {
            "userSessionId": [*"abcdef"],
            "startTime": [day * DAY for day in range(6)],
            "endTime": [day * DAY + 5 for day in range(6)],
            "city": [f"city {day}" for day in range(6)],
            **columns,
        }
        table = pa.table(rows)
        for at, name in ((1, "startTime"), (2, "endTime")):
            when = table.column(name)
            if not pa.types.is_integer(time):
                when = when.cast(pa.timestamp("ms", getattr(time, "tz", None))).cast(time)
            table = table.set_column(at, name, when)
        pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
        return tmp_path / "a.parquet"

    return made


def which(path: Path, text: str, **options: Any) -> list[bool]:
    """Of which row groups more was read than keys, times and tested fields."""
    return ["city" in columns for columns in columns_read(path, text, **options)]


@pytest.mark.parametrize("time", TIMES[:5])
def test_a_timeframe_over_times_of_every_type(days: Callable[..., Path], time: pa.DataType) -> None:
    path, text = days(time), "SELECT COUNT(DISTINCT city) FROM usersession"
    for options, expected in (
        ({"start": 3 * DAY + 5}, [False, True, True]),
        ({"start": 3 * DAY + 1006}, [False, False, True]),
        ({"end": 2 * DAY}, [True, False, False]),
        ({"start": 2 * DAY, "end": 3 * DAY}, [False, True, False]),
    ):
        assert which(path, text, **options) == expected
        assert columns_read(path, text, **options)[expected.index(False)] == KEYS
        same(text, path, **options)


@pytest.mark.parametrize("time", [*TIMES[:5], pa.date32()])
def test_a_condition_on_times_of_every_type(days: Callable[..., Path], time: pa.DataType) -> None:
    path = days(time)
    for where, expected in (
        (f"startTime >= {4 * DAY}", [False, False, True]),
        ("startTime = '1970-01-04 00:00'", [False, True, False]),
        (f"NOT (startTime < {2 * DAY})", [False, True, True]),
    ):
        assert which(path, COUNT + where) == expected
        same(COUNT + where, path)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("country = 'Spain'", [False, True, True]),
        ("country = 'Italy'", [False, False, False]),
        ("country > 'Spain'", [False, False, False]),
        ("country < 'B'", [True, False, False]),
        ("country IN ('Chile', 'Aachen')", [True, False, False]),
        ("country STARTSWITH 'Sp'", [False, True, True]),
        ("country != 'Spain'", [True, False, True]),
        ("country LIKE '%pain'", [True, True, True]),
        ("country IS NULL", [False, False, True]),
        ("country = 'Spain' AND duration > 5", [False, False, True]),
        ("country = 'Chile' OR duration > 5", [True, False, True]),
        ("country = 'Spain' AND useraction.name = 'x'", [False, True, True]),
        ("duration BETWEEN 3 AND 4", [False, True, False]),
        ("bounce = true", [True, True, True]),
        ("bounce IS NOT NULL", [False, True, True]),
    ],
)
def test_conditions_on_fields_of_sessions(
    days: Callable[..., Path], where: str, expected: list[bool]
) -> None:
    path = days(
        country=["Austria", "Chile", "Spain", "Spain", "Spain", None],
        duration=[1, 2, 3, 4, 5, 6],
        bounce=[True, False, True, True, False, True],
        userActions=[[{"name": "x"}]] * 6,
    )
    if where == "bounce IS NOT NULL":
        path = days(bounce=[None, None, True, True, False, True])
    assert which(path, COUNT + where) == expected
    same(COUNT + where, path)


@pytest.mark.parametrize(
    ("kind", "largest"),
    [(pa.uint8(), 2**8 - 1), (pa.uint32(), 2**32 - 1), (pa.uint64(), 2**63 - 1)],
)
def test_numbers_without_a_sign(days: Callable[..., Path], kind: pa.DataType, largest: int) -> None:
    path = days(screenWidth=pa.array([1, 2, 3, 4, 5, largest], kind))
    for where, expected in (("screenWidth > 5", [False, False, True]),
                            ("screenWidth < 5", [True, True, False])):  # fmt: skip
        assert which(path, COUNT + where) == expected
        same(COUNT + where, path)


def test_a_session_without_an_end_ends_where_it_starts(days: Callable[..., Path]) -> None:
    path = days(endTime=[5, None, None, None, 4 * DAY, 5 * DAY])
    text = "SELECT COUNT(DISTINCT city) FROM usersession"
    for start, expected in (
        (DAY, [True, True, True]),
        (DAY + 1, [False, True, True]),
        (4 * DAY, [False, False, True]),
    ):
        assert which(path, text, start=start) == expected
        same(text, path, start=start)


def test_sessions_that_are_left_out_are_counted_when_they_repeat(
    days: Callable[..., Path],
) -> None:
    path = days(userSessionId=[*"aabbcc"], startTime=[0, 0, DAY, DAY, 7, 7], country=[*"xxyyzz"])
    text = COUNT + "country = 'y'"
    assert which(path, text) == [False, True, False]
    with opened_for(text, QueryOptions(), path, Opening()) as sessions:
        assert len(sessions) == 6
        assert sessions.notes == usql.open(path).notes
        assert sessions.notes


def test_rows_of_children_are_counted_where_none_fits(days: Callable[..., Path]) -> None:
    path = days(country=[*"xxyyzz"], userActions=[[{"name": "x"}]] * 6)
    text = "SELECT name FROM useraction WHERE usersession.country = 'w'"
    assert usql.query(text, path).explanations == ("No row matches `usersession.country = 'w'`.",)
    assert left_out(text, path) == (3, 3)


def test_a_condition_with_now_leaves_out_only_where_now_is_given(
    days: Callable[..., Path],
) -> None:
    path, text = days(), COUNT + 'startTime > $NOW - DURATION("1d")'
    assert which(path, text) == [True, True, True]
    assert which(path, text, now=4 * DAY) == [False, False, True]


def test_what_folders_say(tmp_path: Path) -> None:
    for country in ("Chile", "Spain"):
        (tmp_path / f"country={country}").mkdir()
        rows = pa.table({"userSessionId": ["a"], "startTime": [5], "city": [country]})
        pq.write_table(rows, tmp_path / f"country={country}" / "a.parquet")
    text = COUNT + "country = 'Spain'"
    assert left_out(text, tmp_path) == (1, 2)
    same(text, tmp_path)
    given = pa.table({"userSessionId": ["a", "b"], "startTime": [5, 6], "country": ["Peru", None]})
    pq.write_table(given, tmp_path / "country=Spain" / "a.parquet")
    assert left_out(text, tmp_path) == (1, 2)  # the second has its country from the folder
    same(text, tmp_path)
    text = COUNT + "country = 'Peru'"  # which a row says in spite of the folder
    assert left_out(text, tmp_path) == (1, 2)
    same(text, tmp_path)


def test_row_groups_of_datasets(tmp_path: Path) -> None:
    rows = {"userSessionId": [*"abcd"], "startTime": [1, 2, 3, 4], "city": [*"wxyz"]}
    for country, numbers in (("Chile", [1, 2, 3, 4]), ("Spain", [3, 4, 5, 6])):
        (tmp_path / f"Country={country}").mkdir()
        made = pa.table({**rows, "duration": numbers, "screenWidth": ["1", "2", "3", "4"]})
        pq.write_table(made, tmp_path / f"Country={country}" / "a.parquet", row_group_size=2)
    dataset = ds.dataset(tmp_path, partitioning="hive")
    for where, expected in (
        ("duration > 5", (3, 4)),
        ("country = 'Spain'", (2, 4)),
        ("country = 'Spain' AND duration < 5", (3, 4)),
        ("newUser = true", (4, 4)),
        ("screenWidth > 3", (0, 4)),  # texts have another order than the numbers they stand for
    ):
        assert left_out(COUNT + where, dataset) == expected
        same(COUNT + where, dataset)
    wider = dataset.schema.set(
        dataset.schema.get_field_index("screenWidth"), pa.field("screenWidth", pa.int64())
    )
    dataset = ds.dataset(tmp_path, partitioning="hive", schema=wider)
    assert left_out(COUNT + "screenWidth > 3", dataset) == (0, 4)
    same(COUNT + "screenWidth > 3", dataset)


def test_columns_that_a_dataset_reads_as_other_types(tmp_path: Path) -> None:
    times = pa.array([1000, 2000], pa.timestamp("us"))
    made = pa.table({"userSessionId": [*"ab"], "city": [*"xy"], "startTime": times})
    pq.write_table(made, tmp_path / "a.parquet", row_group_size=1)
    numbers = made.schema.set(2, pa.field("startTime", pa.int64()))
    dataset, text = ds.dataset(tmp_path, schema=numbers), COUNT + "startTime > 500"
    assert usql.query(text, dataset).rows() == [[2]]
    assert left_out(text, dataset) == (0, 2)
    same(text, dataset)


def test_files_of_iceberg(tmp_path: Path) -> None:
    lake = SqlCatalog("test", uri="sqlite:///:memory:", warehouse=f"file://{tmp_path}")
    lake.create_namespace("lake")
    long = "a text that is longer than what is noted of it"
    first = pa.table({"userSessionId": [*"ab"], "startTime": [0, DAY], "city": ["x", "y"],
                      "country": [long, f"{long}!"]})  # fmt: skip
    table = lake.create_table("lake.t", schema=first.schema)
    table.append(first)
    later = pa.table({"userSessionId": [*"cd"], "startTime": [5 * DAY, 6 * DAY], "city": ["z", "z"],
                      "country": ["Chile", None]})  # fmt: skip
    table.append(later)
    for where, expected in (
        (f"startTime > {2 * DAY}", (1, 2)),
        ("country = 'Chile'", (1, 2)),
        (f"country = '{long}'", (1, 2)),
        ("country IS NULL", (1, 2)),
        ("country IS NOT NULL", (0, 2)),
        ("newUser = true", (2, 2)),
    ):
        assert left_out(COUNT + where, table) == expected
        same(COUNT + where, table)
    assert left_out("SELECT COUNT(DISTINCT city) FROM usersession", table, end=3 * DAY) == (1, 2)
    with table.update_schema() as update:
        update.add_column("newUser", BooleanType())
    assert left_out(COUNT + "newUser = true", table) == (0, 2)  # nothing is noted of it
    same(COUNT + "newUser = true", table)


def test_of_delta_everything_is_read(tmp_path: Path) -> None:
    made = pa.table({"userSessionId": [*"ab"], "startTime": [0, DAY], "city": ["x", "y"]})
    write_deltalake(str(tmp_path / "t"), made)
    assert left_out(COUNT + "startTime > 5000000000000", tmp_path / "t") == (0, 0)
    same(COUNT + "startTime > 5000000000000", tmp_path / "t")


def test_the_plan_tells_how_much_was_left_out(days: Callable[..., Path]) -> None:
    path, text = days(), COUNT + f"startTime >= {2 * DAY}"
    with opened_for(text, QueryOptions(), path, Opening()) as sessions:
        assert sessions.explain(text).splitlines()[-1] == (
            "left out: 1 of 3 row groups and files, of which only keys, times and tested fields are "
            "read"
        )
    every = COUNT + "startTime >= 0"
    with opened_for(every, QueryOptions(), path, Opening()) as sessions:
        assert "left out" not in sessions.explain(every)


def test_what_is_loaded_for_more_than_one_question_is_whole(days: Callable[..., Path]) -> None:
    assert usql.open(days())._store.left_out is None


# --- conditions and bounds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("predicate", "low", "high", "expected"),
    [
        (Prefix("ab"), b"abc", b"abd", True),
        (Prefix("ab"), b"a", b"abd", None),
        (Prefix("ab"), b"ac", b"b", False),
        (Prefix("ab"), b"A", b"aa", False),
        (OneOf(("b",)), b"a", b"c", None),
        (OneOf(("b", "d")), b"b", b"b", True),
        (OneOf(()), 1, 1, False),
        (Range(1, 2), 1, 2, True),
        (Range(1.0, 2.0, low_closed=False), 1.0, 2.0, None),
        (Range(1.0, None, low_closed=False), 0.5, 1.0, False),
        (Range(None, 1.0, high_closed=False), 1.0, 2.0, False),
        (Range(None, 1.0, high_closed=False), 0.5, 1.0, None),
        (Range("\ud800", None), b"\xee\x80\x80", b"\xee\x80\x80", True),
        (Present(), 1, 1, True),
        (Matches(parse_like("%")), b"a", b"a", None),
    ],
)
def test_predicates_on_bounds(
    predicate: Predicate, low: Limit, high: Limit, expected: bool | None
) -> None:
    field = bound.FieldRef("usersession", "country", None, FieldType.STRING, False, False)
    test = bound.Test(field, predicate)
    assert fits(test, lambda _: Bounds(low, high, False)) is expected
    assert fits(bound.Negation(test), lambda _: Bounds(low, high, False)) is (
        None if expected is None else not expected
    )
    with_gaps = fits(test, lambda _: Bounds(low, high, True))
    assert with_gaps is (None if expected is True else expected)
    assert fits(test, lambda _: None) is None
    assert fits(test, lambda _: NOTHING) is False


def test_only_single_fields_of_sessions_tell() -> None:
    for table, key, is_list in (("useraction", None, False), ("usersession", "a", False),
                                ("usersession", None, True)):  # fmt: skip
        field = bound.FieldRef(table, "country", key, FieldType.STRING, is_list, True)
        assert fits(bound.Test(field, Present()), lambda _: NOTHING) is None
