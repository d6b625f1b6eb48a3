"""Strings of many chunks as codes into one sorted dictionary."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import FieldType
from usql.language.literals import parse_address
from usql.store.columns import Array, DictionaryColumn
from usql.store.compute import (
    MatchSubstringOptions,
    SplitPatternOptions,
    as_type,
    filled,
    pc,
    taken,
)
from usql.store.forms.disk import view
from usql.store.views import arrow_view
from usql.store.widths import unsigned

Ints = npt.NDArray[np.int64]


def encode_strings(kind: FieldType, chunks: list[pa.Array]) -> DictionaryColumn:
    """Chunks that have a dictionary each (or are all null, without a type) as one column. Costs a
    pass over each chunk's dictionary, a sort of the distinct values, and a lookup per row."""
    dictionaries = [
        as_type(c.dictionary, pa.string()) for c in chunks if pa.types.is_dictionary(c.type)
    ]
    dictionary, code_lookups = merged_dictionaries(kind, dictionaries)
    count = len(dictionary)
    codes = np.full(sum(map(len, chunks)), count, dtype=unsigned(count))
    lookups = iter(code_lookups)
    at = 0
    for chunk in chunks:
        if pa.types.is_dictionary(chunk.type):
            mapped = taken(arrow_view(next(lookups)), chunk.indices)
            codes[at : at + len(chunk)] = filled(mapped, count).to_numpy()
        at += len(chunk)
    return DictionaryColumn(kind, codes, dictionary)


def merged_dictionaries(
    kind: FieldType, dictionaries: Sequence[pa.Array]
) -> tuple[pa.Array, list[Array]]:
    """Several dictionaries merged into one that is sorted, and for each of them the new code of
    each of its codes, followed by that of null."""
    first = dictionaries[0] if dictionaries else pa.array([], pa.string())
    is_one = all(other.equals(first) for other in dictionaries[1:])
    joined = pc.dictionary_encode(first if is_one else pa.concat_arrays(dictionaries))
    dictionary, places = joined.dictionary, view(joined.indices)
    count = len(dictionary)
    order = _address_order(dictionary) if kind is FieldType.IP else _text_order(dictionary)
    ranks = np.empty(count, dtype=unsigned(count))
    ranks[order] = np.arange(count, dtype=ranks.dtype)
    lookups = []
    at = 0
    for part in dictionaries:
        lookups.append(np.append(ranks[places[at : at + len(part)]], ranks.dtype.type(count)))
        at += 0 if is_one else len(part)
    return taken(dictionary, arrow_view(order)), lookups


def _text_order(dictionary: pa.Array) -> Ints:
    return view(pc.array_sort_indices(dictionary)).astype(np.int64)


_IPV4 = r"^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$"


def _address_order(dictionary: pa.Array) -> Ints:
    """The sort order of addresses: readable ones by address, the others after them, ties by text.
    Dotted IPv4 addresses, the usual case, are parsed as a column."""
    count = len(dictionary)
    family = np.full(count, 2, dtype=np.int8)
    high = np.zeros(count, dtype=np.uint64)
    low = np.zeros(count, dtype=np.uint64)
    fits = pc.match_substring_regex(dictionary, options=MatchSubstringOptions(_IPV4))
    is_dotted = fits.to_numpy(zero_copy_only=False)
    dotted, others = np.flatnonzero(is_dotted), np.flatnonzero(~is_dotted)
    if len(dotted):
        texts = taken(dictionary, arrow_view(dotted))
        parts = pc.list_flatten(pc.split_pattern(texts, options=SplitPatternOptions(".")))
        octets = as_type(parts, pa.uint64()).to_numpy().reshape(-1, 4)
        low[dotted] = octets @ np.array([1 << 24, 1 << 16, 1 << 8, 1], dtype=np.uint64)
        family[dotted] = 0
    for index, text in zip(others, taken(dictionary, arrow_view(others)).to_pylist(), strict=True):
        try:
            version, number = _address(text)
        except ValueError:
            continue
        family[index], high[index], low[index] = version, number >> 64, number & (2**64 - 1)
    text_ranks = np.empty(count, dtype=np.int64)
    text_ranks[_text_order(dictionary)] = np.arange(count)
    return np.lexsort((text_ranks, low, high, family))


def _address(text: str) -> tuple[int, int]:
    """``parse_address``, but with the system's parser for IPv6, which takes a twentieth of the
    time."""
    try:
        number = int.from_bytes(socket.inet_pton(socket.AF_INET6, text))
    except OSError:
        return parse_address(text)
    return (0, number & 0xFFFFFFFF) if number >> 32 == 0xFFFF else (1, number)
