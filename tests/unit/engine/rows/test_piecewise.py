"""Expressions over many rows, cut into pieces by what lies in their rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import usql
from tests.oracle.strategies import BASE
from tests.unit.engine import pieces as small
from usql.analysis.bound import Expression, FieldRef, fields_of
from usql.asking.question import QueryOptions
from usql.engine.arrays.vectors import flat, to_arrow
from usql.engine.rows.access import Access
from usql.engine.rows.evaluate import RowEvaluator
from usql.engine.rows.piecewise import cut, evaluated, pieces
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit

ROWS: list[dict[str, Any]] = [
    {
        "userSessionId": f"s{number:02}",
        "startTime": BASE + number,
        "duration": None if number == 4 else number,
        "stringProperties": [{"key": f"k{i}", "value": f"v{i}"} for i in range(number % 3)],
        "userActions": [
            {
                "name": f"n{i}",
                "duration": None if i == 2 else i,
                "matchingConversionGoals": [f"g{j}" for j in range(i)],
            }
            for i in range(number % 4)
        ],
    }
    for number in range(23)
]


def access_of(table: str, control: Control | None = None) -> Access:
    return Access(small.cache_of(ROWS, index_memory=0), table, 0, control or Control(2))


def expression(text: str, table: str) -> Expression:
    prepared = usql.open(ROWS)._prepare(
        f"SELECT {text} FROM {table}", QueryOptions(now=BASE, profile="offline")
    )
    return prepared.bound.columns[0].expression  # type: ignore[union-attr]


CASES = [
    ("usersession", "duration"),
    ("usersession", "userSessionId"),
    ("usersession", "stringProperties.k1"),
    ("usersession", "useraction.name"),
    ("usersession", "useraction.duration * 2 + duration"),
    ("usersession", "useraction.matchingConversionGoals"),
    ("usersession", "KEYS(stringProperties)"),
    ("useraction", "matchingConversionGoals"),
    ("useraction", "usersession.duration - duration"),
]


@pytest.mark.parametrize("piece", [1, 3, 10, 1000])
@pytest.mark.parametrize(("table", "text"), CASES)
def test_pieces_joined_are_the_whole(table: str, text: str, piece: int) -> None:
    access = access_of(table)
    node = expression(text, table)
    for rows in (np.arange(access.data.rows), np.arange(0, 9)[::-1].copy(), np.zeros(0, np.int64)):
        expected = flat(RowEvaluator(access, rows).evaluate(node))
        cut_up = small.retuned(access, {"rows_evaluated_at_once": piece}, threads=2)
        found = evaluated(cut_up, rows, node, RowEvaluator.evaluate, "values")
        assert to_arrow(found).equals(to_arrow(expected))


@pytest.mark.parametrize(("table", "text"), CASES)
def test_no_piece_has_more_than_its_share(table: str, text: str) -> None:
    """Unless it is a single row."""
    access = access_of(table)
    rows = np.arange(access.data.rows)
    fields = list(fields_of(expression(text, table)))
    for size in (1, 4, 9, 30):
        access = small.retuned(access, {"rows_evaluated_at_once": size})
        found = pieces(access, rows, fields)
        assert np.concatenate([rows[part] for part in found]).tolist() == rows.tolist()
        for part in found:
            own = rows[part]
            assert len(own) == 1 or len(own) + entries(access, fields, own) <= 2 * size


def entries(access: Access, fields: list[FieldRef], rows: Any) -> int:
    found = [flat(access.values(field, rows)) for field in fields]
    return sum(len(v.entries) for v in found if hasattr(v, "entries"))


def test_a_cut_counts_each_row_and_its_weight() -> None:
    rows = np.arange(8)
    weights = np.array([0, 0, 9, 0, 0, 2, 0, 0])
    assert cut(rows, lambda _: [], 3) == [slice(0, 3), slice(3, 6), slice(6, 8)]
    assert cut(rows[:0], lambda _: [], 3) == []
    assert cut(rows, lambda part: [weights[part]], 8) == [slice(0, 2), slice(2, 5), slice(5, 8)]
    for part in cut(rows, lambda part: [weights[part], weights[part]], 4):
        assert part.stop > part.start


def test_what_is_joined_is_reserved() -> None:
    node = expression("useraction.name", "usersession")
    tuning = Tuning(rows_evaluated_at_once=5)
    control = Control(tuning=tuning)
    access = access_of("usersession", control)
    evaluated(access, np.arange(23), node, RowEvaluator.evaluate, "values")
    kept = control.used
    assert 33 <= kept < 2000  # the codes of 33 actions, and offsets
    access = access_of("usersession", Control(budget=Budget(kept + 8), tuning=tuning))
    with pytest.raises(MemoryLimit, match="of values"):
        evaluated(access, np.arange(23), node, RowEvaluator.evaluate, "values")
