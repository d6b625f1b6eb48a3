"""What was read, and the saved stores among the sources, joined into one store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.catalog import Catalog
from usql.store.batches.duplicate_keys import sentence, without_duplicate_notes
from usql.store.batches.encode import encode
from usql.store.batches.flat import FlatBatch
from usql.store.batches.parts import Part, chosen, hashes_of, session_count
from usql.store.batches.repeats import Duplicates, count_repeats, find_repeats
from usql.store.columns import Store
from usql.store.joined.retype import retyped
from usql.store.joined.stores import joined
from usql.store.joined.subset import some_sessions
from usql.store.loading.sink import Sink
from usql.store.views import Ints

_BYTES_PER_KEY = 24
"""Bytes per session: the key's hash, and twice as much while the hashes are sorted."""


_ADVICE = 'duplicates="drop" (--duplicates drop) leaves them out.'


def notes_of(store: Store) -> list[str]:
    """The notes of a store that still apply when it is joined with others: repeated sessions, and
    rows that have a key twice, are counted again over all."""
    return [note for note in without_duplicate_notes(store.notes)[0] if not note.endswith(_ADVICE)]


def settled_parts(sink: Sink, duplicates: Duplicates) -> tuple[list[Part], list[str]]:
    """All that the sink has taken, in order, and the note on sessions whose key occurred before,
    which are counted or left out. Keys are compared before the sessions of a saved store are read;
    those left out are never read."""
    parts = sink.take_parts()
    sessions = sum(map(session_count, parts))
    with sink.holding(_BYTES_PER_KEY * sessions):
        keys = np.concatenate([np.zeros(0, dtype=np.uint64), *map(hashes_of, parts)])
        if duplicates == "keep":
            left_out: Sequence[Ints] = [np.zeros(0, dtype=np.int64)] * len(parts)
            notes = repeated(count_repeats(keys), sessions)
        else:
            repeats = find_repeats(parts, keys)
            left_out = repeats.rows
            notes = repeated(sum(map(len, left_out)), sessions, sum(map(len, repeats.differing)))
        del keys
    remaining = (_without_rows(part, rows) for part, rows in zip(parts, left_out, strict=True))
    return [part for part in remaining if part is not None], notes


def _without_rows(part: Part, left_out: Ints) -> Part | None:
    """A part without the sessions that are left out; ``None`` if no session remains."""
    if not len(left_out):
        return part
    rows = np.delete(np.arange(session_count(part)), left_out)
    if not len(rows):
        return None
    return some_sessions(part, rows) if isinstance(part, Store) else chosen(part, rows)


def join(parts: list[Part], sink: Sink, threads: int, full_catalog: Catalog | None) -> Store:
    """The parts as one store, with notes on its sessions only; ``full_catalog`` as in ``encode``. What was
    read is encoded now; stores are joined with it column by column when a query first needs a
    column. The parts are consumed."""
    if not any(isinstance(part, Store) for part in parts):
        return encode(
            sink.catalog, [p for p in parts if not isinstance(p, Store)], (), threads, full_catalog
        )
    types = retyped(parts, sink, full_catalog)
    stores: list[Store] = []
    while parts:
        read: list[FlatBatch] = []
        while parts and not isinstance(part := parts[0], Store):
            read.append(part)
            del parts[0]
        if read:
            stores.append(encode(sink.catalog, read, (), threads, full_catalog))
        if parts:
            store = parts.pop(0)
            assert isinstance(store, Store)
            stores.append(store)
    _, counts = without_duplicate_notes(note for store in stores for note in store.notes)
    return joined(
        stores, types, [sentence(count, *key) for key, count in counts.items()], sink.tuning
    )


def repeated(count: int, sessions: int, differing: int | None = None) -> list[str]:
    """The note on ``count`` sessions whose key occurred before; ``differing`` of them, if they are
    left out, differ in content."""
    if not count:
        return []
    came = (
        f"{count:,} of {sessions:,} sessions appeared before, with the same userSessionId, startTime "
        "and partNumber"
    )
    if differing is None:
        again = "it is counted again" if count == 1 else "they are counted again"
        return [f"{came}: {again}; {_ADVICE}"]
    others = f"{differing:,} of these had" if differing else "none of these had"
    return [f"{came}: left out; {others} other content."]
