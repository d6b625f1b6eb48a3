"""Quantiles of one value, of two, of equal ones, and near the limits."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.oracle.numbers.doors import DOORS, NOT_JSON, cells
from tests.unit.engine import pieces as small

pytestmark = pytest.mark.usefixtures("checked")

SHARES = ["0", "0.1", "12.5", "25", "33.3", "50", "75", "99", "99.9", "100"]
LISTED = ", ".join(f"PERCENTILE({{0}}, {share})" for share in SHARES) + ", MEDIAN({0})"
VALUES: list[list[int]] = [
    [7],
    [-(2**63)],
    [2**63 - 1],
    [1, 2],
    [2**63 - 1, -(2**63)],
    [2**53 + 1, 2**53 + 3],
    [0, 2**40],
    [5, 5],
    [5] * 9,
    [2**63 - 1] * 4,
    [3, 1, 2],
    [1, 1, 1, 10],
    list(range(-50, 51)),
]
DOUBLES = [
    [0.1],
    [5e-324],
    [-1.7e308, 1.7e308],
    [-1.7e308, 0.0, 1.7e308],
    [1.7976931348623157e308] * 2,
    [5e-324, 1e-323],
    [0.0, -0.0],
    [1e16, 1.0, -1e16],
]
FEW: list[list[Any]] = [*VALUES[:6], *DOUBLES[:4]]
WAYS = {"sorted": small.SORTED, "selected": small.SELECTED, "indexed": small.INDEXED}


def quantile(values: list[Any], share: str) -> float:
    """Linear between neighbours, by fractions; rounded once."""
    place = Fraction(share) / 100 * (len(values) - 1)
    ordered = sorted(values)
    first = Fraction(ordered[math.floor(place)])
    second = Fraction(ordered[math.ceil(place)])
    return float(first + (second - first) * (place - math.floor(place)))


def about(values: list[Any], share: str) -> Any:
    """The quantile but for a few roundings: of the values, of the step between them, of its part."""
    slack = max(map(abs, values)) * 2.0**-51
    return pytest.approx(quantile(values, share), rel=2.0**-50, abs=max(slack, 5e-324))


def check(data: usql.Sessions, field: str, values: list[Any]) -> None:
    found = cells(data, f"SELECT {LISTED.format(field)} FROM usersession")
    for cell, share in zip(found, [*SHARES, "50"], strict=True):
        assert type(cell) is float
        assert cell == about(values, share)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("values", [*VALUES, *DOUBLES], ids=str)
def test_quantiles(values: list[Any], way: str) -> None:
    """However they are found, of sessions and of children, among groups that have none."""
    rows = [{"v": v, "city": "a", "userActions": [{"w": v}, {}]} for v in values] + [
        {"userActions": []},
        {"city": "b"},
    ]
    data = small.opened(rows, small.in_pieces(2) | WAYS[way], threads=2)
    for _ in range(2):
        check(data, "v", values)
        check(data, "useraction.w", values)
        text = "SELECT city, MEDIAN(v), PERCENTILE(useraction.w, 100) FROM usersession GROUP BY city ORDER BY city"
        assert data.query(text).rows() == [
            [
                "a",
                about(values, "50"),
                float(max(values)),
            ],
            ["b", None, None],
            [None, None, None],
        ]


@pytest.mark.parametrize("door", DOORS)
def test_by_every_door(door: str, tmp_path: Path) -> None:
    for number, values in enumerate(FEW):
        folder = tmp_path / str(number)
        folder.mkdir()
        check(DOORS[door]([{"v": v} for v in values], folder), "v", values)


INFINITE: list[tuple[list[float], list[float | None]]] = [
    ([math.inf], [math.inf] * 3),
    ([-math.inf, -math.inf], [-math.inf] * 3),
    ([-math.inf, math.inf], [-math.inf, None, math.inf]),
    ([1.0, math.inf], [1.0, math.inf, math.inf]),
    ([-math.inf, 1.0], [-math.inf, -math.inf, 1.0]),
    ([-math.inf, 1.0, math.inf], [-math.inf, 1.0, math.inf]),
    ([-math.inf, 1.0, 2.0, math.inf], [-math.inf, 1.5, math.inf]),
]
"""Values with their lowest, their median and their highest."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("values", "wanted"), INFINITE, ids=str)
def test_infinities(values: list[float], wanted: list[float | None], way: str) -> None:
    """Between infinities of both signs there is no number: null."""
    rows = [{"v": v, "userActions": [{"w": v}]} for v in values]
    data = small.opened(rows, small.in_pieces(2) | WAYS[way], threads=2)
    for field in ("v", "useraction.w"):
        text = f"SELECT PERCENTILE({field}, 0), MEDIAN({field}), PERCENTILE({field}, 100) FROM usersession"
        assert cells(data, text) == wanted


@pytest.mark.parametrize("door", NOT_JSON)
def test_infinities_by_every_door(door: str, tmp_path: Path) -> None:
    values = [math.inf, 1.0, -math.inf, math.nan]
    data = DOORS[door]([{"v": v} for v in values], tmp_path)
    assert cells(data, "SELECT MEDIAN(v), COUNT(v) FROM usersession") == [1.0, 3]
