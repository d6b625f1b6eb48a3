"""Values as small numbers."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.types import Array, Ints
from usql.store.widths import unsigned


def dense(numbers: Ints) -> tuple[Ints, Ints]:
    """Number the distinct values: ``(distinct ascending, id per row)``."""
    return np.unique(numbers, return_inverse=True)


def narrow_unsigned(codes: Array, most: int) -> Array:
    """The codes in the narrowest unsigned type that holds ``most``."""
    kind = unsigned(most)
    if kind is np.uint64:
        raise OverflowError(f"{most} distinct values are more than a dictionary holds")
    return codes.astype(kind, copy=False)
