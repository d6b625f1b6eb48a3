"""Groups where few of the cells occur, where cells merge, and where a row is in several."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import usql
from tests.compare import equal
from tests.oracle.reference import evaluate
from tests.unit.engine import pieces as small
from usql.language.parser import parse

DAY = 86_400_000
MONDAY = 1_767_571_200_000  # 2026-01-05

ROWS: list[dict[str, Any]] = [
    {
        "userSessionId": f"{number}",
        "startTime": MONDAY + start * DAY + number,
        "country": country,
        "city": city,
        "bounce": number % 2 == 0,
        "duration": duration,
        "userActions": [{"name": name, "duration": 7 + number} for name in names],
    }
    for number, (start, country, city, duration, names) in enumerate(
        [
            (0, "A", "a", 10, "x"),
            (1, "A", "b", None, "x"),
            (2, "A", "b", 30, "x"),
            (7, "B", "c", 2**60 + 1, "xyz"),
            (8, "B", "c", 2**60 + 2, "xyz"),
            (9, None, "d", 4, ""),
            (14, "C", "d", 2**60 + 7, "y"),
            (15, "D", None, 5, "yy"),
            (22, "E", "e", 2**53 + 1, "zx"),
        ]
    )
]

QUERIES = [
    "SELECT country, MEDIAN(duration), TOP(city, 2) FROM usersession WHERE country != 'A' GROUP BY country",
    "SELECT country, MEDIAN(duration), COUNT(DISTINCT city), TOP(city, 2) FROM usersession WHERE country < 'E' GROUP BY country",
    "SELECT country, MEDIAN(duration) FROM usersession WHERE city IN ('c', 'd') GROUP BY country",
    "SELECT country, COUNT(*), COUNT(DISTINCT city) FROM usersession WHERE duration > 4 GROUP BY country",
    "SELECT country, COUNT(*) FROM usersession WHERE duration > 1 GROUP BY country",
    "SELECT country, AVG(duration), MAX(duration) FROM usersession WHERE bounce = TRUE GROUP BY country",
    "SELECT country, city, COUNT(*) FROM usersession WHERE duration > 1 GROUP BY country, city",
    "SELECT country, useraction.name, bounce, COUNT(*) FROM usersession GROUP BY country, useraction.name, bounce",
    "SELECT useraction.name, country, MEDIAN(duration) FROM usersession WHERE duration > 4 GROUP BY useraction.name, country",
    "SELECT useraction.name, usersession.country, SUM(duration) FROM useraction WHERE usersession.bounce = FALSE GROUP BY useraction.name, usersession.country",
    "SELECT DATETIME(startTime, 'E') AS day, SUM(duration), AVG(duration), COUNT(*) FROM usersession GROUP BY day",
    "SELECT DATETIME(startTime, 'E', '2d') AS day, SUM(duration), MEDIAN(duration) FROM usersession WHERE duration > 4 GROUP BY day",
    "SELECT country, DATETIME(startTime, 'E') FROM usersession GROUP BY country",
    "SELECT bounce, DATETIME(startTime, 'E') FROM usersession GROUP BY bounce",
    "SELECT TOP(country, 2), TOP(city, 1), COUNT(*) FROM usersession GROUP BY country, city",
    "SELECT city, SUM(duration) FROM usersession GROUP BY city ORDER BY country DESC, SUM(duration) LIMIT 3",
    "SELECT country, CONDITION(COUNT(*), WHERE duration > 20), CONDITION(SUM(duration), WHERE city != 'b'), AVG(useraction.duration) FROM usersession GROUP BY country",
]


WAYS: dict[str, tuple[int, dict[str, Any], int | None]] = {
    "slots": (1 << 20, {}, 0),
    "pieces": (2, small.SELECTED, 0),
    "sorted": (1 << 20, {"most_counted_slots": 1}, 0),
    "indexes": (1 << 20, small.INDEXED, None),
}
"""Rows of a piece, sizes, and bytes of indexes."""


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("way", WAYS)
def test_groups(text: str, way: str) -> None:
    """The same groups from cells, from pieces, from sorted keys and from indexes, asked twice."""
    size, values, index_memory = WAYS[way]
    query = parse(text).query
    assert query is not None
    wanted = evaluate(query, ROWS).rows
    data = small.opened(ROWS, small.in_pieces(size) | values, index_memory=index_memory)
    for _ in range(2):
        found = data.query(text).rows()
        assert equal(found, wanted), found


def test_a_cut_tells_how_many_groups_it_left_out() -> None:
    data = usql.open(ROWS)
    text = "SELECT TOP(country, 2), COUNT(*) FROM usersession GROUP BY country"
    notes = data.query(text).explanations
    assert [note for note in notes if note.startswith("TOP")] == [
        "TOP kept the 2 most frequent values of usersession.country; 4 more groups were left out."
    ]


@pytest.mark.parametrize("values", [49, 50, 51, 60])
def test_a_plain_field_lists_its_50_most_frequent_values(values: int) -> None:
    """By frequency, ties by value: the last of them come twice."""
    cities = [f"{number:02}" for number in (*range(values), *range(40, values))]
    data = usql.open([{"userSessionId": str(n), "city": city} for n, city in enumerate(cities)])
    ((row_ids,),) = data.query("SELECT city FROM usersession GROUP BY bounce").rows()
    assert row_ids == [*cities[40:values], *cities[:40]][:50]
    assert len(row_ids) == min(values, 50)


@pytest.mark.parametrize("index_memory", [0, None])
def test_a_sum_in_order_of_time_that_leaves_64_bits_is_refused(index_memory: int | None) -> None:
    """Sums up to each row would wrap; those of the days before hold."""
    count = 3000
    times = [MONDAY + number * 2 * DAY // count for number in range(count)]
    rows = pa.table({"startTime": times, "v": [1] * (count - 3) + [2**62] * 3})
    text = "SELECT DATETIME(startTime, 'dd', '1d') AS day, SUM(v) FROM usersession GROUP BY day"
    data = small.opened(rows, small.INDEXED, index_memory=index_memory)
    first = f"{text.replace('GROUP', f'WHERE startTime < {MONDAY + DAY} GROUP')}"
    for _ in range(2):
        assert data.query(first).rows() == [["05", count // 2]]
        with pytest.raises(usql.UsqlError, match="SUM"):
            data.query(text)


@pytest.mark.parametrize("index_memory", [0, None])
def test_what_is_more_than_a_sum_of_rows_in_order_of_time(index_memory: int | None) -> None:
    """Sums come from runs of rows only where nobody asks for the rows of a group after them."""
    count = 300
    times = [MONDAY + number * 3 * DAY // count for number in range(count)]
    rows = pa.table({"startTime": times, "v": [number % 50 for number in range(count)]})
    text = (
        "SELECT DATETIME(startTime, 'dd', '1d') AS day, SUM(v), MEDIAN(v), COUNT(DISTINCT v), TOP(v) "
        "FROM usersession GROUP BY day"
    )
    data = small.opened(rows, small.INDEXED, index_memory=index_memory)
    for _ in range(2):
        found = data.query(text, profile="offline").rows()
        assert found == [[f"0{day}", 2450, 24.5, 50, [0]] for day in (5, 6, 7)]
