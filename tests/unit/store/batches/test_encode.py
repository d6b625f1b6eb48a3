"""How columns lie in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.rows import sessions
from usql.store import load
from usql.store.columns import DictionaryColumn, ListColumn, NumberColumn, PropertiesColumn


def column(rows: list[dict[str, Any]], name: str) -> Any:
    return load(rows).tables["usersession"].columns[name]


def test_dictionaries_are_sorted_and_null_is_one_past_them() -> None:
    found = column(sessions({"city": c} for c in ("b", None, "a", "B", "東", "b")), "city")
    assert isinstance(found, DictionaryColumn)
    assert found.dictionary.to_pylist() == ["B", "a", "b", "東"]
    assert found.codes.tolist() == [2, 4, 1, 0, 3, 2]
    assert found.null_code == 4


@pytest.mark.parametrize(("distinct", "width"), [(255, 1), (256, 2), (65_535, 2), (65_536, 4)])
def test_codes_take_the_narrowest_width(distinct: int, width: int) -> None:
    found = column([{"city": f"{i:06d}"} for i in range(distinct)] + sessions([{}]), "city")
    assert found.codes.dtype.itemsize == width
    assert found.codes[-1] == distinct


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (127, np.int8),
        (-128, np.int8),
        (128, np.int16),
        (32_768, np.int32),
        (2**31, np.int64),
        (-(2**63), np.int64),
    ],
)
def test_integers_take_the_narrowest_width(value: int, kind: type) -> None:
    found = column(sessions([{"duration": value}, {"duration": None}]), "duration")
    assert isinstance(found, NumberColumn)
    assert found.values.dtype == kind
    assert found.values.tolist() == [value, 0]
    assert found.valid is not None
    assert found.valid.tolist() == [True, False]


def test_addresses_are_sorted_as_addresses() -> None:
    texts = [
        "10.0.0.2",
        "9.0.0.1",
        "::ffff:10.0.0.1",
        "2a01::1",
        "zz",
        "10.0.0.10",
        "::1",
        "masked",
    ]
    found = column([{"ip": t} for t in texts], "ip")
    assert found.dictionary.to_pylist() == [
        "9.0.0.1", "::ffff:10.0.0.1", "10.0.0.2", "10.0.0.10", "::1", "2a01::1", "masked", "zz",
    ]  # fmt: skip


def test_booleans_and_lists_and_properties() -> None:
    rows: list[dict[str, Any]] = [
        {
            "bounce": True,
            "matchingConversionGoals": ["b", "a"],
            "longProperties": [{"key": "k", "value": 1}],
        },
        {"city": "a"},
        {"bounce": False, "matchingConversionGoals": [None]},
    ]
    data = load(rows).tables["usersession"].columns
    assert data["bounce"].codes.tolist() == [1, 2, 0]  # type: ignore[union-attr]
    goals = data["matchingConversionGoals"]
    assert isinstance(goals, ListColumn)
    assert goals.offsets.tolist() == [0, 2, 2, 3]
    pairs = data["longProperties"]
    assert isinstance(pairs, PropertiesColumn)
    assert pairs.offsets.tolist() == [0, 1, 1, 1]


def test_children_are_tied_to_their_sessions() -> None:
    store = load(
        [
            {"userActions": [{"name": "a"}, {"name": "b"}]},
            {"city": "a"},
            {"userActions": [{"name": "c"}]},
        ]
    )
    actions = store.tables["useraction"]
    assert actions.offsets is not None
    assert actions.parent is not None
    assert actions.offsets.tolist() == [0, 2, 2, 3]
    assert actions.parent.tolist() == [0, 0, 2]


def test_nan_is_missing() -> None:
    found = column(
        [{"doubleProperties": [{"key": "a", "value": float("nan")}]}], "doubleProperties"
    )
    assert found.values.valid.tolist() == [False]
