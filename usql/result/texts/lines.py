"""Joining columns of texts to lines, without an object per cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.result.texts import functions as fn


def lines(columns: Sequence[pa.Array], separator: str, end: str) -> bytes:
    """The rows of one or more columns of texts, none of them null, as UTF-8: ``separator`` is
    written between the texts of a row, ``end`` after each row.

    >>> lines([pa.array(["a", "b"]), pa.array(["1", "2"])], ",", "\\n")
    b'a,1\\nb,2\\n'
    """
    rows = between(columns, separator)
    return raw(fn.joined(rows, end))


def between(columns: Sequence[pa.Array], separator: str) -> pa.Array:
    """The texts of each row with a separator between them."""
    first, *others = columns
    return fn.joined(first, *(part for column in others for part in (separator, column)))


def raw(texts: pa.Array) -> bytes:
    """The texts of an array, none of them null, concatenated."""
    return bytes(data_of(texts))


def data_of(texts: pa.Array) -> memoryview:
    """The bytes of an array's texts, concatenated, without a copy."""
    is_large = pa.types.is_large_string(texts.type)
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return memoryview(b"")
    places = np.frombuffer(offsets, np.int64 if is_large else np.int32)
    start, stop = places[texts.offset], places[texts.offset + len(texts)]
    return memoryview(data)[int(start) : int(stop)]
