"""Results drawn with characters."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

import usql
from tests.unit.result.made import funnel, result
from usql.language.literals.dateformat import parse_date_format
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.drawings.chart import chart
from usql.result.periods import Part, Text
from usql.sessions import Sessions


def draw(drawn: Result, width: int = 60, height: int = 5, kind: str = "auto") -> list[str]:
    """The chart's lines as a terminal without colours shows them."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    console.print(chart(drawn, width, height, kind))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert max(map(cell_len, lines)) <= width
    while lines and not lines[-1]:
        lines.pop()
    return lines


def over_time(order: str = "ascending", **columns: Sequence[Any]) -> Result:
    """Groups whose first column is a date function in this order, the others numbers or keys."""
    made = result(
        {n: list(c) for n, c in columns.items()},
        keys=[n for n, c in columns.items() if isinstance(c[0], str)],
    )
    first = ResultColumn(made.columns[0], ColumnRole.KEY, False, order)  # type: ignore[arg-type]
    return Result(made.to_arrow(), [first, *made.schema[1:]])


def test_a_course_over_time() -> None:
    drawn = over_time(day=["Mon", "Tue", "Wed"], count=[0, 10, 0])
    assert draw(drawn, 27) == [
        "count",
        "10 ┤         ⣀⠔⠑⠤⡀",
        "   │       ⡠⠊    ⠈⠢⣀",
        " 5 ┤    ⢀⠤⠊         ⠑⢄",
        "   │  ⢀⠔⠁             ⠉⠢⡀",
        " 0 ┤⡠⠊⠁                 ⠈⠒⢄",
        "   └───────────────────────",
        "    Mon       Tue       Wed",
    ]


def test_descending_time_is_drawn_forwards() -> None:
    forwards = draw(over_time(day=["1", "2", "3"], count=[1, 5, 9]))
    backwards = draw(over_time("descending", day=["3", "2", "1"], count=[9, 5, 1]))
    assert forwards == backwards
    assert forwards[-1].split() == ["1", "2", "3"]


def test_each_number_has_a_chart_of_its_own() -> None:
    lines = draw(over_time(h=["8", "9"], count=[5, 7], ms=[20_000, 80_000]))
    assert [line for line in lines if line in ("count", "ms")] == ["count", "ms"]
    assert any(line.startswith("8 ┤") for line in lines)
    assert any(line.startswith("80k ┤") for line in lines)


def test_a_second_key_makes_courses() -> None:
    drawn = over_time(h=["8", "8", "9", "9"], browser=["a", "b", "a", "b"], count=[1, 50, 2, 40])
    assert draw(drawn)[0] == "count  ━ b  ━ a"


def test_of_many_courses_the_largest_are_drawn() -> None:
    names = [f"n{i}" for i in range(8)]
    drawn = over_time(h=["8"] * 8 + ["9"], name=[*names, "n0"], count=[*range(8), 0])
    assert draw(drawn, 80)[0] == "count, the largest 5  ━ n7  ━ n6  ━ n5  ━ n4  ━ n3"


def test_times_stand_where_they_belong() -> None:
    times = [0, 60_000, 600_000]
    drawn = result({"startTime": times, "ms": [1, 1, 1]}, times=["startTime"])
    last = draw(drawn, 120)[-1]
    first, *_, second = last.strip().split("  ")
    assert [first, second.strip()] == ["1970-01-01 00:00", "1970-01-01 00:10"]


def test_missing_values_and_places_are_left_out() -> None:
    lines = draw(over_time(h=["8", "9", None], count=[5, None, 3]))
    assert lines[-1].split() == ["8", "9"]


def hours(*values: int, counts: Sequence[int | None], **column: Any) -> Result:
    """Groups by HOUR whose rows come in any order."""
    made = result({"h": list(values), "count": list(counts)})
    first = ResultColumn("h", ColumnRole.KEY, False, periods=Part("HOUR"), **column)
    return Result(made.to_arrow(), [first, made.schema[1]])


def strokes(lines: list[str]) -> list[tuple[int, int]]:
    """The columns from which to which each stroke of a chart reaches."""
    drawn = {i for line in lines for i, ch in enumerate(line) if "⠀" < ch <= "⣿"}
    begins = sorted(i for i in drawn if i - 1 not in drawn)
    return [(i, next(j for j in range(i, max(drawn) + 2) if j not in drawn) - 1) for i in begins]


