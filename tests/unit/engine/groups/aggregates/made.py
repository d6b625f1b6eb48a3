"""States made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from usql.analysis.bound import FieldRef
from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.store.columns import Column


def field(name: str, kind: FieldType = FieldType.LONG, several: bool = False) -> FieldRef:
    """A field of sessions."""
    return FieldRef("usersession", name, None, kind, False, several)


def total(columns: Mapping[StateColumn, list[Any]]) -> State:
    """A total with these columns."""
    arrays = {column: np.array(values, dtype=column.type) for column, values in columns.items()}
    return State(len(next(iter(arrays.values()))), arrays.__getitem__)


def value_pairs(
    count: int, groups: list[int], values: Column, columns: Mapping[StateColumn, list[int]]
) -> State:
    """Value pairs with these columns."""
    arrays = {column: np.array(own, dtype=np.int64) for column, own in columns.items()}
    return State(count, arrays.__getitem__, np.array(groups, dtype=np.int64), values)
