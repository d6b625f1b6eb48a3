"""Groups by time over rows that stand in its order: read as runs, and with indexes not read at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import usql
from tests.compare import equal
from tests.rows import session_table
from tests.unit.engine import pieces as small

ROWS = 6000
MINUTE, DAY = 60_000, 86_400_000


def table(first: int, step: int) -> pa.Table:
    """Rows in order of time: many at one instant, then gaps, some of them long."""
    random = np.random.default_rng(abs(first) % 1000)
    gaps = random.choice(np.array([0, 0, 1, step // 50, step]), ROWS)
    gaps[[1000, 4000]] = 40 * step
    return pa.table(
        {
            "startTime": first + np.cumsum(gaps),
            "tiny": pa.array(random.integers(-128, 128, ROWS), pa.int8()),
            "middle": random.integers(-(2**31), 2**31, ROWS),
            "wide": np.where(np.arange(ROWS) % 2, 2**62 + 1, -(2**62)),
            "real": random.normal(size=ROWS),
            "some": pa.array(random.integers(0, 9, ROWS), mask=random.random(ROWS) < 0.3),
        }
    )


def _without_first(rows: pa.Table) -> pa.Table:
    """The rows, some at the beginning without a time."""
    mask = pa.array(np.arange(ROWS) < 100)
    times = pc.if_else(mask, None, rows["startTime"])
    return rows.set_column(0, "startTime", times)


TABLES = {
    "minutes": table(1_772_409_600_000 - 7, 3 * MINUTE),
    "days before 1970": table(-900 * DAY + 1, DAY),
    "around 1970": table(-100 * MINUTE, MINUTE // 3),
    "none at first": _without_first(table(MINUTE, MINUTE)),
}
METRICS = [
    "COUNT(*)",
    "COUNT(*), SUM(tiny), AVG(middle)",
    "SUM(wide), SUM(real), AVG(real), COUNT(*)",
    "SUM(some), COUNT(*)",
    "AVG(some), MAX(tiny), COUNT(*)",
]
INTERVALS = ["1s", "30s", "1m", "7m", "1h", "6h", "1d", "3d", "week", "2 weeks", "month", "year"]
OFFSETS = [0, 60, -330, 345]


def answers(data: usql.Sessions, first: int, last: int) -> list[Any]:
    """What all metrics are by all intervals, of all rows and of those between two times."""
    found = []
    for number, interval in enumerate(INTERVALS):
        for where in ("", f"WHERE startTime BETWEEN {first} AND {last}"):
            text = (
                f"SELECT DATETIME(startTime, 'yyyy-MM-dd HH:mm:ss', '{interval}') AS t, "
                f"{METRICS[number % len(METRICS)]} FROM usersession {where} GROUP BY t"
            )
            offset = OFFSETS[number % len(OFFSETS)]
            found.append(data.query(text, profile="offline", utc_offset=offset).rows())
    return found


@pytest.fixture(scope="module")
def expected() -> dict[str, list[Any]]:
    """The answers of the same rows in no order, which are read one by one."""
    made = {}
    for name, rows in TABLES.items():
        times = rows["startTime"].to_pylist()
        mixed = rows.take(pa.array(np.random.default_rng(5).permutation(ROWS)))
        plain = usql.open(session_table(mixed), threads=1, index_memory=0)
        made[name] = answers(plain, times[ROWS // 5], times[-ROWS // 5])
    return made


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("index_memory", [0, None])
@pytest.mark.parametrize(("threads", "size"), [(1, 1 << 20), (2, 200)])
def test_order_changes_no_answer(
    expected: dict[str, list[Any]], name: str, index_memory: int | None, threads: int, size: int
) -> None:
    rows = TABLES[name]
    times = rows["startTime"].to_pylist()
    data = small.opened(
        session_table(rows),
        {**small.in_pieces(size), **small.INDEXED, "zone_rows": 128},
        threads=threads,
        index_memory=index_memory,
    )
    for _ in range(2 if index_memory is None else 1):
        found = answers(data, times[ROWS // 5], times[-ROWS // 5])
        assert [equal(a, b) for a, b in zip(found, expected[name], strict=True)] == [True] * len(
            found
        )


@pytest.mark.parametrize("name", ["minutes", "days before 1970", "around 1970"])
@pytest.mark.parametrize(
    ("interval", "width"), [("1m", MINUTE), ("6h", 6 * 60 * MINUTE), ("1d", DAY)]
)
def test_bins_are_those_of_plain_arithmetic(name: str, interval: str, width: int) -> None:
    rows = TABLES[name].to_pylist()
    offset = 60
    wanted: dict[int, list[int]] = {}
    for row in rows:
        local = (row["startTime"] + offset * MINUTE) // width * width
        count = wanted.setdefault(local, [0, 0, 0])
        count[0] += 1
        count[1] += row["tiny"]
        count[2] += row["wide"]
    text = (
        f"SELECT DATETIME(startTime, 'yyyy-MM-dd HH:mm', '{interval}') AS t, COUNT(*), SUM(tiny), SUM(wide) "
        "FROM usersession GROUP BY t"
    )
    found = (
        small.opened(TABLES[name], small.INDEXED)
        .query(text, profile="offline", utc_offset=offset)
        .rows()
    )
    texts = [str(np.datetime64(local, "ms")).replace("T", " ")[:16] for local in sorted(wanted)]
    assert found == [[t, *wanted[local]] for t, local in zip(texts, sorted(wanted), strict=True)]


def test_a_sum_that_leaves_64_bits_in_order_is_refused() -> None:
    data = usql.open(pa.table({"startTime": [1, 2, 3], "v": [2**62, 2**62, 1]}))
    text = "SELECT DATETIME(startTime, 'yyyy', '1d') AS t, SUM(v) FROM usersession GROUP BY t"
    with pytest.raises(usql.UsqlError) as raised:
        data.query(text)
    assert [d.name for d in raised.value.diagnostics] == ["sum-overflow"]
