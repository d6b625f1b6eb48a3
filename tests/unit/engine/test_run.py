"""What a run gives beside the rows: notes, the figures of its nodes, what it reserves and keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.oracle.strategies import BASE
from tests.unit.engine import pieces as small
from usql.engine import Engine
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.run import Answer, _Run, run_plan, weight_of
from usql.engine.runtime.limits import Control
from usql.engine.runtime.trace import Trace
from usql.engine.runtime.tuning import DEFAULT
from usql.planner.plan import Filter, Scan
from usql.planner.prepared import Prepared
from usql.planner.rewrite import walk
from usql.store import Store, load

CITIES = ["Wien", "Linz", "Wien", None, "Graz", "Wien", "Linz", "Bonn", "Linz", "Wien", "Graz"]
DURATIONS = [5, 3, 9, 1, None, 7, 2, 8, 4, 6, None]
ROWS: list[dict[str, Any]] = [
    {
        "userSessionId": f"s{number:02}",
        "startTime": BASE + number,
        "endTime": BASE + number,
        "city": city,
        "duration": duration,
        "userActions": [{"name": f"n{i}", "duration": i} for i in range(number % 4)],
    }
    for number, (city, duration) in enumerate(zip(CITIES, DURATIONS, strict=True))
]


@pytest.fixture(scope="module")
def data() -> Engine:
    return small.engine_of(ROWS, threads=2, index_memory=0)


def ran(
    engine: Engine, text: str, *, profile: str = "offline"
) -> tuple[Answer, dict[str, Mapping[str, str]], int]:
    """What a query gives, the figures of its nodes by name but for their times, and the bytes it used."""
    prepared = small.prepared_of(engine.store, text, now=BASE, profile=profile).prepared
    trace = Trace()
    with engine.accessing(prepared) as access:
        answer = run_plan(access, prepared, trace)
        used = access.control.used
    shown: dict[str, Mapping[str, str]] = {}
    for node in walk(prepared.plan):
        figures = dict(trace.details(node))
        figures.pop("time", None)
        shown[type(node).__name__] = figures
    return answer, shown, used


def rows_of(answer: Answer) -> list[list[Any]]:
    columns = [column.to_pylist() for column in answer.columns]
    assert all(len(column) == answer.rows for column in columns)
    return [list(row) for row in zip(*columns, strict=True)]


# --- rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "total"),
    [("", 11), (" WHERE duration > 2", 7), (" ORDER BY duration", 11)],
)
def test_a_limit_of_the_query_that_cuts_is_noted(data: Engine, text: str, total: int) -> None:
    note = f"The first 3 of {total} rows are shown, because of LIMIT 3."
    answer, _, _ = ran(data, f"SELECT userSessionId FROM usersession{text} LIMIT 3")
    assert (answer.rows, answer.total, answer.notes) == (3, total, (note,))
    assert answer.limit_note is None


@pytest.mark.parametrize("text", ["", " WHERE duration > 2", " ORDER BY duration"])
@pytest.mark.parametrize("limit", [0, 100])
def test_a_limit_that_cuts_nothing_or_all_is_no_note(data: Engine, text: str, limit: int) -> None:
    answer, _, _ = ran(data, f"SELECT userSessionId FROM usersession{text} LIMIT {limit}")
    every, _, _ = ran(data, f"SELECT userSessionId FROM usersession{text}")
    assert (answer.notes, answer.limit_note) == ((), None)
    assert answer.rows == min(limit, every.rows)
    assert every.total == every.rows
    if limit or " WHERE" not in text:
        assert answer.total == every.rows


def many(count: int) -> Engine:
    rows = [{"duration": -number, "city": f"c{number}"} for number in range(count)]
    return small.engine_of(rows, threads=2)


@pytest.mark.parametrize("order", ["", " ORDER BY duration"])
def test_a_default_limit_that_leaves_out_rows_is_noted(order: str) -> None:
    answer, shown, _ = ran(
        many(51), f"SELECT duration FROM usersession{order}", profile="dynatrace"
    )
    expected = range(0, -50, -1) if not order else range(-50, 0)
    assert rows_of(answer) == [[number] for number in expected]
    note = "The first 50 of 51 rows are shown, because the query has no LIMIT."
    assert (answer.total, answer.notes, answer.limit_note) == (51, (note,), note)
    assert shown["Scan"]["rows"] == "51"
    answer, _, _ = ran(many(50), f"SELECT duration FROM usersession{order}", profile="dynatrace")
    assert (answer.rows, answer.total, answer.notes, answer.limit_note) == (50, 50, (), None)


def test_a_default_limit_of_groups_is_noted() -> None:
    text = "SELECT city, COUNT(*) FROM usersession GROUP BY city"
    answer, shown, _ = ran(many(51), text, profile="dynatrace")
    assert rows_of(answer) == [[city, 1] for city in sorted(f"c{n}" for n in range(51))[:50]]
    note = "The first 50 of 51 rows are shown, because the query has no LIMIT."
    assert (answer.total, answer.notes, answer.limit_note) == (51, (note,), note)
    assert (shown["Sort"]["rows"], shown["Limit"]["rows"]) == ("51", "50")
    answer, _, _ = ran(many(50), text, profile="dynatrace")
    assert (answer.rows, answer.total, answer.notes, answer.limit_note) == (50, 50, (), None)
    answer, _, _ = ran(many(51), f"{text} LIMIT 9", profile="dynatrace")
    note = "The first 9 of 51 rows are shown, because of LIMIT 9."
    assert (answer.rows, answer.total, answer.notes) == (9, 51, (note,))
    assert answer.limit_note is None


def test_the_sessions_of_rows_are_told(data: Engine) -> None:
    """A row of another table lies in the session that has it."""
    own, _, _ = ran(data, "SELECT duration FROM usersession WHERE city = 'Linz' LIMIT 9")
    assert own.sessions is not None
    assert own.sessions.tolist() == [1, 6, 8]
    children, _, _ = ran(data, "SELECT name FROM useraction WHERE name = 'n1' LIMIT 9")
    assert children.sessions is not None
    assert children.sessions.tolist() == [2, 3, 6, 7, 10]
    groups, _, _ = ran(data, "SELECT city FROM usersession GROUP BY city")
    assert groups.sessions is None


def test_a_limit_reads_the_first_rows_alone() -> None:
    """Nothing is indexed for them, and what is left out is no work of minima."""
    rows = [{"duration": n, "city": "Linz" if n % 3 else "Wien"} for n in range(3000)]
    text = "SELECT duration FROM usersession WHERE city = 'Wien' LIMIT 4"
    wide = small.engine_of(rows, small.INDEXED, threads=2)
    answer, shown, _ = ran(wide, text)
    assert rows_of(answer) == [[0], [3], [6], [9]]
    assert answer.notes == ("Reading ended at LIMIT 4; there may be more rows.",)
    assert shown["Filter"] == {"rows": "4", "read": "1 kB"}
    assert shown["Limit"] == {"rows": "4"}
    assert not wide.saved_indexes()
    ran(wide, text.removesuffix(" LIMIT 4"))
    assert len(wide.saved_indexes()) == 1


def test_the_figures_of_rows(data: Engine) -> None:
    text = "SELECT city FROM usersession WHERE duration > 2 ORDER BY duration DESC LIMIT 3"
    answer, shown, _ = ran(data, text)
    assert rows_of(answer) == [["Wien"], ["Bonn"], ["Wien"]]
    assert shown == {
        "Project": {"rows": "3"},
        "TopRows": {"rows": "3"},
        "Filter": {"rows": "7", "read": "22 bytes"},
        "Scan": {},
    }
    assert rows_of(data.run(small.prepared_of(data.store, text).prepared)) == rows_of(answer)


# --- orders that are kept -------------------------------------------------------------------------


def test_an_order_of_rows_without_a_name_is_not_kept() -> None:
    """Else another condition would find the rows of the first."""
    data = small.engine_of(ROWS, small.INDEXED, threads=2)
    for low in (2, 5):
        query = f"SELECT duration FROM usersession WHERE duration > {low} ORDER BY duration"
        answer, _, _ = ran(data, query)
        assert rows_of(answer) == [[number] for number in range(low + 1, 10)]
    assert not [name for name in data.saved_indexes() if "order" in name]


def test_an_order_that_is_kept_is_told() -> None:
    name = "rows of usersession in the order of usersession.duration descending"
    data = small.engine_of(ROWS, small.INDEXED, threads=2)
    text = "SELECT duration FROM usersession ORDER BY duration DESC LIMIT {}"
    for limit, used in ((2, {}), (11, {"indexes": name}), (2, {"indexes": name})):
        answer, shown, _ = ran(data, text.format(limit))
        expected = [*range(9, 0, -1), None, None][:limit]
        assert rows_of(answer) == [[number] for number in expected]
        assert shown["TopRows"] == {"rows": f"{limit}"} | used


# --- groups ---------------------------------------------------------------------------------------


def test_the_figures_of_groups(data: Engine) -> None:
    text = (
        "SELECT city, COUNT(*), MAX(duration), COUNT(useraction.duration) FROM usersession "
        "WHERE userSessionId > 's03' GROUP BY city"
    )
    answer, shown, _ = ran(data, text)
    assert rows_of(answer) == [
        ["Graz", 2, None, 1],
        ["Linz", 2, 4, 1],
        ["Wien", 2, 7, 2],
        ["Bonn", 1, 8, 1],
    ]
    # Codes of cities, durations with flags and those of the actions, of 7 rows in 11.
    share = 11 + 2 * 11 + sum(len(row["userActions"]) for row in ROWS)
    assert shown["Group"] == {"rows": "4", "read": f"{share} bytes"}
    assert shown["Filter"] == {"rows": "7", "read": "11 bytes"}
    assert rows_of(data.run(small.prepared_of(data.store, text).prepared)) == rows_of(answer)


def test_filters_keep_the_groups_that_fit_all(data: Engine) -> None:
    text = "SELECT city, {}, {} FROM usersession GROUP BY city ORDER BY city"
    counts, averages = "COUNT(*) FILTER > {}", "AVG(duration) FILTER != {}"
    for low, other, cities in (
        (1, 6.75, ["Linz"]),
        (1, 0, ["Linz", "Wien"]),
        (0, 3, ["Bonn", "Wien", None]),
        (3, 6.75, []),
    ):
        for first, second in ((counts, averages), (averages, counts)):
            given = (low, other) if first is counts else (other, low)
            shown = text.format(first.format(given[0]), second.format(given[1]))
            answer, _, _ = ran(data, shown)
            assert [row[0] for row in rows_of(answer)] == cities


def test_groups_come_in_the_order_that_is_asked(data: Engine) -> None:
    text = "SELECT city, MAX(duration) FROM usersession GROUP BY city ORDER BY MAX(duration) DESC"
    expected = [["Wien", 9], ["Bonn", 8], ["Linz", 4], [None, 1], ["Graz", None]]
    assert rows_of(ran(data, text)[0]) == expected
    for limit in range(1, 6):
        answer, shown, _ = ran(data, f"{text} LIMIT {limit}")
        assert rows_of(answer) == expected[:limit]
        assert shown["Sort"]["rows"] == "5"
        assert shown["Limit"]["rows"] == f"{limit}"


def test_what_top_leaves_out_is_noted(data: Engine) -> None:
    text = "SELECT TOP(city, {}), COUNT(*) FROM usersession GROUP BY city"
    answer, _, _ = ran(data, text.format(2))
    assert rows_of(answer) == [["Wien", 4], ["Linz", 3]]
    cut = "TOP kept the 2 most frequent values of usersession.city; 3 more groups were left out."
    assert answer.notes == (cut,)
    answer, _, _ = ran(data, text.format(4))
    assert answer.notes == (
        cut.replace("2 most", "4 most").replace("3 more groups were", "1 more group was"),
    )
    answer, _, _ = ran(data, text.format(5))
    assert answer.notes == ("Rows without a value of usersession.city form a group of their own.",)


def test_a_group_without_a_value_is_noted(data: Engine) -> None:
    note = "Rows without a value of usersession.{} form a group of their own."
    text = "SELECT city, duration, COUNT(*) FROM usersession {} GROUP BY city, duration"
    for where, fields in (
        ("WHERE duration > 3", []),
        ("WHERE duration < 4", ["city"]),
        ("WHERE city = 'Graz'", ["duration"]),
        ("WHERE city = 'Graz' OR city IS NULL", ["city", "duration"]),
    ):
        answer, _, _ = ran(data, text.format(where))
        assert answer.notes == tuple(note.format(field) for field in fields)
    answer, _, _ = ran(data, "SELECT city, COUNT(*) FROM usersession GROUP BY city LIMIT 2")
    assert answer.notes == ("The first 2 of 5 rows are shown, because of LIMIT 2.",)  # it is not


# --- funnels --------------------------------------------------------------------------------------


@pytest.mark.parametrize("few", [0, 2, 1 << 62])
@pytest.mark.parametrize("where", ["", "WHERE startTime > 0", "WHERE city = 'Wien'"])
def test_a_funnel_counts_what_is_left(few: int, where: str) -> None:
    steps = "duration > 4, useraction.name = 'n0', useraction.name = 'n2'"
    text = f"SELECT FUNNEL({steps}) FROM usersession {where}"
    left = [row for row in ROWS if "city" not in where or row["city"] == "Wien"]
    expected = [sum((row["duration"] or 0) > 4 and len(row["userActions"]) >= n for row in left) for n in (0, 1, 3)]  # fmt: skip
    for index_memory in (0, None):
        data = small.engine_of(
            ROWS,
            {**small.INDEXED, "few_remaining_one_in": few},
            threads=2,
            index_memory=index_memory,
        )
        answer, shown, _ = ran(data, text)
        assert [column.to_pylist() for column in answer.columns] == [[n] for n in expected]
        assert (answer.rows, answer.sessions, answer.notes) == (1, None, ())
        assert shown["Funnel"] == {"rows": "1"}
        if "city" in where:
            assert shown["Filter"]["rows"] == f"{len(left)}"


def test_a_funnel_of_no_rows() -> None:
    data = small.engine_of(ROWS, threads=2)
    text = "SELECT FUNNEL(duration > 4, city = 'Wien') FROM usersession WHERE startTime < 0"
    answer, _, _ = ran(data, text)
    assert [column.to_pylist() for column in answer.columns] == [[0], [0]]


# --- how many rows belong to one ------------------------------------------------------------------


def prepared_of(store: Store, text: str) -> Prepared:
    return small.prepared_of(store, text, now=BASE).prepared


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("SELECT COUNT(*) FROM usersession", 0),
        ("SELECT city FROM usersession", 1),
        ("SELECT COUNT(*) FROM usersession WHERE useraction.duration > 1", 2),
        ("SELECT city, COUNT(useraction.name) FROM usersession GROUP BY city", 2),
        ("SELECT city, useraction.name FROM usersession", 2),
        ("SELECT COUNT(*) FROM useraction WHERE usersession.city = 'Wien'", 1),
    ],
)
def test_a_row_weighs_as_many_as_are_read_for_it(text: str, weight: int) -> None:
    rows = [{"city": "Wien", "userActions": [{"name": "a", "duration": 2}] * 2}] * 3
    store = load(rows)
    prepared = prepared_of(store, text)
    table = "useraction" if "useraction W" in text else "usersession"
    access = Access(Cache(store, 0, DEFAULT), table, 0, Control())
    assert weight_of(access, prepared) == weight
    scan = next(node for node in walk(prepared.plan) if isinstance(node, Scan | Filter))
    assert _Run(access, weight, None).source(scan).weight == weight


def test_of_no_sessions_each_weighs_one() -> None:
    access = small.access_to([])
    assert weight_of(access, prepared_of(access.store, "SELECT COUNT(*) FROM usersession")) == 1
