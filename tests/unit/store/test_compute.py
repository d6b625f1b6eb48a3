"""Arrow's functions by name."""

from __future__ import annotations

import pyarrow as pa
import pytest

from usql.store.compute import pc


def test_a_function_is_called_by_its_name() -> None:
    assert pc.or_(pa.array([True, False]), pa.array([False, False])).to_pylist() == [True, False]


def test_what_is_no_function_is_no_attribute() -> None:
    """Doctests, and others who look objects over, ask for what there may be."""
    assert not hasattr(pc, "__wrapped__")
    with pytest.raises(AttributeError, match="no_such_function"):
        pc.no_such_function(pa.array([1]))
