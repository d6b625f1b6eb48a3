"""Extremes from states made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.engine.columns import numbers, texts
from tests.unit.engine.groups.aggregates.made import field, total, value_pairs
from usql.analysis.bound import Extreme, Metric
from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.extremes import AGGREGATES, ExtremeValue
from usql.engine.groups.aggregates.registry import aggregate_of
from usql.engine.groups.aggregates.state import Kind, StateColumn
from usql.engine.runtime.limits import Control
from usql.store.columns import NumberColumn
from usql.store.views import take_values, to_arrow


@pytest.mark.parametrize(("function", "kind"), [("MIN", Kind.LEAST), ("MAX", Kind.GREATEST)])
@pytest.mark.parametrize("of", [FieldType.INTEGER, FieldType.DOUBLE])
def test_extremes_of_numbers(function: str, kind: Kind, of: FieldType) -> None:
    """A group without a value has a null, which is 0 in memory."""
    number = field("x", of)
    metric = Metric(function, number)
    values, has = StateColumn(kind, number), StateColumn(Kind.HAS, number)
    aggregate = aggregate_of(metric)
    assert aggregate is AGGREGATES[function]
    assert aggregate.columns(metric) == (values, has)
    nothing = values.empty(1)[0]
    state = total({values: [-3, nothing, 0], has: [True, False, True]})
    found = aggregate.finish(metric, state, Control())
    assert isinstance(found, NumberColumn)
    assert found.type is of
    assert found.values.tolist() == [-3, 0, 0]
    assert to_arrow(found).to_pylist() == [-3, None, 0]


@pytest.mark.parametrize("largest", [False, True])
def test_extremes_of_expressions(largest: bool) -> None:
    """Merged states have several values in a group, of which one is right."""
    node = Extreme(field("x"), largest)
    assert ExtremeValue().columns(node) == ()
    for column in (texts(["a", "b", "c", "b"]), numbers([2, 5, 9, 5], np.int16)):
        known = to_arrow(column).to_pylist()
        state = value_pairs(4, [0, 0, 0, 2], column, {})
        found = to_arrow(ExtremeValue().finish(node, state, Control())).to_pylist()
        assert found == [known[2 if largest else 0], None, known[3], None]
        assert len(found) == 4
        nothing = value_pairs(2, [], take_values(column, np.zeros(0, dtype=np.int64)), {})
        found = to_arrow(ExtremeValue().finish(node, nothing, Control())).to_pylist()
        assert found == [None, None]
