"""Lines in Elasticsearch's bulk and dump formats, distinguished from sessions without parsing each.

The slow path (``wrappings``) defines what such lines are; this module finds those in plain form.
"""

from __future__ import annotations

import json

import pyarrow as pa

from usql.store.bad_data import NeedsSlowPath
from usql.store.recognition.sessionhood import session_names
from usql.store.recognition.wrappings import is_action

_ACTIONS = (b'{"index":', b'{"create":')
_SOURCE = b'"_source":'
_BESIDE = [
    *(pa.field(name, pa.string()) for name in ("_index", "_type", "_id")),
    pa.field("_score", pa.float64()),
]
"""Members that usually accompany a document."""

_HEAD = 4096
"""How many bytes of a line are searched for the beginning of a document."""


def without_actions(piece: bytes) -> tuple[bytes, int]:
    """The lines of a piece with action lines blanked, and the number of these. If neither of the
    first two lines is an action, the piece is not searched."""
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
    """The table of what the rows of a table, of one chunk, hold under ``_source``;
    :class:`NeedsSlowPath` if they may be anything but documents."""
    held = table.column("_source").combine_chunks()
    held = held.chunk(0) if isinstance(held, pa.ChunkedArray) else held
    others = session_names().union(("_source",))
    if held.null_count or (table.num_columns > 1 and not others.isdisjoint(table.column_names[1:])):
        raise NeedsSlowPath
    return pa.Table.from_arrays(held.flatten(), names=[f.name for f in held.type])
