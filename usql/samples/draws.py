"""Drawing from distributions with few, stable primitives: uniform doubles and arrays of weights.

Only ``Generator.random`` is used, whose stream numpy keeps stable; everything else is computed from
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Doubles = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def zipf(u: Doubles, count: int, exponent: float = 1.0) -> Ints:
    """Numbers below ``count``, number k with weight 1 / (k + 1) ** exponent."""
    return pick(u, 1.0 / np.arange(1, count + 1) ** exponent)


def pick(u: Doubles, weights: Sequence[float] | Doubles) -> Ints:
    """Random numbers with the given weights."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges[:-1] / edges[-1], u, side="right").astype(np.int64)


def normal(u: Doubles, v: Doubles) -> Doubles:
    """Standard normal numbers from two uniform ones (Box-Muller)."""
    return np.sqrt(-2.0 * np.log1p(-u)) * np.cos(2.0 * np.pi * v)


def words(codes: npt.NDArray[Any], names: Sequence[str], missing: Bools | None = None) -> pa.Array:
    """A dictionary array of names, given by their numbers."""
    return dictionary(codes, pa.array(names, pa.string()), missing)


def dictionary(codes: npt.NDArray[Any], names: pa.Array, missing: Bools | None = None) -> pa.Array:
    """A dictionary array with 32-bit codes."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=missing), names)


def numbers(values: npt.NDArray[Any], missing: Bools | None = None) -> pa.Array:
    """Whole numbers as int64, others as doubles."""
    wide = np.float64 if values.dtype.kind == "f" else np.int64
    return pa.array(values.astype(wide), mask=missing)


def instants(values: Ints) -> pa.Array:
    """Milliseconds since 1970 as timestamps."""
    return pa.array(values, pa.timestamp("ms", "UTC"))


def lists(lengths: Ints, entries: pa.Array) -> pa.Array:
    """Lists of the given lengths over the entries; an empty list is a missing one."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), entries, mask=pa.array(lengths == 0))


def struct(columns: dict[str, pa.Array]) -> pa.Array:
    """Structs of the columns."""
    return pa.StructArray.from_arrays(list(columns.values()), list(columns))
