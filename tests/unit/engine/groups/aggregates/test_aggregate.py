"""What aggregates share."""

from __future__ import annotations

import math

import numpy as np
import pytest

from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.aggregate import real_column

INF = math.inf


@pytest.mark.parametrize(
    ("values", "has", "wanted", "valid"),
    [
        ([1.5, INF], None, [1.5, INF], None),
        ([1.5, math.nan], None, [1.5, 0.0], [True, False]),
        ([1.5, 0.0, -INF], [True, False, True], [1.5, 0.0, -INF], [True, False, True]),
        ([math.nan, 0.0, 2.0], [True, False, True], [0.0, 0.0, 2.0], [False, False, True]),
        ([], None, [], None),
    ],
)
def test_where_there_is_no_number_there_is_a_null(
    values: list[float], has: list[bool] | None, wanted: list[float], valid: list[bool] | None
) -> None:
    found = real_column(np.array(values), None if has is None else np.array(has))
    assert found.type is FieldType.DOUBLE
    assert found.values.tolist() == wanted
    assert (None if found.valid is None else found.valid.tolist()) == valid
