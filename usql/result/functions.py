"""Arrow's functions over columns of texts and numbers, from which answers are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from usql.store.compute import (
    JoinOptions,
    MatchSubstringOptions,
    PadOptions,
    ReplaceSubstringOptions,
    SliceOptions,
    as_type,
    filled,
    pc,
    taken,
)
from usql.store.views import plain

__all__ = [
    "as_type",
    "begins",
    "characters",
    "chosen",
    "distinct",
    "ends",
    "entries",
    "filled",
    "fits",
    "in_numpy",
    "joined",
    "kept",
    "largest",
    "padded_texts",
    "place_of",
    "put",
    "replaced",
    "taken",
    "with_nulls_of",
    "without_end",
]

Flags = Any
"""A numpy array of booleans."""


def joined(*parts: pa.Array | str) -> pa.Array:
    """The texts of each row one behind the other; null where one of them is."""
    texts = [
        pa.scalar(part, pa.string()) if isinstance(part, str) else part for part in (*parts, "")
    ]
    return pc.binary_join_element_wise(*texts, options=JoinOptions("emit_null", ""))


def padded_texts(texts: pa.Array, to: int, *, is_right: bool) -> pa.Array:
    """The texts with spaces beside them, ``to`` characters long."""
    pad = pc.utf8_lpad if is_right else pc.utf8_rpad
    return pad(texts, options=PadOptions(to, " "))


def begins(texts: pa.Array, characters: int) -> pa.Array:
    """The first characters of each text."""
    return pc.utf8_slice_codeunits(texts, options=SliceOptions(0, characters))


def without_end(texts: pa.Array) -> pa.Array:
    """The texts without blanks at their ends."""
    return pc.ascii_rtrim_whitespace(texts)


def characters(texts: pa.Array) -> pa.Array:
    """How many characters each text has."""
    return pc.utf8_length(texts)


def place_of(texts: pa.Array, part: str) -> pa.Array:
    """Where each text has a part, in bytes; -1 where it has none."""
    return pc.find_substring(texts, options=MatchSubstringOptions(part))


def fits(texts: pa.Array, pattern: str) -> Flags:
    """Which texts, none of them null, have a place that fits a pattern."""
    return in_numpy(pc.match_substring_regex(texts, options=MatchSubstringOptions(pattern)))


def replaced(texts: pa.Array, part: str, by: str) -> pa.Array:
    """The texts with a part replaced wherever it stands."""
    return pc.replace_substring(texts, options=ReplaceSubstringOptions(part, by))


def chosen(flags: Flags, values: pa.Array, others: pa.Array) -> pa.Array:
    """The values where a flag is set, else the others."""
    return pc.if_else(plain(flags), values, others)


def put(values: pa.Array, flags: Flags, others: pa.Array) -> pa.Array:
    """The values, and in place of those with a flag the others, one after the other."""
    return pc.replace_with_mask(values, plain(flags), others)


def with_nulls_of(texts: pa.Array, values: pa.Array) -> pa.Array:
    """The texts, and null where ``values`` are."""
    if not values.null_count:
        return texts
    return pc.if_else(pc.is_valid(values), texts, pa.scalar(None, texts.type))


def kept(values: pa.Array, flags: Flags) -> pa.Array:
    """The values with a flag."""
    return taken(values, plain(np.flatnonzero(flags)))


def distinct(texts: pa.Array) -> tuple[list[str], pa.Array]:
    """The distinct texts, and which of them stands where."""
    coded = pc.dictionary_encode(texts)
    return coded.dictionary.to_pylist(), coded.indices


def largest(values: pa.Array) -> int:
    """The largest of some whole numbers that are not negative; 0 without any."""
    return pc.max(values).as_py() or 0


def ends(values: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The least and the largest value, or two nulls."""
    found = pc.min_max(values)
    return [found["min"].as_py(), found["max"].as_py()]


def entries(lists: pa.Array) -> pa.Array:
    """The entries of all lists, one behind the other."""
    return pc.list_flatten(lists)


def in_numpy(values: pa.Array, missing: float = 0) -> Any:
    """Numbers as a numpy array, with ``missing`` in place of nulls."""
    return filled(values, missing).to_numpy(zero_copy_only=False)
