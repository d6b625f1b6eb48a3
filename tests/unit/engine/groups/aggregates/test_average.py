"""Averages from sums and numbers of values."""

from __future__ import annotations

import math

from tests.unit.engine.groups.aggregates.made import field, total
from usql.analysis.bound import Metric
from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.average import Average
from usql.engine.groups.aggregates.state import Kind, StateColumn
from usql.engine.groups.aggregates.sum import sum_columns
from usql.engine.runtime.limits import Control
from usql.store.views import to_arrow


def test_averages_of_whole_numbers() -> None:
    when = field("startTime", FieldType.TIMESTAMP)
    metric, sizes = Metric("AVG", when), StateColumn(Kind.VALUES, when)
    assert Average().columns(metric) == (*sum_columns(when), sizes)
    low, high = sum_columns(when)
    state = total({low: [9, 0, 0], high: [0, 0, 2**33], sizes: [2, 0, 4]})
    found = Average().finish(metric, state, Control())
    assert found.type is FieldType.DOUBLE
    assert to_arrow(found).to_pylist() == [4.5, None, 2.0**63]


def test_averages_of_doubles() -> None:
    real = field("real", FieldType.DOUBLE, several=True)
    metric = Metric("AVG", real)
    sums, sizes = Average().columns(metric)
    state = total({sums: [1.0, math.inf, math.nan, 0.0], sizes: [4, 2, 2, 0]})
    found = Average().finish(metric, state, Control())
    assert to_arrow(found).to_pylist() == [0.25, math.inf, None, None]
