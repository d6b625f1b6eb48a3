"""JSON: one session a line, or an array of sessions.

Lines are read in pieces of many megabytes by Arrow's reader with an explicit schema. A piece that
it refuses, or that it might read otherwise than the precise way, is read line by line, where every
problem has its line and path; both ways give the same columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from usql.catalog import Catalog
from usql.store.errors import DataError
from usql.store.flat import FlatBatch, FlatTable, NeedsPrecise, from_arrow
from usql.store.normalize import NoNumber
from usql.store.schema import export_schema
from usql.store.sink import Sink

PIECE = 32 << 20
"""Bytes of text that are read at once."""

_BLOCK = 16 << 20
_MOST_DEPTH = 500
_BOM = b"\xef\xbb\xbf"
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}\n")))
_BLANK = re.compile(r"\s*")
_LONGEST_NUMBER = 1000
_NULL_ROW = re.compile(rb"null(?:(?<=[}\n\r\t]null)|(?<=[}\n\r\t ] null))")
"""A ``null`` that may stand where a session should: not straight behind ``:``, ``,`` or ``[``."""


class Readable(Protocol):
    """What gives bytes; fewer than asked for only at its end."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


def read_json(stream: Readable, source: str, sink: Sink) -> None:
    """Read all sessions of a stream of JSON text. ``source`` names it in errors."""
    head = stream.read(PIECE)
    head = head.removeprefix(_BOM)
    if _is_document(head):
        _read_document(head + stream.read(), source, sink)
        return
    line = 1
    for piece in _pieces(head, stream):
        try:
            sink.add(_fast(sink.catalog, piece))
        except (NeedsPrecise, pa.ArrowException, UnicodeDecodeError):
            _precise(piece, line, source, sink)
        line += piece.count(b"\n")


def _pieces(head: bytes, stream: Readable) -> Iterator[bytes]:
    """Whole lines, about ``PIECE`` bytes at a time; a longer line is a piece of its own."""
    rest = [head]
    while True:
        cut = rest[-1].rfind(b"\n") + 1
        if cut:
            whole = b"".join([*rest[:-1], memoryview(rest[-1])[:cut]])
            rest = [rest[-1][cut:]]
            yield whole
        more = stream.read(PIECE)
        if not more:
            break
        rest.append(more)
    last = b"".join(rest)
    if last.strip():
        yield last


def _is_document(head: bytes) -> bool:
    """Whether the text is one JSON value over several lines, not a value a line."""
    text = head.lstrip()
    first, newline, others = text.partition(b"\n")
    if text[:1] == b"[":
        return not (others.strip() and _is_json(first))
    if text[:1] != b"{" or not newline or not others.strip():
        return False
    # A line that breaks off is a bad line, unless the next one goes on where it ended.
    return first.rstrip()[-1:] in (b"{", b",", b"[", b":") and others.lstrip()[:1] not in (
        b"{",
        b"",
    )


def _is_json(line: bytes) -> bool:
    """Whether a line is complete: a bad line among others, not the beginning of an array."""
    if line.rstrip()[-1:] != b"]":
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


# --- the fast way ---------------------------------------------------------------------------------


def _fast(catalog: Catalog, piece: bytes) -> FlatBatch:
    """A piece by Arrow's reader; raises when the precise way must decide."""
    if _deepest(piece) > _MOST_DEPTH:
        raise NeedsPrecise  # Arrow's reader recurses without a bound
    if b"\0" in piece or piece.lstrip().startswith(b"null") or _NULL_ROW.search(piece):
        raise NeedsPrecise  # it takes null for a session, and crashes if the first one is
    table = pj.read_json(
        pa.BufferReader(piece),
        read_options=pj.ReadOptions(block_size=min(_BLOCK, len(piece) + 1)),
        parse_options=pj.ParseOptions(
            explicit_schema=_reader_schema(), unexpected_field_behavior="infer"
        ),
    )
    table.validate(full=True)
    _check_inferred(table.schema, export_schema())
    columns = [_one_array(column) for column in table.columns]
    if not all(_is_finite(column) for column in columns):
        raise NeedsPrecise  # it takes NaN and Infinity, which are no JSON
    dated = [_read_dates(n, c) for n, c in zip(table.column_names, columns, strict=True)]
    batch = from_arrow(catalog, pa.table(dated, names=table.column_names))
    for name, flat in batch.items():
        _check_numbers(catalog, name, flat)
    return batch


def _deepest(piece: bytes) -> int:
    """The deepest nesting of brackets in a line; those inside strings count too."""
    brackets = np.frombuffer(piece.translate(None, _NOT_BRACKETS), dtype=np.uint8)
    steps = np.where((brackets == ord("[")) | (brackets == ord("{")), 1, -1).astype(np.int32)
    ends = np.flatnonzero(brackets == ord("\n"))
    steps[ends] = 0
    depth = np.cumsum(steps, dtype=np.int32)
    starts = np.concatenate(([0], ends))
    base = np.concatenate(([0], depth[ends]))
    if not len(depth):
        return 0
    peaks = np.maximum.reduceat(depth, np.minimum(starts, len(depth) - 1))
    return int((peaks - base).max())


def _reader_schema() -> pa.Schema:
    """The export's schema with date properties as text, as exports write them."""
    return pa.schema([pa.field(f.name, _dates_as_text(f.name, f.type)) for f in export_schema()])


def _dates_as_text(name: str, kind: pa.DataType) -> pa.DataType:
    if name == "dateProperties":
        return pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))
    if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
        inner = [pa.field(f.name, _dates_as_text(f.name, f.type)) for f in kind.value_type]
        return pa.list_(pa.struct(inner))
    return kind


