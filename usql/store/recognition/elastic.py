"""Lines as Elasticsearch takes and dumps them, told from sessions without reading each of them.

The slow way (``wrappings``) says what such lines are; this one finds what is plainly written.
"""

from __future__ import annotations

import json

import pyarrow as pa

from usql.store.bad_data import NeedsPrecise
from usql.store.recognition.sessionhood import documented
from usql.store.recognition.wrappings import is_action

_ACTIONS = (b'{"index":', b'{"create":')
_SOURCE = b'"_source":'
_BESIDE = [
    *(pa.field(name, pa.string()) for name in ("_index", "_type", "_id")),
    pa.field("_score", pa.float64()),
]
"""What mostly stands beside a document."""

_HEAD = 4096
"""Bytes of a line in which a document would begin."""


def without_actions(piece: bytes) -> tuple[bytes, int]:
    """The lines of a piece, those of actions blank, and how many these were. Of two lines next to
    each other one is an action, or the piece is not looked through."""
    text = piece.lstrip()
    if not text.startswith(_ACTIONS) and not text.startswith(_ACTIONS, text.find(b"\n") + 1):
        return piece, 0
    lines = piece.split(b"\n")
    actions = [i for i, line in enumerate(lines) if line.startswith(_ACTIONS) and _is_action(line)]
    for i in actions:
        lines[i] = b""
    return b"\n".join(lines), len(actions)


def _is_action(line: bytes) -> bool:
    try:
        return is_action(json.loads(line))
    except (ValueError, RecursionError):
        return False


def has_documents(piece: bytes) -> bool:
    """Whether the first line seems to hold its session under ``_source``."""
    first, _, _ = piece.lstrip()[:_HEAD].partition(b"\n")
    return _SOURCE in first


def wrapped(schema: pa.Schema) -> pa.Schema:
    """The schema of lines that hold rows of a schema under ``_source``."""
    return pa.schema([pa.field("_source", pa.struct(list(schema))), *_BESIDE])


def documents(table: pa.Table) -> pa.Table:
    """What the rows of a table of one chunk hold under ``_source``; :class:`NeedsPrecise` if they
    may be anything else than documents."""
    held = table.column("_source").combine_chunks()
    held = held.chunk(0) if isinstance(held, pa.ChunkedArray) else held
    others = documented().union(("_source",))
    if held.null_count or (table.num_columns > 1 and not others.isdisjoint(table.column_names[1:])):
        raise NeedsPrecise
    return pa.Table.from_arrays(held.flatten(), names=[f.name for f in held.type])
