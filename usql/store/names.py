"""Whether a source has a name: told by its schema, or by a search of its bytes, before it is read.

The answer is sure in one way only: that there is no field of this name. Whatever could hide a name
from the search (an odd spelling, a pipe, values of the program) is left to the load.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import ipc

from usql.errors import DataError
from usql.store.inputs.archives import Readable, text_of
from usql.store.inputs.origin import Origin
from usql.store.inputs.places import Local
from usql.store.recognition.wrappings import may_wrap
from usql.store.sources.listing import list_parts

Bytes = npt.NDArray[np.uint8]

_PLAIN = re.compile(r"[\w.-]+", re.ASCII)
"""Names whose bytes can be searched for: JSON may write other characters in several ways."""

_MOST = 8
"""Names that are sought: each takes a pass over the bytes."""

_PIECE = 8 << 20
_WINDOW = 1 << 18
"""Bytes that are looked through at once: what is made of them stays in the processor's cache."""

_ESCAPED = re.compile(
    rb"\\u(?:00(?:2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])|212a)", re.IGNORECASE
)
"""A character of such a name, written as nobody needs to."""

_KELVIN = "\u212a".encode()
"""The sign whose lower case is an ASCII letter, k."""

_NAMES = "columnNames"
"""Where a table response has its names, which are texts of their own."""

_WORDS = np.zeros(256, dtype=np.bool_)
_WORDS[
    np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", np.uint8)
] = 1
_QUOTE, _BACKSLASH, _U, _CASE = ord('"'), ord("\\"), ord("u"), 0x20
_PARQUET, _ARROW_FILE, _ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"


def lacks(source: Any, names: Iterable[str]) -> bool:
    """Whether it is sure that no session of a source, as :func:`usql.store.loading` takes it, has a
    field of any of these names, in whatever case. Costs a look at the schema of typed files and
    a pass over the bytes of others. What cannot be read is left to the load."""
    wanted = {name.lower() for name in names}
    if not wanted or len(wanted) > _MOST or not all(map(_PLAIN.fullmatch, wanted)):
        return False
    try:
        parts = list_parts(source).parts
        return bool(parts) and all(_lacks(part, wanted) for part in parts)
    except (DataError, OSError, EOFError, ValueError, TypeError, pa.ArrowException):
        return False


def _lacks(part: Any, wanted: set[str]) -> bool:
    """Saved stores are opened faster than they are asked here; rows of the program may be given only
    once."""
    match part:
        case Origin():
            return _file_lacks(part, wanted)
        case pa.Table() | pa.RecordBatchReader():
            return _schema_lacks(part.schema, wanted)
    return False


def _file_lacks(origin: Origin, wanted: set[str]) -> bool:
    place = origin.place
    if not wanted.isdisjoint(name.lower() for name, _ in origin.partition):
        return False
    # Pipes and objects of the program are read once, and what is far away takes its time.
    if not isinstance(place, Local) or not os.path.isfile(place.name):
        return False
    head = place.head()
    if head.startswith(_PARQUET):
        import pyarrow.parquet as pq

        with place.native(in_order=False) as data:
            return _schema_lacks(pq.read_schema(data), wanted)
    if head.startswith((_ARROW_FILE, _ARROW_STREAM)):
        is_file = head.startswith(_ARROW_FILE)
        with place.native(in_order=not is_file) as data:
            reader = ipc.open_file(data) if is_file else ipc.open_stream(data)
            return _schema_lacks(reader.schema, wanted)
    with place.stream() as raw:
        return not _may_have(_windows(text_of(raw, origin.name), wanted), wanted)


def _schema_lacks(schema: pa.Schema, wanted: set[str]) -> bool:
    return not may_wrap(schema.names) and wanted.isdisjoint(_names(schema))


def _names(fields: Iterable[pa.Field]) -> Iterator[str]:
    """The names of fields, of what lies inside them, and of what a dotted one says last."""
    for field in fields:
        name = field.name.lower()
        yield name
        yield name.rpartition(".")[2]
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        yield from _names(kind.field(i) for i in range(kind.num_fields))


def _windows(text: Readable, wanted: set[str]) -> Iterator[Bytes]:
    """The text a little at a time; each window begins with the end of the one before, in which a name
    may have begun."""
    overlap = _reach(wanted) + len("\\u0000")
    before = b" " * overlap
    while data := text.read(_PIECE):
        piece = before + data
        held = np.frombuffer(piece, np.uint8)
        for begin in range(0, len(piece), _WINDOW):
            yield held[max(0, begin - overlap) : begin + _WINDOW]
        before = piece[-overlap:]


def _reach(wanted: set[str]) -> int:
    """How far before a quote there is something to see: a name, and what stands before it."""
    return max(len(_NAMES), *map(len, wanted)) + 1


def _may_have(windows: Iterable[Bytes], wanted: set[str]) -> bool:
    """Whether a name may be among the members in JSON text."""
    reach = _reach(wanted)  # what is not so far behind the begin was seen in the window before
    needles = [np.frombuffer(name.encode()[::-1], np.uint8) for name in (_NAMES, *wanted)]
    has_k = any("k" in name for name in wanted)
    return any(
        any(_ends_with(window, needle, quotes) for needle in needles)
        or _is_escaped(window)
        or (has_k and _KELVIN in window.tobytes())
        for window in windows
        for quotes in (np.flatnonzero(window[reach:] == _QUOTE) + reach,)
    )


def _ends_with(window: Bytes, needle: Bytes, quotes: npt.NDArray[np.intp]) -> bool:
    """Whether the needle, which is given backwards, stands before a quote in whatever case, and is
    not the end of a longer word."""
    at = quotes
    for depth, letter in enumerate(needle, 1):
        at = at[(window[at - depth] | _CASE) == (letter | _CASE)]
        if not len(at):
            return False
    return not _WORDS[window[at - len(needle) - 1]].all()


def _is_escaped(window: Bytes) -> bool:
    at = np.flatnonzero(window[:-1] == _BACKSLASH)
    return bool((window[at + 1] == _U).any()) and _ESCAPED.search(window.tobytes()) is not None
