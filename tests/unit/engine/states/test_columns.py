"""Numbers of states on their way: narrow, and afterwards of the type that they had."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from usql.engine.states.columns import numbers_of, of_numbers


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ([], "int64"), ([0, 127], "int8"), ([-129, 0], "int16"), ([2**31 - 1], "int32"), ([-(2**63), 1], "int64"),
        ([0.5], "double"), ([True, False], "bool"),
    ],
)  # fmt: skip
def test_numbers_are_sent_as_narrow_as_they_are(values: list[Any], sent: str) -> None:
    given = np.array(values, dtype=None if values else np.int64)
    array = of_numbers(given)
    assert str(array.type) == sent
    found = numbers_of(array, given.dtype.type)
    assert found.dtype == given.dtype
    assert found.tolist() == values