def test_hours_stand_where_they_are_on_the_clock() -> None:
    drawn = hours(14, 3, 2, 13, 4, counts=[9, 2, 5, 8, 1])
    lines = draw(drawn, 76)
    assert lines[-1].split()[0] == "0"
    assert lines[-1].split()[-1] == "23"
    left, right = strokes(lines)
    origin = lines[1].index("┤") + 1
    across = 75 - origin
    assert left == (origin + round(2 / 23 * across), origin + round(4 / 23 * across))
    assert right == (origin + round(13 / 23 * across), origin + round(14 / 23 * across))


def test_a_line_never_joins_over_missing_groups_or_values() -> None:
    whole = hours(1, 2, 3, 4, 5, counts=[5] * 5)
    assert len(strokes(draw(whole, 76))) == 1
    assert len(strokes(draw(hours(1, 2, 4, 5, counts=[5] * 4), 76))) == 2
    assert len(strokes(draw(hours(1, 2, 3, 4, 5, counts=[5, 5, None, 5, 5]), 76))) == 2
    assert len(strokes(draw(hours(1, 3, 5, counts=[5] * 3), 76))) == 3


def test_points_that_stand_alone_are_seen() -> None:
    lines = draw(hours(3, 12, 20, counts=[5, 10, 0]), 76)
    dots = [sum((ord(ch) - 0x2800).bit_count() for ch in line if "⠀" < ch <= "⣿") for line in lines]
    assert sum(dots) == 5 + 4 + 4  # at the upper and lower edges a dot has no room


def test_the_order_of_the_rows_does_not_matter_to_the_clock() -> None:
    lines = draw(hours(1, 2, 3, counts=[4, 5, 6], time_order="ascending"))
    assert draw(hours(3, 1, 2, counts=[6, 4, 5])) == lines
    assert draw(hours(3, 2, 1, counts=[6, 5, 4], time_order="descending")) == lines


def test_a_clock_in_rows_of_another_order(sessions: Sessions) -> None:
    query = "SELECT DATETIME(startTime, 'E') AS d, COUNT(*) FROM usersession GROUP BY d ORDER BY COUNT(*) DESC"
    assert draw(sessions.query(query))[-1].split() == [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
    ]
    query = "SELECT MONTH(startTime) AS m, COUNT(*) FROM usersession GROUP BY m"
    assert draw(sessions.query(query))[-1].split() == [str(i) for i in range(1, 13)]


def test_courses_over_the_clock_where_another_key_comes_first(sessions: Sessions) -> None:
    query = "SELECT userType, HOUR(startTime) AS h, COUNT(*) FROM usersession GROUP BY userType, h ORDER BY COUNT(*) DESC"
    lines = draw(sessions.query(f"{query} LIMIT 60"), 76)
    assert "━ REAL_USER" in lines[0]
    assert lines[-1].split()[-1] == "23"


def test_missing_days_are_missing(sessions: Sessions) -> None:
    days = ["2026-03-01", "2026-03-02", "2026-03-04", "2026-03-05"]
    made = result({"d": days, "count": [1, 2, 2, 1]})
    first = ResultColumn(
        "d", ColumnRole.KEY, False, "ascending", Text(parse_date_format("yyyy-MM-dd"), None)
    )
    assert len(strokes(draw(Result(made.to_arrow(), [first, made.schema[1]]), 76))) == 2


def test_few_groups_of_very_many_periods_take_no_room() -> None:
    """There are 800 million seconds between them."""
    seconds = ["2000-01-01 00:00:00", "2000-01-01 00:00:01", "2026-01-01 00:00:00"]
    made = result({"s": seconds, "count": [2, 2, 2]})
    periods = Text(parse_date_format("yyyy-MM-dd HH:mm:ss"), None)
    first = ResultColumn("s", ColumnRole.KEY, False, "ascending", periods)
    tracemalloc.start()
    lines = draw(Result(made.to_arrow(), [first, made.schema[1]]), 76)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000
    assert len(strokes(lines)) == 2


def test_a_date_function_whose_clock_is_not_known_is_drawn_as_bars(sessions: Sessions) -> None:
    query = "SELECT DATETIME(startTime, 'E d') AS d, COUNT(*) FROM usersession GROUP BY d ORDER BY COUNT(*) DESC LIMIT 3"
    assert "█" in "".join(draw(sessions.query(query)))
    first = query.replace(" ORDER BY COUNT(*) DESC", "")
    assert "█" not in "".join(draw(sessions.query(first)))


