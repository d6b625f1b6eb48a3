"""Addresses as values: an IPv4-mapped IPv6 address equals its IPv4 address (LANGUAGE.md §5)."""

from __future__ import annotations

import ipaddress

import numpy as np
import pyarrow as pa

from usql.catalog.model import FieldType
from usql.engine.runtime.limits import Control
from usql.language.literals import parse_address
from usql.store.columns import DictionaryColumn
from usql.store.compute import MatchSubstringOptions, pc, taken
from usql.store.forms.dictionaries import encode_strings
from usql.store.views import arrow_view as numbers

_MARK = "ffff"
"""A text that every form of a mapped address contains, in either case."""


_WORK = 16
"""Bytes per row that building the new column takes, including the column."""


def plain_addresses(column: DictionaryColumn, control: Control) -> DictionaryColumn:
    """The column with every mapped address replaced by its IPv4 address; the same object if there
    is none. Costs a search of the dictionary's bytes (10 ns per text), and with mapped addresses a
    new dictionary."""
    texts_at = column.dictionary.buffers()[2]
    if texts_at is None or _MARK.encode() not in texts_at.to_pybytes().lower():
        return column
    marked = pc.match_substring(
        column.dictionary, options=MatchSubstringOptions(_MARK, ignore_case=True)
    )
    places = np.flatnonzero(marked.to_numpy(zero_copy_only=False))
    texts = taken(column.dictionary, numbers(places)).to_pylist()
    plain = [_plain(text) for text in texts]
    if plain == texts:
        return column
    control.reserve(_WORK * len(column) + 4 * column.dictionary.nbytes, "addresses")
    replaced = pc.replace_with_mask(column.dictionary, marked, pa.array(plain, pa.string()))
    codes = numbers(column.codes, valid=column.codes != column.null_code)
    chunk = pa.DictionaryArray.from_arrays(codes, replaced)
    return encode_strings(FieldType.IP, [chunk])


def _plain(text: str) -> str:
    """The IPv4 address that a text maps to, else the text itself."""
    if ":" not in text:
        return text
    try:
        version, number = parse_address(text)
    except ValueError:
        return text
    return str(ipaddress.IPv4Address(number)) if version == 0 else text