def _check_inferred(found: pa.Schema, known: pa.Schema) -> None:
    """Further fields whose type Arrow guessed from the look of strings, or that hold objects."""
    for field in found:
        index = known.get_field_index(field.name)
        if index < 0:
            _plain(field.type)
        elif pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
            inner = known.field(index).type.value_type
            _check_inferred(pa.schema(list(field.type.value_type)), pa.schema(list(inner)))


def _plain(kind: pa.DataType) -> None:
    if pa.types.is_list(kind):
        kind = kind.value_type
    plain = (pa.bool_(), pa.int64(), pa.float64(), pa.string(), pa.null())
    if kind not in plain:
        raise NeedsPrecise


def _check_numbers(catalog: Catalog, name: str, flat: FlatTable) -> None:
    """Whole numbers beyond 64 bits come as doubles; only the precise way can refuse them."""
    table = catalog.table(name)
    for column, values in flat.columns.items():
        if table.get(column) is not None:
            continue
        doubles = pc.list_flatten(values) if pa.types.is_list(values.type) else values
        if doubles.type == pa.float64():
            largest = pc.max(pc.abs(doubles)).as_py()
            if largest is not None and largest >= 2.0**63:
                raise NeedsPrecise


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _is_finite(column: pa.Array) -> bool:
    """Whether no number in the column, at any depth, is NaN or infinite."""
    if pa.types.is_struct(column.type):
        return all(_is_finite(column.field(i)) for i in range(column.type.num_fields))
    if pa.types.is_list(column.type):
        return _is_finite(column.values)
    if not pa.types.is_floating(column.type):
        return True
    return pc.all(pc.is_finite(column)).as_py() is not False


def _read_dates(name: str, column: pa.Array) -> pa.Array:
    """The column with the date properties in it read from their text."""
    kind = column.type
    if not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)):
        return column
    entries = column.values
    fields = [f.name for f in entries.type]
    if name != "dateProperties" and "dateProperties" not in fields:
        return column
    parts = entries.flatten()
    if name == "dateProperties":
        if fields != ["key", "value"]:
            raise NeedsPrecise
        parts[1] = _milliseconds(parts[1])
    else:
        parts = [_read_dates(f, p) for f, p in zip(fields, parts, strict=True)]
    mask = entries.is_null() if entries.null_count else None
    struct = pa.StructArray.from_arrays(parts, fields, mask=mask)
    lists = pa.ListArray.from_arrays(column.offsets, struct)
    if column.null_count:
        lists = pc.if_else(column.is_valid(), lists, pa.scalar(None, lists.type))
    return lists


