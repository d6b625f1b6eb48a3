"""Whether a source has fields of some names, found in its schema, or by a search of its bytes,
before it is read.

Only a negative answer is certain: that there is no field of the name. Whatever could hide a name
from the search (an unusual spelling, a pipe, values of the program) is left to the load.
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
from usql.store.inputs.archives import Readable, utf8_text
from usql.store.inputs.origin import Origin
from usql.store.inputs.places import Local
from usql.store.recognition.wrappings import may_wrap
from usql.store.sources.listing import list_parts
from usql.store.tuning import DEFAULT, StoreTuning

Bytes = npt.NDArray[np.uint8]

_PLAIN = re.compile(r"[\w.-]+", re.ASCII)
"""Names whose bytes can be searched for: JSON may write other characters in several ways."""

_ESCAPED = re.compile(
    rb"\\u(?:00(?:2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])|212a)", re.IGNORECASE
)
"""An escape for a character of such a name, which needs none."""

_KELVIN = "\u212a".encode()
"""The Kelvin sign, the one character whose lower case is an ASCII letter, k."""

_NAMES = "columnNames"
"""The member of a table response that has the names, which are string values there."""

_WORDS = np.zeros(256, dtype=np.bool_)
_WORDS[
    np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", np.uint8)
] = 1
_QUOTE, _BACKSLASH, _U, _CASE = ord('"'), ord("\\"), ord("u"), 0x20
_PARQUET, _ARROW_FILE, _ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"


def lacks(source: Any, names: Iterable[str], tuning: StoreTuning = DEFAULT) -> bool:
    """Whether certainly no session of a source (see :func:`usql.store.load`) has a field of any of
    these names, in any case. Reads the schema of typed files and all bytes of others. What cannot
    be read is left to the load."""
    lower_names = {name.lower() for name in names}
    is_few = 0 < len(lower_names) <= tuning.most_searched_names
    if not is_few or not all(map(_PLAIN.fullmatch, lower_names)):
        return False
    try:
        parts = list_parts(source).parts
        return bool(parts) and all(_lacks(part, lower_names, tuning) for part in parts)
    except (DataError, OSError, EOFError, ValueError, TypeError, pa.ArrowException):
        return False


def _lacks(part: Any, names: set[str], tuning: StoreTuning) -> bool:
    """Whether certainly no session of a part has one. Saved stores open faster than they could be
    searched; values of the program may be readable only once."""
    match part:
        case Origin():
            return _file_lacks(part, names, tuning)
        case pa.Table() | pa.RecordBatchReader():
            return _schema_lacks(part.schema, names)
    return False


def _file_lacks(origin: Origin, names: set[str], tuning: StoreTuning) -> bool:
    place = origin.place
    if not names.isdisjoint(name.lower() for name, _ in origin.partition):
        return False
    # Pipes and objects of the program can be read once, and remote files are slow.
    if not isinstance(place, Local) or not os.path.isfile(place.name):
        return False
    head = place.head()
    if head.startswith(_PARQUET):
        import pyarrow.parquet as pq

        with place.native(in_order=False) as data:
            return _schema_lacks(pq.read_schema(data), names)
    if head.startswith((_ARROW_FILE, _ARROW_STREAM)):
        is_file = head.startswith(_ARROW_FILE)
        with place.native(in_order=not is_file) as data:
            reader = ipc.open_file(data) if is_file else ipc.open_stream(data)
            return _schema_lacks(reader.schema, names)
    with place.stream() as raw:
        text = utf8_text(raw, origin.name, tuning)
        return not _may_have(_windows(text, names, tuning), names)


def _schema_lacks(schema: pa.Schema, names: set[str]) -> bool:
    return not may_wrap(schema.names) and names.isdisjoint(_names(schema))


def _names(fields: Iterable[pa.Field]) -> Iterator[str]:
    """The names of fields, of fields nested in them, and the last parts of dotted names."""
    for field in fields:
        name = field.name.lower()
        yield name
        yield name.rpartition(".")[2]
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        yield from _names(kind.field(i) for i in range(kind.num_fields))


def _windows(text: Readable, names: set[str], tuning: StoreTuning) -> Iterator[Bytes]:
    """The text a little at a time; each window begins with the end of the one before, where a name
    may have begun."""
    overlap = _reach(names) + len("\\u0000")
    before = b" " * overlap
    size = tuning.bytes_searched_at_once
    while data := text.read(tuning.text_bytes_at_once):
        piece = before + data
        held = np.frombuffer(piece, np.uint8)
        for begin in range(0, len(piece), size):
            yield held[max(0, begin - overlap) : begin + size]
        before = piece[-overlap:]


def _reach(names: set[str]) -> int:
    """How many bytes before a quote matter: those of a name and of what precedes it."""
    return max(len(_NAMES), *map(len, names)) + 1


def _may_have(windows: Iterable[Bytes], names: set[str]) -> bool:
    """Whether JSON text may have a member with one of the names."""
    reach = _reach(names)  # quotes before it were handled in the window before
    needles = [np.frombuffer(name.encode()[::-1], np.uint8) for name in (_NAMES, *names)]
    has_k = any("k" in name for name in names)
    return any(
        any(_ends_with(window, needle, quotes) for needle in needles)
        or _is_escaped(window)
        or (has_k and _KELVIN in window.tobytes())
        for window in windows
        for quotes in (np.flatnonzero(window[reach:] == _QUOTE) + reach,)
    )


def _ends_with(window: Bytes, needle: Bytes, quotes: npt.NDArray[np.intp]) -> bool:
    """Whether the needle, given backwards, precedes one of the quotes, in any case, and is not the
    end of a longer word."""
    at = quotes
    for depth, letter in enumerate(needle, 1):
        at = at[(window[at - depth] | _CASE) == (letter | _CASE)]
        if not len(at):
            return False
    return not _WORDS[window[at - len(needle) - 1]].all()


def _is_escaped(window: Bytes) -> bool:
    at = np.flatnonzero(window[:-1] == _BACKSLASH)
    return bool((window[at + 1] == _U).any()) and _ESCAPED.search(window.tobytes()) is not None
