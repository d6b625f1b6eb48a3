"""Numbers as texts, a whole column at once: what Python writes for each of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from usql.store.compute import pc

_MOST = 1e9
"""Below it Arrow writes a double as Python does, but for a missing ``.0``."""
_LEAST = 1e-4


def exact(values: pa.Array) -> pa.Array:
    """Doubles in the shortest text that reads as the same number, as ``repr`` gives it.

    >>> exact(pa.array([1.0, None, 0.1, 1e22])).to_pylist()
    ['1.0', None, '0.1', '1e+22']
    """
    return _texts(values, _numbers(values), _is_plain(values), repr)


def _numbers(values: pa.Array) -> np.ndarray:
    return pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False)


def _is_plain(values: pa.Array) -> np.ndarray:
    size = np.abs(_numbers(values))
    return ((size >= _LEAST) & (size < _MOST)) | (size == 0)


def _texts(
    values: pa.Array, shown: np.ndarray, is_plain: np.ndarray, write: Callable[[float], str]
) -> pa.Array:
    """The texts of ``shown`` where that is plain, and those that ``write`` gives of the others."""
    texts = pa.array(np.where(is_plain, shown, 0.0)).cast(pa.string())
    texts = pc.if_else(
        pc.match_substring(texts, "."), texts, pc.binary_join_element_wise(texts, ".0", "")
    )
    odd = np.flatnonzero(~is_plain)
    if len(odd):
        told = pa.array([write(v) for v in _numbers(values)[odd].tolist()], pa.string())
        texts = pc.replace_with_mask(texts, pa.array(~is_plain), told)
    return pc.if_else(values.is_valid(), texts, pa.scalar(None, pa.string()))
