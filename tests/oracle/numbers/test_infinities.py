"""NaN and infinities in data: the one is missing, the others are numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.oracle.numbers.doors import DOORS, NOT_JSON, cells
from tests.unit.engine import pieces as small

pytestmark = pytest.mark.usefixtures("checked")

INF, NAN = math.inf, math.nan
VALUES = [1.5, INF, NAN, -INF, None, 0.0, -0.0, 1.7976931348623157e308, 5e-324, INF]
NUMBERS = [v for v in VALUES if v is not None and not math.isnan(v)]


@pytest.fixture(scope="module", params=NOT_JSON)
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> usql.Sessions:
    rows = [
        {
            "score": v,
            "doubleProperties": [{"key": "p", "value": v}],
            "userActions": [{"cumulativeLayoutShift": v}],
        }
        for v in VALUES
    ]
    return DOORS[request.param](rows, tmp_path_factory.mktemp("door"))


FIELDS = ["score", "doubleProperties.p", "useraction.cumulativeLayoutShift"]

TESTS: dict[str, Any] = {
    "> 0": lambda v: v > 0,
    "< 0": lambda v: v < 0,
    "= 0": lambda v: v == 0,
    ">= 1.5": lambda v: v >= 1.5,
    "BETWEEN -1 AND 1.5": lambda v: -1 <= v <= 1.5,
    "> '1.7976931348623157e308'": lambda v: v > 1.7976931348623157e308,
    "< '-1e308'": lambda v: v < -1e308,
    "= '5e-324'": lambda v: v == 5e-324,
    "> '5e-324'": lambda v: v > 5e-324,
    "IN (1.5, 0)": lambda v: v in (1.5, 0),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("test", TESTS)
def test_conditions(data: usql.Sessions, field: str, test: str) -> None:
    fit = sum(map(TESTS[test], NUMBERS))
    count = "SELECT COUNT(*) FROM usersession WHERE"
    assert cells(data, f"{count} {field} {test}") == [fit]
    assert cells(data, f"{count} NOT {field} {test}") == [len(VALUES) - fit]


@pytest.mark.parametrize("field", FIELDS)
def test_nan_is_null(data: usql.Sessions, field: str) -> None:
    text = f"SELECT COUNT(*), COUNT({field}), MIN({field}), MAX({field}) FROM usersession"
    assert cells(data, text) == [10, 8, -INF, INF]
    assert cells(data, f"SELECT COUNT(*) FROM usersession WHERE {field} IS NULL") == [2]


@pytest.mark.parametrize("field", FIELDS)
def test_groups(data: usql.Sessions, field: str) -> None:
    """Both zeros are one value; the null group is placed by its size."""
    assert data.query(f"SELECT {field}, COUNT(*) FROM usersession GROUP BY {field}").rows() == [
        [0.0, 2], [INF, 2], [None, 2], [-INF, 1], [5e-324, 1], [1.5, 1], [1.7976931348623157e308, 1],
    ]  # fmt: skip
    assert cells(data, f"SELECT COUNT(DISTINCT {field}) FROM usersession") == [6]


@pytest.mark.parametrize("field", FIELDS)
def test_order(data: usql.Sessions, field: str) -> None:
    plain = f"SELECT {field} FROM usersession ORDER BY {field}"
    up, down = (
        [cell[0] if isinstance(cell, list) else cell for [cell] in data.query(q).rows()]
        for q in (plain, f"{plain} DESC")
    )
    assert up == [*sorted(NUMBERS), None, None]
    assert down == [*sorted(NUMBERS, reverse=True), None, None]


@pytest.mark.parametrize("field", FIELDS)
def test_sums(data: usql.Sessions, field: str) -> None:
    """Infinities of both signs leave no number, and no number fits no filter."""
    assert cells(data, f"SELECT SUM({field}), AVG({field}) FROM usersession") == [None, None]
    for other in ("!= 5", "> 5", "< 5"):
        assert not data.query(f"SELECT SUM({field}) FILTER {other} FROM usersession").rows()
    one_sided = f"SELECT SUM({field}), AVG({field}) FROM usersession WHERE score > 0"
    assert cells(data, one_sided) == [INF, INF]


def test_arithmetic(data: usql.Sessions) -> None:
    text = "SELECT score + 1, score * 0, score - score, score / 2 FROM usersession LIMIT 4"
    assert data.query(text).rows() == [
        [2.5, 0.0, 0.0, 0.75],
        [INF, None, None, INF],
        [None, None, None, None],
        [-INF, None, None, -INF],
    ]


def test_responses_are_strict_json(data: usql.Sessions) -> None:
    """JSON has no infinities: they are null there."""
    response = data.query("SELECT score FROM usersession").to_table_response()
    assert json.loads(json.dumps(response, allow_nan=False)) == response
    shown = [None if v is None or not math.isfinite(v) else v for v in VALUES]
    assert response["values"] == [[v] for v in shown]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e400"])
@pytest.mark.parametrize(
    "place",
    [
        '"score": {}',
        '"doubleProperties": [{{"key": "p", "value": {}}}]',
        '"userActions": [{{"cumulativeLayoutShift": {}}}]',
    ],
)
def test_json_text_with_what_json_has_not(text: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "sessions.ndjson"
    path.write_text('{"city": "a"}\n{"city": "b", ' + place.format(text) + "}\n")
    with pytest.raises(usql.DataError) as refused:
        usql.open(path)
    assert refused.value.line == 2


WAYS = [{}, {**small.SELECTED, **small.INDEXED}, small.FACTORIZED, small.FLAGS_APART]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("way", WAYS, ids=lambda w: ", ".join(w) or "plain")
def test_sums_in_pieces(way: dict[str, Any], threads: int) -> None:
    """No way of adding warns, and all find the same."""
    rows = [
        {
            "v": v,
            "city": str(i % 3),
            "startTime": i // 9 * 1000,
            "userActions": [{"w": v}, {"w": 1.0}],
        }
        for i, v in enumerate([1.0, INF, 2.0, -INF, 1e308, INF] * 30)
    ]
    asked = {
        "SELECT city, SUM(v), AVG(v), SUM(useraction.w) FROM usersession GROUP BY city ORDER BY city": [
            ["0", -INF, -INF, -INF], ["1", INF, INF, INF], ["2", INF, INF, INF],
        ],
        "SELECT CONDITION(SUM(v), WHERE city = '1'), CONDITION(AVG(v), WHERE v < 0) FROM usersession": [[INF, -INF]],
        "SELECT DATETIME(startTime, 'mm', '1m') AS t, SUM(v) FROM usersession GROUP BY t": [["00", None]],
        "SELECT TOP(city, 1), SUM(v) FROM usersession WHERE city != '0' GROUP BY city": [["1", INF]],
    }  # fmt: skip
    data = small.opened(rows, small.in_pieces(20) | way, threads=threads)
    for text, wanted in asked.items():
        for _ in range(2):
            assert data.query(text, profile="offline").rows() == wanted
