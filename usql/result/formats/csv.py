"""CSV after RFC 4180: lists as JSON text, timestamps in milliseconds unless asked otherwise.

A text stands in quotes where it must; in a table of one column also where it is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from usql.formats.format import Format
from usql.harmless import json_text
from usql.result import functions as fn
from usql.result import numbers
from usql.result.columns import ResultColumn
from usql.result.data import ResultData
from usql.result.guard import SIGN, guarded
from usql.result.lines import lines
from usql.result.options import Options
from usql.result.responses import json_value
from usql.result.texts import Look, cell_texts, is_numeric
from usql.result.values import batches

FORMAT = Format(
    "csv", "RFC 4180: lists as JSON text, a missing value empty", ("csv",), shows_cells=True
)

_SPECIAL = '[",\r\n]'
"""What must stand in quotes."""


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """The names, then the rows of a batch in each piece."""
    is_alone = len(result.schema) == 1
    names = [_quoted(pa.array([name], pa.string()), options, is_alone) for name in result.columns]
    yield lines(names, ",", "\r\n") if names else b"\r\n"
    for batch in batches(result.table):
        cells = zip(batch.columns, result.schema, strict=True)
        yield lines([_cells(v, c, options, is_alone) for v, c in cells], ",", "\r\n")


def _cells(values: pa.Array, column: ResultColumn, options: Options, is_alone: bool) -> pa.Array:
    """The cells of a column as they stand in the file."""
    look = Look(time=options.time or "ms", utc_offset=options.utc_offset)
    kind = values.type
    if not is_numeric(kind, column, look):
        return _quoted(_texts(values, column, look), options, is_alone)
    texts = numbers.exact(values) if pa.types.is_floating(kind) else fn.as_type(values, pa.string())
    missing = _quoted(pa.array([options.null or ""], pa.string()), options, is_alone)
    return fn.filled(texts, missing[0].as_py())


def _texts(values: pa.Array, column: ResultColumn, look: Look) -> pa.Array:
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return values
    if not pa.types.is_nested(kind):
        return cell_texts(values, column, look)
    is_time = column.is_timestamp and look.time != "ms"
    made = (
        None if v is None else json_text(json_value(_with_times(v, look) if is_time else v))
        for v in values.to_pylist()
    )
    return pa.array(made, pa.string())


def _with_times(value: Any, look: Look) -> Any:
    if isinstance(value, list):
        return [_with_times(v, look) for v in value]
    if isinstance(value, dict):  # a pair
        return value | {"value": _with_times(value["value"], look)}
    return look.write_time(value) if isinstance(value, int) else value


def _quoted(texts: pa.Array, options: Options, is_alone: bool) -> pa.Array:
    """The texts in quotes where they need them, and with ``csv_safe`` guarded and all in quotes."""
    texts = fn.filled(texts, options.null or "")
    if options.csv_safe:
        return _in_quotes(_guarded(texts))
    special = fn.fits(texts, _SPECIAL)
    if is_alone:
        special |= fn.in_numpy(fn.characters(texts)) == 0
    if not special.any():
        return texts
    return fn.put(texts, special, _in_quotes(fn.kept(texts, special)))


def _in_quotes(texts: pa.Array) -> pa.Array:
    return fn.joined('"', fn.replaced(texts, '"', '""'), '"')


def _guarded(texts: pa.Array) -> pa.Array:
    signed = fn.fits(texts, SIGN)
    if not signed.any():
        return texts
    found = [guarded(text) for text in fn.kept(texts, signed).to_pylist()]
    return fn.put(texts, signed, pa.array(found, texts.type))
