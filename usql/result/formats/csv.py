"""CSV according to RFC 4180: lists as JSON text, timestamps in milliseconds unless the options say
otherwise.

Texts are quoted where necessary; in a table with a single column also empty ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from usql.escape import json_text
from usql.formats.format import Format
from usql.result.columns import ResultColumn
from usql.result.data import ResultData
from usql.result.options import Options
from usql.result.responses import json_value
from usql.result.texts import functions as fn
from usql.result.texts import numbers
from usql.result.texts.columns import Look, cell_texts, is_numeric
from usql.result.texts.guard import SIGN, guarded
from usql.result.texts.lines import lines
from usql.result.values import batches

FORMAT = Format(
    "csv", "RFC 4180: lists as JSON text, a missing value empty", ("csv",), shows_cells=True
)

_SPECIAL = '[",\r\n]'
"""What must stand in quotes."""


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """The header, then one batch of rows per piece."""
    is_alone = len(result.schema) == 1
    names = [_quoted(pa.array([name], pa.string()), options, is_alone) for name in result.columns]
    yield lines(names, ",", "\r\n") if names else b"\r\n"
    for batch in batches(result.table):
        cells = zip(batch.columns, result.schema, strict=True)
        yield lines([_cells(v, c, options, is_alone) for v, c in cells], ",", "\r\n")


def _cells(values: pa.Array, column: ResultColumn, options: Options, is_alone: bool) -> pa.Array:
    """The cells of a column as they are written."""
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
    texts = (
        None if v is None else json_text(json_value(_with_times(v, look) if is_time else v))
        for v in values.to_pylist()
    )
    return pa.array(texts, pa.string())


def _with_times(value: Any, look: Look) -> Any:
    if isinstance(value, list):
        return [_with_times(v, look) for v in value]
    if isinstance(value, dict):  # a pair
        return value | {"value": _with_times(value["value"], look)}
    return look.write_time(value) if isinstance(value, int) else value


def _quoted(texts: pa.Array, options: Options, is_alone: bool) -> pa.Array:
    """The texts, quoted where necessary; with ``csv_safe`` guarded, and all quoted."""
    texts = fn.filled(texts, options.null or "")
    if options.csv_safe:
        return _in_quotes(_guarded(texts))
    special = fn.fits(texts, _SPECIAL)
    if is_alone:
        special |= fn.in_numpy(fn.characters(texts)) == 0
    if not special.any():
        return texts
    return fn.put(texts, special, _in_quotes(fn.filtered(texts, special)))


def _in_quotes(texts: pa.Array) -> pa.Array:
    return fn.joined('"', fn.replaced(texts, '"', '""'), '"')


def _guarded(texts: pa.Array) -> pa.Array:
    signed = fn.fits(texts, SIGN)
    if not signed.any():
        return texts
    guarded_texts = [guarded(text) for text in fn.filtered(texts, signed).to_pylist()]
    return fn.put(texts, signed, pa.array(guarded_texts, texts.type))