def test_a_single_time_is_a_bar() -> None:
    assert draw(over_time(h=["8"], count=[5]), 20) == ["count", "8 ████████████████ 5"]


def test_nothing_but_zeros() -> None:
    lines = draw(over_time(h=["8", "9"], count=[0, 0]))
    assert lines[1].startswith("  1 ┤")


def test_negative_numbers() -> None:
    lines = draw(over_time(h=["8", "9"], count=[-30, 60]))
    assert lines[1].startswith(" 60 ┤")
    assert lines[5].startswith("-30 ┤")


def test_bars() -> None:
    drawn = result({"country": ["Spain", None], "count": [8, 2]}, keys=["country"])
    assert draw(drawn, 20) == ["count", "Spain ████████████ 8", "null  ███          2"]


def test_bars_of_several_keys_and_metrics() -> None:
    drawn = result(
        {"country": ["Spain"], "city": ["Vigo"], "count": [8], "ms": [1.5]},
        keys=["country", "city"],
    )
    assert draw(drawn, 30, kind="bar")[1].startswith("Spain · Vigo █")


def test_bars_of_missing_and_negative_numbers() -> None:
    drawn = result({"k": ["a", "b", "c"], "n": [None, -5, 0]}, keys=["k"])
    assert [line.split() for line in draw(drawn)[1:]] == [["a", "null"], ["b", "-5"], ["c", "0"]]


def test_long_names_are_cut() -> None:
    drawn = result({"k": ["x" * 90, "東" * 60], "n": [1, 2]}, keys=["k"])
    first, second = draw(drawn, 50)[1:]
    assert "x…" in first
    assert "東" in second
    assert first.index("█") > 20


def test_control_characters_are_shown_and_not_sent() -> None:
    drawn = result({"k": ["a\x1b[31m"], "n": [1]}, keys=["k"])
    assert "\x1b" not in "".join(draw(drawn))


def test_numbers_without_a_key_are_counted_by_size() -> None:
    drawn = result({"ms": [1, 12, 12, 30, None]})
    lines = draw(drawn, 30)
    assert lines[0] == "rows by ms"
    assert [line.split()[0] for line in lines[1:]] == [str(n) for n in range(1, 31)]
    assert [line.split()[-1] for line in lines[1:]].count("0") == 27
    assert lines[12].split()[-1] == "2"


def test_the_numbers_of_a_single_row_are_texts() -> None:
    lines = draw(result({"count": [12345], "startTime": [0]}, times=["startTime"]))
    assert lines == ["count  12,345", "startTime  1970-01-01 00:00:00.000"]


def by_two_keys(**columns: list[Any]) -> Result:
    """Groups by the first two columns whose numbers add up."""
    made = result(columns, keys=list(columns)[:2])
    schema = [*made.schema[:2], *(replace(c, is_additive=True) for c in made.schema[2:])]
    return Result(made.to_arrow(), schema)


def test_stacked_bars_are_told_apart_without_colours() -> None:
    drawn = by_two_keys(country=["Spain", "Spain", None], browser=["a", "b", "a"], count=[6, 2, 4])
    assert draw(drawn, 24) == [
        "count  █ a  ▓ b",
        "Spain ████████████▓▓▓▓ 8",
        "null  ████████         4",
    ]


def test_of_many_pieces_the_small_ones_are_together() -> None:
    names = [f"n{i}" for i in range(8)]
    drawn = by_two_keys(k=["x"] * 8, name=names, count=[10] * 8)
    first, second = draw(drawn, 90)
    assert first.split("  ")[1:] == ["█ n0", "▓ n1", "▒ n2", "░ n3", "▚ n4", "· 3 others"]
    counts = [second.count(fill) for fill in "█▓▒░▚·"]
    assert sum(counts) == 90 - len("x ") - len(" 80")
    assert max(counts[:5]) - min(counts[:5]) <= 1
    assert counts[5] == round(sum(counts) * 3 / 8)


def test_pieces_that_are_missing_or_negative_have_no_length() -> None:
    drawn = by_two_keys(k=["x", "x", "y"], name=["a", "b", "a"], count=[None, 3, -3])
    first, second = draw(drawn, 30)[1:]
    assert first == "x " + "█" * 25 + "  3"
    assert second.split() == ["y", "-3"]


