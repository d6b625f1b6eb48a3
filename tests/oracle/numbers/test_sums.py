"""Sums and averages near the limits of 64-bit integers and of doubles."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest

import usql
from tests.oracle.numbers.doors import DOORS, cells, near
from tests.rows import session_table

LOWEST, HIGHEST = -(2**63), 2**63 - 1
METRICS = "SUM({0}), AVG({0}), MIN({0}), MAX({0}), COUNT({0}), COUNT(DISTINCT {0})"
WHOLE = [
    [HIGHEST],
    [LOWEST],
    [HIGHEST, LOWEST],
    [HIGHEST, HIGHEST, LOWEST, LOWEST + 5],
    [HIGHEST, -1, 1],
    [LOWEST, 1, -1],
    [2**53, 1, 2**53, 1],
    [2**53 + 1, -(2**53)],
    [2**62, 2**62 - 1],
    [-(2**62), -(2**62)],
    [127, 128, -129],
    [2**31 - 1, 2**31, -(2**31), -(2**31) - 1],
]


def exact(values: list[int]) -> list[object]:
    average = float(Fraction(sum(values), len(values)))
    return [sum(values), average, min(values), max(values), len(values), len(set(values))]


@pytest.mark.parametrize("door", DOORS)
def test_whole_numbers(door: str, tmp_path: Path) -> None:
    """Of sessions and of actions; the average is the double next to the exact one."""
    for number, values in enumerate(WHOLE):
        folder = tmp_path / str(number)
        folder.mkdir()
        rows = [{"totalErrorCount": v, "userActions": [{"duration": v}]} for v in values]
        data = DOORS[door](rows, folder)
        for field in ("totalErrorCount", "useraction.duration"):
            found = cells(data, f"SELECT {METRICS.format(field)} FROM usersession")
            wanted = exact(values)
            assert found[:1] + found[2:] == wanted[:1] + wanted[2:]
            assert found[1] == pytest.approx(wanted[1], rel=2.0**-51, abs=0)


@pytest.mark.parametrize("door", DOORS)
def test_sums_beyond_64_bits(door: str, tmp_path: Path) -> None:
    """Refused as a whole; an average and the rows are not."""
    data = DOORS[door]([{"totalErrorCount": v} for v in (HIGHEST, HIGHEST, 1)], tmp_path)
    with pytest.raises(usql.UsqlError, match="sum-overflow"):
        data.query("SELECT SUM(totalErrorCount) FROM usersession")
    assert cells(data, "SELECT AVG(totalErrorCount) FROM usersession") == [
        pytest.approx(float(Fraction(2 * HIGHEST + 1, 3)), rel=2.0**-51)
    ]
    rows = data.query("SELECT totalErrorCount, totalErrorCount + 1 FROM usersession").rows()
    assert rows == [[HIGHEST, None], [HIGHEST, None], [1, 2]]


def test_one_group_beyond_64_bits_beside_others() -> None:
    rows = [{"city": c, "totalErrorCount": v} for c, v in [("a", 1), ("b", HIGHEST), ("b", 1)]]
    data = usql.open(rows)
    with pytest.raises(usql.UsqlError, match="sum-overflow"):
        data.query("SELECT city, SUM(totalErrorCount) FROM usersession GROUP BY city")
    text = "SELECT city, SUM(totalErrorCount) FROM usersession WHERE city = 'a' GROUP BY city"
    assert data.query(text).rows() == [["a", 1]]


DOUBLES = {
    "tiny": [5e-324] * 7,
    "largest": [1.7976931348623157e308, -1.7976931348623157e308],
    "half of the largest": [8.9e307, 8.9e307],
    "of all sizes": [10.0**e * s for e in range(-300, 300, 7) for s in (1, -1, 1)],
    "tenths": [0.1] * 1000,
    "cancelled": [1e16, 1.0, -1e16, 3.0, 1e-16],
    "random": [random.Random(5).uniform(-1e9, 1e9) for _ in range(1000)],
    "negative zero": [-0.0, -0.0],
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("values", DOUBLES.values(), ids=DOUBLES)
def test_doubles(values: list[float], door: str, tmp_path: Path) -> None:
    rows = [{"score": v, "userActions": [{"score": v}]} for v in values]
    data = DOORS[door](rows, tmp_path)
    for field in ("score", "useraction.score"):
        total, average, *others = cells(data, f"SELECT {METRICS.format(field)} FROM usersession")
        assert near(total, 1, values)
        assert near(average, len(values), values)
        assert others == [min(values), max(values), len(values), len(set(values))]


@pytest.mark.parametrize("values", [[1.7e308, 1.7e308], [-1.7e308] * 3])
def test_sums_beyond_doubles_are_infinite(values: list[float]) -> None:
    """As of doubles anywhere; neither null nor a wrapped number."""
    beyond = math.copysign(math.inf, values[0])
    data = usql.open([{"score": v, "userActions": [{"score": v}]} for v in values])
    for field in ("score", "useraction.score"):
        found = cells(data, f"SELECT SUM({field}), MIN({field}), MEDIAN({field}) FROM usersession")
        assert found == [beyond, values[0], values[0]]


@pytest.mark.long
def test_averages_of_many_rows() -> None:
    """The halves in which wide integers are added up are both large here, the average is small."""
    rows = 6_000_001
    values = pa.array([2**62, -(2**62)] + [-1] * (rows - 2), pa.int64())
    found = cells(
        usql.open(session_table(pa.table({"v": values}))), "SELECT SUM(v), AVG(v) FROM usersession"
    )
    assert found == [2 - rows, (2 - rows) / rows]
