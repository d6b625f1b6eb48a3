"""Arrow's functions over columns of texts and numbers, with the types that this package needs."""

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
from usql.store.views import arrow_view

__all__ = [
    "as_type",
    "begins",
    "characters",
    "chosen",
    "distinct",
    "ends",
    "entries",
    "filled",
    "filtered",
    "fits",
    "in_numpy",
    "joined",
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
    """The texts of each row concatenated; null if one of them is."""
    texts = [
        pa.scalar(part, pa.string()) if isinstance(part, str) else part for part in (*parts, "")
    ]
    return pc.binary_join_element_wise(*texts, options=JoinOptions("emit_null", ""))


def padded_texts(texts: pa.Array, to: int, *, is_right: bool) -> pa.Array:
    """The texts, padded with spaces to ``to`` characters."""
    pad = pc.utf8_lpad if is_right else pc.utf8_rpad
    return pad(texts, options=PadOptions(to, " "))


def begins(texts: pa.Array, characters: int) -> pa.Array:
    """The first ``characters`` characters of each text."""
    return pc.utf8_slice_codeunits(texts, options=SliceOptions(0, characters))


def without_end(texts: pa.Array) -> pa.Array:
    """The texts without trailing blanks."""
    return pc.ascii_rtrim_whitespace(texts)


def characters(texts: pa.Array) -> pa.Array:
    """The number of characters of each text."""
    return pc.utf8_length(texts)


def place_of(texts: pa.Array, part: str) -> pa.Array:
    """The byte offset of ``part`` in each text; -1 if it does not occur."""
    return pc.find_substring(texts, options=MatchSubstringOptions(part))


def fits(texts: pa.Array, pattern: str) -> Flags:
    """Which texts, none of them null, contain a match of a pattern."""
    return in_numpy(pc.match_substring_regex(texts, options=MatchSubstringOptions(pattern)))


def replaced(texts: pa.Array, part: str, by: str) -> pa.Array:
    """The texts with every occurrence of ``part`` replaced."""
    return pc.replace_substring(texts, options=ReplaceSubstringOptions(part, by))


def chosen(flags: Flags, values: pa.Array, others: pa.Array) -> pa.Array:
    """The values where a flag is set, else the others."""
    return pc.if_else(arrow_view(flags), values, others)


def put(values: pa.Array, flags: Flags, others: pa.Array) -> pa.Array:
    """The values, with those that have a flag replaced by ``others``, in order."""
    return pc.replace_with_mask(values, arrow_view(flags), others)


def with_nulls_of(texts: pa.Array, values: pa.Array) -> pa.Array:
    """The texts, with null wherever ``values`` are null."""
    if not values.null_count:
        return texts
    return pc.if_else(pc.is_valid(values), texts, pa.scalar(None, texts.type))


def filtered(values: pa.Array, flags: Flags) -> pa.Array:
    """The values that have a flag."""
    return taken(values, arrow_view(np.flatnonzero(flags)))


def distinct(texts: pa.Array) -> tuple[list[str], pa.Array]:
    """The distinct texts, and the index among them for each text."""
    coded = pc.dictionary_encode(texts)
    return coded.dictionary.to_pylist(), coded.indices


def largest(values: pa.Array) -> int:
    """The largest of some non-negative whole numbers; 0 if there are none."""
    return pc.max(values).as_py() or 0


def ends(values: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The smallest and the largest value, or two nulls."""
    extremes = pc.min_max(values)
    return [extremes["min"].as_py(), extremes["max"].as_py()]


def entries(lists: pa.Array) -> pa.Array:
    """The entries of all lists, concatenated."""
    return pc.list_flatten(lists)


def in_numpy(values: pa.Array, missing: float = 0) -> Any:
    """Numbers as a numpy array, with ``missing`` in place of nulls."""
    return filled(values, missing).to_numpy(zero_copy_only=False)
