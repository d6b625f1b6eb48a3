"""Columns of texts joined to lines, without an object per cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.store.compute import pc


def lines(columns: Sequence[pa.Array], between: str, end: str) -> bytes:
    """The rows of one column of texts or more, none of them null, as UTF-8: ``between`` stands
    between the texts of a row, ``end`` behind each row.

    >>> lines([pa.array(["a", "b"]), pa.array(["1", "2"])], ",", "\\n")
    b'a,1\\nb,2\\n'
    """
    joined = pc.binary_join_element_wise(*columns, between) if len(columns) > 1 else columns[0]
    return raw(pc.binary_join_element_wise(joined, end, ""))


def raw(texts: pa.Array) -> bytes:
    """The texts of an array, none of them null, one behind the other."""
    is_large = pa.types.is_large_string(texts.type)
    _, offsets, data = texts.buffers()
    if data is None:
        return b""
    places = np.frombuffer(offsets, np.int64 if is_large else np.int32)
    start, stop = places[texts.offset], places[texts.offset + len(texts)]
    return data[int(start) : int(stop)].to_pybytes()
