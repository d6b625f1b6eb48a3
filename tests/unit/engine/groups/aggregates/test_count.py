"""COUNT from a state made by hand."""

from __future__ import annotations

import pytest

from tests.unit.engine.groups.aggregates.made import field, total
from usql.analysis import bound
from usql.analysis.bound import Metric, Present
from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.count import EVERY_ROW, Count
from usql.engine.groups.aggregates.state import ROWS, Kind, StateColumn
from usql.engine.runtime.limits import Control

CITY = field("city", FieldType.STRING)
FITS = bound.Test(CITY, Present())


@pytest.mark.parametrize(
    ("metric", "column"),
    [
        (EVERY_ROW, ROWS),
        (Metric("ROWS", where=FITS), StateColumn(Kind.ROWS, None, FITS)),
        (Metric("COUNT", CITY), StateColumn(Kind.ROWS, CITY)),
        (Metric("COUNT", CITY, None, FITS), StateColumn(Kind.ROWS, CITY, FITS)),
    ],
)
def test_counts(metric: Metric, column: StateColumn) -> None:
    assert Count().columns(metric) == (column,)
    found = Count().finish(metric, total({column: [3, 0]}), Control())
    assert found.type is FieldType.LONG
    assert found.values.tolist() == [3, 0]
    assert found.valid is None
