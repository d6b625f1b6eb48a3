"""The fast path for JSON: a piece of lines, read by Arrow's reader with an explicit schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog
from usql.store.bad_data import NeedsSlowPath
from usql.store.batches.flat import FlatBatch, FlatTable, from_arrow
from usql.store.compute import pc
from usql.store.forms.cast import is_list_of_structs
from usql.store.forms.further import LARGEST_WHOLE
from usql.store.forms.schema import export_schema
from usql.store.inputs.origin import Origin
from usql.store.loading.json.layout import Layout, is_wide
from usql.store.recognition import elastic
from usql.store.recognition.wrappings import ACTIONS, DOCUMENTS

_HEAD = 16 << 10
"""Bytes at the beginning of a file that show which fields it has."""

_LONGEST_PIECE = 1 << 30
_MOST_DEPTH = 500
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}\n")))
_FIRST_NULL = re.compile(rb"[ \t\r\n]*null")
_NULL_ROW = re.compile(rb"null(?:(?<=[}\n\r\t]null)|(?<=[}\n\r\t ] null))")
"""A ``null`` that may be in place of a session: not directly after ``:``, ``,`` or ``[``."""


def read_piece(catalog: Catalog, piece: bytes, layout: Layout, origin: Origin) -> FlatBatch:
    """A piece read by Arrow's reader; raises when the slow path must decide."""
    if len(piece) > _LONGEST_PIECE:
        raise NeedsSlowPath  # the reader counts in 32 bits
    if newlines(piece) > layout.tuning.most_fast_lines:
        raise NeedsSlowPath  # it makes every field of every session: hundreds of bytes for two
    if _deepest(piece) > _MOST_DEPTH:
        raise NeedsSlowPath  # it recurses without a bound
    if piece[:1] >= b"\x80":
        raise NeedsSlowPath  # it skips a byte order mark, even part of one
    if b"\0" in piece or _FIRST_NULL.match(piece):
        raise NeedsSlowPath  # it crashes if the first session is null
    piece, actions = elastic.without_actions(piece)
    read = _documents if (has_documents := elastic.has_documents(piece)) else _read
    table = _expected(piece, layout, read)
    if all(column.null_count for column in table.columns) and _NULL_ROW.search(piece):
        raise NeedsSlowPath  # it takes null for a session
    table.validate(full=True)
    _check_inferred(table.schema, export_schema())
    if not all(_is_finite(chunk) for column in table.columns for chunk in column.chunks):
        raise NeedsSlowPath  # it accepts NaN and Infinity, which are not JSON
    batch = from_arrow(catalog, table, origin)
    for name, flat in batch.items():
        _check_numbers(catalog, name, flat)
    return remarked(batch, actions, table.num_rows * has_documents)


def remarked(batch: FlatBatch, actions: int, documents: int) -> FlatBatch:
    """A batch with what was found around so many sessions of it."""
    counts = {ACTIONS: actions, DOCUMENTS: documents}
    remarks = {remark: count for remark, count in counts.items() if count}
    return {**batch, PRIMARY: replace(batch[PRIMARY], remarks=remarks)} if remarks else batch


def newlines(piece: bytes) -> int:
    """How many lines end in a piece."""
    return int(np.count_nonzero(np.frombuffer(piece, dtype=np.uint8) == ord("\n")))


def _documents(piece: bytes, schema: pa.Schema, unexpected: str) -> pa.Table:
    """The table of what the lines of a piece hold under ``_source``."""
    return elastic.documents(_read(piece, elastic.wrapped(schema), unexpected))


Reader = Callable[[bytes, pa.Schema, str], pa.Table]
"""Reads a piece by a schema; the third argument says what to do with other fields: ``"infer"``
their types or raise an ``"error"``."""


def _expected(piece: bytes, layout: Layout, read: Reader) -> pa.Table:
    """A piece read with the fields seen so far in the file; fields that are new are inferred."""
    if layout.schema is layout.documented and len(piece) > _HEAD:
        layout.learn(_inferred(piece[: piece.find(b"\n", _HEAD // 2) + 1 or None], layout, read))
    schemas = [layout.schema, layout.full] if layout.schema is not layout.documented else []
    for schema in schemas:  # what is new is most likely documented
        with suppress(pa.ArrowInvalid):
            table = read(piece, schema, "error")
            layout.learn(table)
            return table
    if layout.has_objects:
        raise NeedsSlowPath  # the reader cannot keep objects, which are likely here again
    table = _inferred(piece, layout, read)
    layout.learn(table)
    return table


def _inferred(piece: bytes, layout: Layout, read: Reader) -> pa.Table:
    """A piece with all of its fields; types of further fields are inferred."""
    if len(piece) > _HEAD and is_wide(piece):
        raise NeedsSlowPath
    return read(piece, layout.documented, "infer")


def _read(piece: bytes, schema: pa.Schema, unexpected: str) -> pa.Table:
    """A piece as a table of one chunk. The fields of the schema have the types given there; other
    fields are inferred, or refused."""
    import pyarrow.json as pj

    text = piece if piece.endswith(b"\n") else piece + b"\n"  # else the last line is another chunk
    return pj.read_json(
        pa.BufferReader(text),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(text)),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior=unexpected),
        memory_pool=pa.system_memory_pool(),  # as fast here, and returns freed memory to the system
    )


def _deepest(piece: bytes) -> int:
    """The deepest nesting of brackets in a line, including brackets inside strings."""
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


def _check_inferred(inferred: pa.Schema, known: pa.Schema) -> None:
    """Raise if Arrow guessed the type of a further field from the look of strings, or if one holds
    objects."""
    for field in inferred:
        index = known.get_field_index(field.name)
        if index < 0:
            _plain(field.type)
        elif is_list_of_structs(field.type):
            inner = known.field(index).type.value_type
            _check_inferred(pa.schema(list(field.type.value_type)), pa.schema(list(inner)))


def _plain(kind: pa.DataType) -> None:
    if pa.types.is_list(kind):
        kind = kind.value_type
    plain = (pa.bool_(), pa.int64(), pa.float64(), pa.string(), pa.null())
    if kind not in plain:
        raise NeedsSlowPath


def _check_numbers(catalog: Catalog, name: str, flat: FlatTable) -> None:
    """Raise if whole numbers may have been read as doubles, which happens beside fractions even if
    no double or no 64-bit number holds them; only the slow path can refuse those."""
    table = catalog.table(name)
    for column, values in flat.columns.items():
        if table.get(column) is not None:
            continue
        doubles = pc.list_flatten(values) if pa.types.is_list(values.type) else values
        if doubles.type == pa.float64():
            largest = pc.max(pc.abs(doubles)).as_py()
            if largest is not None and largest >= LARGEST_WHOLE:
                raise NeedsSlowPath


def _is_finite(column: pa.Array) -> bool:
    """Whether no number in the column, at any depth, is NaN or infinite."""
    if pa.types.is_struct(column.type):
        return all(_is_finite(column.field(i)) for i in range(column.type.num_fields))
    if pa.types.is_list(column.type):
        return _is_finite(column.values)
    if not pa.types.is_floating(column.type):
        return True
    return pc.all(pc.is_finite(column)).as_py() is not False