def test_a_heat_map_has_a_shade_for_each_pair() -> None:
    drawn = result(
        {
            "k": ["x", "x", "y", "y"],
            "name": ["a", "b", "b", "c"],
            "ms": [1.0, 2.5, 4.9, 5.0],
        },
        keys=["k", "name"],
    )
    assert draw(drawn, 60) == [
        "ms  ░ from 1  ▒ from 2  ▓ from 3  █ from 4",
        "a ░░░",
        "b ▒▒▒███",
        "c    ███",
        "   x  y",
    ]


def test_time_runs_from_left_to_right_in_heat_maps() -> None:
    made = result({"k": ["x", "y"], "h": [3, 1], "ms": [1, 1]}, keys=["k"])
    hour = ResultColumn("h", ColumnRole.KEY, False, periods=Part("HOUR"))
    drawn = Result(made.to_arrow(), [made.schema[0], hour, made.schema[2]])
    title, first, second, last = draw(drawn, kind="heat-map")
    assert title == "ms  █ from 1"
    assert (first, second) == ("x " + " " * 6 + "██", "y   ██")
    assert last.split()[0] == "0"
    assert last.split()[-1] == "23"


def test_a_heat_map_without_room_says_what_it_shows() -> None:
    count = 40
    drawn = result(
        {"k": [f"k{i}" for i in range(count)], "n": ["a"] * count, "ms": [1.0] * count},
        keys=["k", "n"],
    )
    title, row, _ = draw(drawn, 52)
    assert title == "ms  █ from 1"
    assert row == "a " + "█" * 40
    title, row, _ = draw(drawn, 34)
    assert title == "ms  █ from 1  the first 32 of 40"
    assert row == "a " + "█" * 32


def test_a_kind_can_be_chosen() -> None:
    hours = over_time(h=["8", "9"], count=[5, 7])
    assert "█" in "".join(draw(hours, kind="bar"))
    with pytest.raises(usql.UsqlError, match="can be drawn as line, bar"):
        chart(hours, 60, kind="histogram")


def test_times_are_on_the_clock_of_the_result() -> None:
    drawn = result({"startTime": [0, 60_000], "ms": [1, 2]}, times=["startTime"], utc_offset=90)
    assert "1970-01-01 01:30" in draw(drawn)[-1]


def test_a_funnel() -> None:
    lines = draw(funnel({"a": 10, "b": 5}), 80)
    assert any("50.0 %" in line and "█" in line for line in lines)


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [
        (result({"count": []}), "no rows"),
        (result({"city": ["Linz"]}), "no column of numbers"),
        (result({"ms": [[1, 2]]}), "no column of numbers"),
        (result({"startTime": [1, 2]}, times=["startTime"]), "no column of numbers"),
    ],
)
def test_what_can_not_be_drawn(drawn: Result, reason: str) -> None:
    with pytest.raises(usql.UsqlError, match=reason):
        chart(drawn, 80)


def test_means_of_times_are_no_lengths(sessions: Sessions) -> None:
    found = sessions.query("SELECT city, AVG(startTime) FROM usersession GROUP BY city LIMIT 3")
    with pytest.raises(usql.UsqlError, match="no column of numbers"):
        chart(found, 80)
    both = sessions.query(
        "SELECT city, AVG(startTime), COUNT(*) FROM usersession GROUP BY city LIMIT 3"
    )
    assert draw(both)[0] == "count(*)"


# --- which columns are drawn over time ------------------------------------------------------------


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return usql.sample(sessions=200, seed=3)


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("SELECT DATETIME(startTime, 'E') AS d, COUNT(*) FROM usersession GROUP BY d", ["ascending", None]),
        ("SELECT COUNT(*), HOUR(startTime) AS h FROM usersession GROUP BY h ORDER BY h DESC", [None, "descending"]),
        ("SELECT HOUR(startTime) AS h, city, COUNT(*) FROM usersession GROUP BY h, city LIMIT 9", ["ascending", None, None]),
        ("SELECT city, HOUR(startTime) AS h, COUNT(*) FROM usersession GROUP BY city, h LIMIT 9", [None, None, None]),
        ("SELECT HOUR(startTime) AS h, COUNT(*) FROM usersession GROUP BY h ORDER BY COUNT(*)", [None, None]),
        ("SELECT city, COUNT(*) FROM usersession GROUP BY city LIMIT 9", [None, None]),
        ("SELECT startTime, duration FROM usersession LIMIT 9", [None, None]),
    ],
)  # fmt: skip
def test_the_order_of_time(sessions: Sessions, query: str, orders: list[str | None]) -> None:
    assert [c.time_order for c in sessions.query(query).schema] == orders
