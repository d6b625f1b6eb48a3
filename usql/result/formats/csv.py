"""CSV after RFC 4180: lists as JSON text, timestamps in milliseconds.

A text stands in quotes where it must; in a table of one column also where it is empty.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from usql.harmless import json_text
from usql.result import numbers
from usql.result.guard import SIGN, guarded
from usql.result.lines import lines
from usql.result.responses import json_value
from usql.result.result import Result
from usql.result.writing import Options
from usql.store.compute import pc

_SPECIAL = '[",\r\n]'
"""What must stand in quotes."""


def pieces(result: Result, options: Options) -> Iterator[bytes]:
    """The names, then the rows of a batch in each piece."""
    is_alone = len(result.schema) == 1
    names = [_quoted(pa.array([name]), options, is_alone) for name in result.columns]
    yield lines(names, ",", "\r\n") if names else b"\r\n"
    for batch in result.batches():
        if len(batch):
            yield lines([_cells(c, options, is_alone) for c in batch.columns], ",", "\r\n")


def _cells(column: pa.Array, options: Options, is_alone: bool) -> pa.Array:
    """The cells of a column as they stand in the file."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        texts = numbers.exact(column) if pa.types.is_floating(kind) else column.cast(pa.string())
        empty = '""' if options.csv_safe or is_alone else ""
        return pc.fill_null(texts, empty)
    return _quoted(_texts(column), options, is_alone)


def _texts(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column
    if pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    values = (None if v is None else json_text(json_value(v)) for v in column.to_pylist())
    return pa.array(values, pa.string())


def _quoted(texts: pa.Array, options: Options, is_alone: bool) -> pa.Array:
    """The texts in quotes where they need them, and with ``csv_safe`` guarded and all in quotes."""
    if options.csv_safe:
        texts = _guarded(pc.fill_null(texts, ""))
        return _in_quotes(texts)
    texts = pc.fill_null(texts, "")
    special = pc.match_substring_regex(texts, _SPECIAL)
    if is_alone:
        special = pc.or_(special, pc.equal(pc.binary_length(texts), 0))
    if not special.true_count:
        return texts
    return pc.replace_with_mask(texts, special, _in_quotes(texts.filter(special)))


def _in_quotes(texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")


def _guarded(texts: pa.Array) -> pa.Array:
    signed = pc.match_substring_regex(texts, SIGN)
    if not signed.true_count:
        return texts
    found = [guarded(text) for text in texts.filter(signed).to_pylist()]
    return pc.replace_with_mask(texts, signed, pa.array(found, texts.type))