def _milliseconds(texts: pa.Array) -> pa.Array:
    """Dates by their distinct texts; whole numbers and bad dates are for the precise way."""
    from usql.language.literals import parse_date

    encoded = texts.dictionary_encode()
    try:
        instants = [parse_date(t) for t in encoded.dictionary.to_pylist()]
    except ValueError:
        raise NeedsPrecise from None
    return pa.array(instants, pa.int64()).take(encoded.indices)


# --- the precise way ------------------------------------------------------------------------------


def _whole(digits: str) -> int | NoNumber:
    """A whole number of JSON text. Thousands of digits would take Python too long."""
    if len(digits) > _LONGEST_NUMBER:
        return NoNumber(f"a number of {len(digits)} digits")
    return int(digits)


_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_constant=lambda name: NoNumber(f"{name}, which is not JSON")
)


def _precise(piece: bytes, first_line: int, source: str, sink: Sink) -> None:
    """A piece line by line."""
    for number, raw in enumerate(piece.split(b"\n"), first_line):
        if raw.strip():
            _precise_line(raw, number, source, sink)


def _precise_line(raw: bytes, number: int, source: str, sink: Sink) -> None:
    try:
        values = _values(raw.decode())
    except UnicodeDecodeError as error:
        sink.reject(
            DataError(f"byte {error.start + 1} is not UTF-8", source=source, line=number), raw
        )
    except json.JSONDecodeError as error:
        sink.reject(DataError(_explain(error), source=source, line=number), raw)
    except RecursionError:
        reason = "brackets nest deeper than any session does"
        sink.reject(DataError(reason, source=source, line=number), raw)
    else:
        for value in values:
            sink.add_object(value, source, number, raw)


def _values(text: str) -> list[object]:
    """The JSON values of a line: mostly one."""
    values = []
    at = _skip_blank(text, 0)
    while at < len(text):
        value, at = _decode(text, at)
        at = _skip_blank(text, at)
        values.append(value)
    return values


def _decode(text: str, at: int) -> tuple[object, int]:
    return _DECODER.raw_decode(text, at)


def _skip_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _explain(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"):
        return "the text ends in the middle of a value"
    reason = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
    return f"not JSON: {reason} at character {error.colno}"


def _read_document(data: bytes, source: str, sink: Sink) -> None:
    """One JSON array of sessions, or one session, over any number of lines. Where its text breaks
    off or is no JSON, the rest is one bad row."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError("the text is not UTF-8", source=source, line=line) from None
    at = _skip_blank(text, 0)
    is_array = text[at : at + 1] == "["
    at = _skip_blank(text, at + 1) if is_array else at
    line, counted = 1, 0

    def reject_rest(reason: str, line: int) -> None:
        sink.reject(DataError(reason, source=source, line=line), text[at:].encode())

    ended = is_array and text[at : at + 1] == "]"
    while not ended:
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, end = _decode(text, at)
        except json.JSONDecodeError as error:
            reject_rest(_explain(error), error.lineno)
            return
        except RecursionError:
            reject_rest("brackets nest deeper than any session does", line)
            return
        sink.add_object(value, source, line, text[at:end].replace("\n", " ").encode())
        at = _skip_blank(text, end)
        ended = not is_array or text[at : at + 1] == "]"
        if not ended and text[at : at + 1] != ",":
            is_cut = at >= len(text)
            line += text.count("\n", counted, at)
            reject_rest(
                "the text ends in the middle of the array" if is_cut else "expected , or ] here",
                line,
            )
            return
        if not ended:
            at = _skip_blank(text, at + 1)
    at = _skip_blank(text, at + 1 if is_array else at)
    if at < len(text):
        line += text.count("\n", counted, at)
        whole = "array" if is_array else "object"
        reject_rest(f"there is more text behind the {whole}; write one session a line", line)
