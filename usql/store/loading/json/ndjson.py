"""JSON: one session a line, or an array of sessions.

Lines are read in pieces of some megabytes by Arrow's reader with an explicit schema. A piece that
it refuses, or that it might read otherwise than the precise way, is read line by line, where every
problem has its line and path; both ways give the same columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog
from usql.frozen import dataclass
from usql.store.bad_data import NeedsPrecise
from usql.store.batches.flat import FlatBatch, FlatTable, from_arrow
from usql.store.compute import pc
from usql.store.forms.further import LARGEST_WHOLE
from usql.store.forms.schema import export_schema
from usql.store.inputs.archives import Readable
from usql.store.inputs.origin import Origin
from usql.store.loading.json.documents import read_documents
from usql.store.loading.json.layout import Layout, is_wide
from usql.store.loading.json.picked import Picker, is_picking, line_ends
from usql.store.loading.json.precise import WHITE
from usql.store.loading.json.precise import read_lines as _precise
from usql.store.loading.sink import Sink
from usql.store.recognition import elastic
from usql.store.recognition.wrappings import ACTIONS, DOCUMENTS

PIECE = 8 << 20
"""Bytes of text that are read at once."""

_FIRST = 1 << 20
"""About as many are in the first piece: a question with a LIMIT mostly needs no more."""

_HEAD = 16 << 10
"""Bytes at the beginning of a file that show which fields it has."""

_LONGEST_PIECE = 1 << 30
_MOST_DEPTH = 500
_MOST_LINES = 1 << 17
_BOM = b"\xef\xbb\xbf"
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}\n")))
_FIRST_NULL = re.compile(rb"[ \t\r\n]*null")
_NULL_ROW = re.compile(rb"null(?:(?<=[}\n\r\t]null)|(?<=[}\n\r\t ] null))")
"""A ``null`` that may stand where a session should: not straight behind ``:``, ``,`` or ``[``."""


def read_json(stream: Readable, origin: Origin, sink: Sink) -> None:
    """Read all sessions of a stream of JSON text."""
    head = stream.read(PIECE)
    head = head.removeprefix(_BOM)
    if _is_document(head):
        sink.settle()
        read_documents(head, stream, PIECE, origin, sink)
        return
    layout = Layout()
    picker = Picker(sink.catalog, origin) if is_picking(sink.catalog) else None
    line = 1
    pieces = _pieces([head], stream, origin, sink)
    del head  # a piece that nobody works on any more is memory for nothing, here and below
    for piece in pieces:
        if sink.is_full():
            return
        ends = None if picker is None else line_ends(piece)
        sink.take(_Piece(piece, line, origin, layout, picker, ends))
        line += _newlines(piece) if ends is None else len(ends)
        del piece


def _newlines(piece: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(piece, dtype=np.uint8) == ord("\n")))


@dataclass(frozen=True)
class _Piece:
    """Whole lines of a file, the first of them number ``line``."""

    text: bytes
    line: int
    origin: Origin
    layout: Layout
    picker: Picker | None
    ends: npt.NDArray[np.int64] | None

    def flat(self, catalog: Catalog) -> list[FlatBatch]:
        """By what picks single fields, where that is enough, else by Arrow's reader."""
        if self.picker is not None and self.ends is not None:
            with suppress(NeedsPrecise):
                return [_picked(self.picker, self.text, self.ends)]
        return [_fast(catalog, self.text, self.layout, self.origin)]

    def add_rows(self, sink: Sink) -> None:
        """Line by line."""
        _precise(self.text, self.line, self.origin, sink)


def _pieces(rest: list[bytes], stream: Readable, origin: Origin, sink: Sink) -> Iterator[bytes]:
    """Whole lines, about ``PIECE`` bytes at a time, of the ``rest`` that was read already and of the
    stream; a longer line is a piece of its own."""
    if first := rest[-1].find(b"\n", _FIRST) + 1:
        yield rest[-1][:first]
        rest[-1] = rest[-1][first:]
    while True:
        cut = rest[-1].rfind(b"\n") + 1
        if cut:
            whole = b"".join([*rest[:-1], memoryview(rest[-1])[:cut]])
            rest[:] = [rest[-1][cut:]]
            yield whole
            del whole
        more = stream.read(PIECE)
        if not more:
            break
        rest.append(more)
        if sum(map(len, rest)) > max(sink.limit, 2 * PIECE):
            sink.settle()
            raise sink.too_large("a line of the text", origin.name)
    last = b"".join(rest)
    if last.strip(WHITE):
        yield last


def _is_document(head: bytes) -> bool:
    """Whether the text is of values over several lines, not of values a line."""
    text = head.lstrip(WHITE)
    first, newline, others = text.partition(b"\n")
    while text[:1] == b"[" and others.strip(WHITE) and _is_json(first):
        text = others.lstrip(WHITE)  # an array in a line; the next one may be written otherwise
        first, newline, others = text.partition(b"\n")
    if text[:1] == b"[":
        return not (others.strip(WHITE) and _is_json(first))
    if text[:1] != b"{" or not newline or not others.strip(WHITE):
        return False
    # A line that breaks off is a bad line, unless the next one goes on where it ended.
    return first.rstrip(WHITE)[-1:] in (b"{", b",", b"[", b":") and others.lstrip(WHITE)[
        :1
    ] not in (
        b"{",
        b"",
    )


def _is_json(line: bytes) -> bool:
    """Whether a line is complete: a bad line among others, not the beginning of an array."""
    if line.rstrip(WHITE)[-1:] != b"]":
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


# --- the fast ways --------------------------------------------------------------------------------


def _picked(picker: Picker, piece: bytes, ends: npt.NDArray[np.int64]) -> FlatBatch:
    """A piece of which single fields are wanted; :class:`NeedsPrecise` when all must be read."""
    piece, actions = elastic.without_actions(piece)
    has_documents = elastic.has_documents(piece)
    ends = line_ends(piece) if actions else ends
    batch = picker.flat(piece, ends, has_documents=has_documents)
    return _remarked(batch, actions, batch[PRIMARY].rows * has_documents)


def _remarked(batch: FlatBatch, actions: int, documents: int) -> FlatBatch:
    told = {ACTIONS: actions, DOCUMENTS: documents}
    remarks = {remark: count for remark, count in told.items() if count}
    return {**batch, PRIMARY: replace(batch[PRIMARY], remarks=remarks)} if remarks else batch


def _fast(catalog: Catalog, piece: bytes, layout: Layout, origin: Origin) -> FlatBatch:
    """A piece by Arrow's reader; raises when the precise way must decide."""
    if len(piece) > _LONGEST_PIECE:
        raise NeedsPrecise  # the reader counts in 32 bits
    if _newlines(piece) > _MOST_LINES:
        raise NeedsPrecise  # it makes every field of every session, hundreds of bytes for two
    if _deepest(piece) > _MOST_DEPTH:
        raise NeedsPrecise  # it recurses without a bound
    if piece[:1] >= b"\x80":
        raise NeedsPrecise  # it passes over a mark of the byte order, and over part of one
    if b"\0" in piece or _FIRST_NULL.match(piece):
        raise NeedsPrecise  # it crashes if the first session is null
    piece, actions = elastic.without_actions(piece)
    read = _documents if (has_documents := elastic.has_documents(piece)) else _read
    table = _expected(piece, layout, read)
    if all(column.null_count for column in table.columns) and _NULL_ROW.search(piece):
        raise NeedsPrecise  # it takes null for a session
    table.validate(full=True)
    _check_inferred(table.schema, export_schema())
    if not all(_is_finite(chunk) for column in table.columns for chunk in column.chunks):
        raise NeedsPrecise  # it takes NaN and Infinity, which are no JSON
    batch = from_arrow(catalog, table, origin)
    for name, flat in batch.items():
        _check_numbers(catalog, name, flat)
    return _remarked(batch, actions, table.num_rows * has_documents)


def _documents(piece: bytes, schema: pa.Schema, unexpected: str) -> pa.Table:
    """What the lines of a piece hold under ``_source``."""
    return elastic.documents(_read(piece, elastic.wrapped(schema), unexpected))


Reader = Callable[[bytes, pa.Schema, str], pa.Table]
"""Reads a piece by a schema; what stands in other fields is ``"infer"`` or ``"error"``."""


def _expected(piece: bytes, layout: Layout, read: Reader) -> pa.Table:
    """A piece by the fields that the file has shown; where it has others, they are looked at."""
    if layout.schema is layout.documented and len(piece) > _HEAD:
        layout.learn(_inferred(piece[: piece.find(b"\n", _HEAD // 2) + 1 or None], layout, read))
    schemas = [layout.schema, layout.full] if layout.schema is not layout.documented else []
    for schema in schemas:  # most likely what is new is documented
        with suppress(pa.ArrowInvalid):
            found = read(piece, schema, "error")
            layout.learn(found)
            return found
    if layout.has_objects:
        raise NeedsPrecise  # which the reader cannot keep: most likely these again
    found = _inferred(piece, layout, read)
    layout.learn(found)
    return found


def _inferred(piece: bytes, layout: Layout, read: Reader) -> pa.Table:
    """A piece with all fields that it has, the types of further ones by their looks."""
    if len(piece) > _HEAD and is_wide(piece):
        raise NeedsPrecise
    return read(piece, layout.documented, "infer")


def _read(piece: bytes, schema: pa.Schema, unexpected: str) -> pa.Table:
    """A piece as one chunk. The reader takes the fields of the schema as they are typed there, and
    infers the others, or refuses them."""
    import pyarrow.json as pj

    text = piece if piece.endswith(b"\n") else piece + b"\n"  # else the last line is another chunk
    return pj.read_json(
        pa.BufferReader(text),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(text)),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior=unexpected),
        memory_pool=pa.system_memory_pool(),  # as fast here, and gives back what it frees
    )


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
    """Whole numbers that no double or none of 64 bits holds come as doubles beside fractions; only
    the precise way can refuse them."""
    table = catalog.table(name)
    for column, values in flat.columns.items():
        if table.get(column) is not None:
            continue
        doubles = pc.list_flatten(values) if pa.types.is_list(values.type) else values
        if doubles.type == pa.float64():
            largest = pc.max(pc.abs(doubles)).as_py()
            if largest is not None and largest >= LARGEST_WHOLE:
                raise NeedsPrecise


def _is_finite(column: pa.Array) -> bool:
    """Whether no number in the column, at any depth, is NaN or infinite."""
    if pa.types.is_struct(column.type):
        return all(_is_finite(column.field(i)) for i in range(column.type.num_fields))
    if pa.types.is_list(column.type):
        return _is_finite(column.values)
    if not pa.types.is_floating(column.type):
        return True
    return pc.all(pc.is_finite(column)).as_py() is not False
