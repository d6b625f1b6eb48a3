"""Arrow's functions over columns of texts and numbers, taken from the compiled module: every query
writes an answer, and few need the three hundred functions of ``pyarrow.compute``
(``usql.store.compute``)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow._compute import (
    CastOptions,
    JoinOptions,
    MatchSubstringOptions,
    PadOptions,
    ReplaceSubstringOptions,
    ScalarAggregateOptions,
    SliceOptions,
    TakeOptions,
    get_function,
)

Flags = Any
"""A numpy array of booleans."""


def joined(*parts: pa.Array | str) -> pa.Array:
    """The texts of each row one behind the other; null where one of them is."""
    return get_function("binary_join_element_wise").call([*parts, ""], JoinOptions("emit_null", ""))


def filled(values: pa.Array, value: Any) -> pa.Array:
    """The values, and ``value`` in place of nulls."""
    return get_function("coalesce").call([values, pa.scalar(value, values.type)])


def padded_texts(texts: pa.Array, to: int, *, is_right: bool) -> pa.Array:
    """The texts with spaces beside them, ``to`` characters long."""
    return _call("utf8_lpad" if is_right else "utf8_rpad", texts, PadOptions(to, " "))


def begins(texts: pa.Array, characters: int) -> pa.Array:
    """The first characters of each text."""
    return _call("utf8_slice_codeunits", texts, SliceOptions(0, characters))


def without_end(texts: pa.Array) -> pa.Array:
    """The texts without blanks at their ends."""
    return _call("ascii_rtrim_whitespace", texts)


def characters(texts: pa.Array) -> pa.Array:
    """How many characters each text has."""
    return _call("utf8_length", texts)


def place_of(texts: pa.Array, part: str) -> pa.Array:
    """Where each text has a part, in bytes; -1 where it has none."""
    return _call("find_substring", texts, MatchSubstringOptions(part))


def fits(texts: pa.Array, pattern: str) -> Flags:
    """Which texts, none of them null, have a place that fits a pattern."""
    return _flags(_call("match_substring_regex", texts, MatchSubstringOptions(pattern)))


def replaced(texts: pa.Array, part: str, by: str) -> pa.Array:
    """The texts with a part replaced wherever it stands."""
    return _call("replace_substring", texts, ReplaceSubstringOptions(part, by))


def chosen(flags: Flags, values: pa.Array, others: pa.Array) -> pa.Array:
    """The values where a flag is set, else the others."""
    return get_function("if_else").call([pa.array(flags, pa.bool_()), values, others])


def put(values: pa.Array, flags: Flags, others: pa.Array) -> pa.Array:
    """The values, and in place of those with a flag the others, one after the other."""
    return get_function("replace_with_mask").call([values, pa.array(flags, pa.bool_()), others])


def with_nulls_of(texts: pa.Array, values: pa.Array) -> pa.Array:
    """The texts, and null where ``values`` are."""
    if not values.null_count:
        return texts
    return get_function("if_else").call(
        [_call("is_valid", values), texts, pa.scalar(None, texts.type)]
    )


def kept(values: pa.Array, flags: Flags) -> pa.Array:
    """The values with a flag."""
    return taken(values, pa.array(np.flatnonzero(flags)))


def taken(values: pa.Array, places: pa.Array) -> pa.Array:
    """The values of these places; null for null."""
    return get_function("take").call([values, places], TakeOptions(boundscheck=False))


def as_type(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values as another type; as texts, as Arrow writes them."""
    return _call("cast", values, CastOptions.safe(kind))


def distinct(texts: pa.Array) -> tuple[list[str], pa.Array]:
    """The distinct texts, and which of them stands where."""
    coded = _call("dictionary_encode", texts)
    return coded.dictionary.to_pylist(), coded.indices


def largest(values: pa.Array) -> int:
    """The largest of some whole numbers that are not negative; 0 without any."""
    return _call("max", values, ScalarAggregateOptions(skip_nulls=True, min_count=1)).as_py() or 0


def ends(values: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The least and the largest value, or two nulls."""
    found = _call("min_max", values, ScalarAggregateOptions(skip_nulls=True, min_count=1))
    return [found["min"].as_py(), found["max"].as_py()]


def in_numpy(values: pa.Array, missing: float = 0) -> Any:
    """Numbers as a numpy array, with ``missing`` in place of nulls."""
    full = filled(values, missing) if values.null_count else values
    return full.to_numpy(zero_copy_only=False)


def _call(name: str, values: Any, options: Any = None) -> Any:
    return get_function(name).call([values], options)


def _flags(values: pa.Array) -> Flags:
    return values.to_numpy(zero_copy_only=False)
