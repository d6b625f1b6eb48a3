"""Lines that arrived, judged as every load judges them (LANGUAGE.md §10a): the sessions among them,
and the lines that are none."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from usql.catalog import PRIMARY
from usql.errors import DataError
from usql.frozen import dataclass
from usql.live.known import Known
from usql.store import Store, load
from usql.store.batches.duplicate_keys import without_duplicate_notes
from usql.store.batches.parts import hashes_of
from usql.store.batches.repeats import find_repeats
from usql.store.export.nested import json_lines, nested
from usql.store.joined.subset import some_sessions
from usql.store.loading.sink import OLDER
from usql.store.saved.live import Counts
from usql.store.views import Ints

_FIRST = b'{"index":{}}\n'
"""A line that no reader takes for the beginning of anything but lines: whatever follows, an archive, a
mark of another encoding or JSON over several lines, is judged line by line."""


@dataclass(frozen=True, eq=False)
class Arrivals:
    """What some lines, or the data of a program, are: ``stores`` of sessions, the ``rejects`` as lines,
    and what is counted of them."""

    stores: Sequence[Store]
    rejects: bytes
    counts: Counts


def read_lines(text: bytes, scratch: Path, check: Callable[[Store], None]) -> Arrivals:
    """The sessions in complete lines. ``scratch`` is a file to write to meanwhile; ``check`` raises
    ``DataError`` for sessions that cannot be joined with others. What makes it impossible to read all
    lines together is looked for, and rejected, line by line."""
    try:
        store = load(io.BytesIO(_FIRST + text), on_error="skip", rejects=scratch, threads=1)
        check(store)
        rejects = scratch.read_bytes() if scratch.exists() else b""
    except DataError:
        middle = text.find(b"\n", len(text) // 2) + 1
        if middle == len(text):
            middle = text.rfind(b"\n", 0, len(text) - 1) + 1
        if not middle:
            return Arrivals((), text, Counts(lines=1))
        halves = [read_lines(half, scratch, check) for half in (text[:middle], text[middle:])]
        return Arrivals(
            [store for half in halves for store in half.stores],
            b"".join(half.rejects for half in halves),
            halves[0].counts + halves[1].counts,
        )
    finally:
        scratch.unlink(missing_ok=True)
    stores = [store] if store.sessions else []
    return Arrivals(stores, rejects, Counts(lines=rejects.count(b"\n")))


def without_repeats(store: Store, known: Known) -> Arrivals:
    """The sessions of a store whose key is not ``known`` yet. Of those that came before, the ones with
    other content are rejected; so are sessions without ``userSessionId``, which could not be recognised
    when they come again. The hashes of keys are compared first, and then the keys."""
    hashes = hashes_of(store)
    nameless = np.flatnonzero(hashes == 0)
    parts = [*known.stores_with(hashes), store]
    repeats = find_repeats(parts, np.concatenate([hashes_of(part) for part in parts]))
    again, other = repeats.rows[-1], repeats.differing[-1]
    counts = Counts(again=len(again) - len(other), other=len(other), lines=len(nameless))
    remaining = np.setdiff1d(np.arange(store.sessions), np.union1d(nameless, again))
    rejects = _lines(store, np.union1d(nameless, other))
    if not len(remaining):
        return Arrivals((), rejects, counts)
    if len(remaining) < store.sessions:
        store = some_sessions(store, remaining)
    return Arrivals([replace(store, notes=_lasting(store.notes))], rejects, counts)


def _lines(store: Store, rows: Ints) -> bytes:
    if not len(rows):
        return b""
    return b"".join(line.encode() + b"\n" for line in json_lines(nested(store, PRIMARY, rows)))


def _lasting(notes: Sequence[str]) -> tuple[str, ...]:
    """The notes on the sessions of a segment. Those on how they were loaded, such as lines that were
    left out, are of the past: the list of the folder counts these."""
    others, _ = without_duplicate_notes(notes)
    return tuple(note for note in notes if note not in others or note.startswith(OLDER))
