"""What was read, and the saved stores among the sources, as one store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.catalog import Catalog
from usql.store.batches.doubled import Doubled, sentence, without_doubled
from usql.store.batches.encode import encode
from usql.store.batches.flat import FlatBatch
from usql.store.batches.parts import Part, chosen, hashes_of, sessions_of
from usql.store.batches.repeats import Duplicates, count_repeats, find_repeats
from usql.store.columns import Store
from usql.store.joined.retype import retyped
from usql.store.joined.stores import joined
from usql.store.joined.subset import some_sessions
from usql.store.loading.sink import Sink
from usql.store.views import Ints

_BYTES_PER_KEY = 24
"""The key's number, and twice more while they are sorted."""


_ADVICE = 'duplicates="drop" (--duplicates drop) leaves them out.'


def notes_of(store: Store) -> list[str]:
    """What a store that is joined with others still has to say: its repeats, and rows that have a
    key twice, are counted with all others."""
    return [note for note in without_doubled(store.notes)[0] if not note.endswith(_ADVICE)]


def settled_parts(sink: Sink, duplicates: Duplicates) -> tuple[list[Part], list[str]]:
    """All that the sink has taken, in order, and the note on sessions whose key came before: they
    are only counted, or left out. Keys are compared before the sessions of a saved store are read;
    what is left out of it never is."""
    parts = sink.take_parts()
    sessions = sum(map(sessions_of, parts))
    with sink.holding(_BYTES_PER_KEY * sessions):
        keys = np.concatenate([np.zeros(0, dtype=np.uint64), *map(hashes_of, parts)])
        if duplicates == "keep":
            left_out: Sequence[Ints] = [np.zeros(0, dtype=np.int64)] * len(parts)
            notes = repeated(count_repeats(keys), sessions)
        else:
            repeats = find_repeats(parts, keys)
            left_out = repeats.rows
            notes = repeated(sum(map(len, left_out)), sessions, repeats.differing)
        del keys
    kept = (_kept(part, rows) for part, rows in zip(parts, left_out, strict=True))
    return [part for part in kept if part is not None], notes


def _kept(part: Part, left_out: Ints) -> Part | None:
    """A part without the sessions that are left out; nothing if these are all."""
    if not len(left_out):
        return part
    rows = np.delete(np.arange(sessions_of(part)), left_out)
    if not len(rows):
        return None
    return some_sessions(part, rows) if isinstance(part, Store) else chosen(part, rows)


def join(parts: list[Part], sink: Sink, threads: int, given: Catalog | None) -> Store:
    """The parts as one store, with notes on its sessions alone; ``given`` as in ``encode``. What
    was read is encoded now, stores are joined with it column by column when a query first needs
    that. The parts are taken apart on the way."""
    if not any(isinstance(part, Store) for part in parts):
        return encode(
            sink.catalog, [p for p in parts if not isinstance(p, Store)], (), threads, given
        )
    types = retyped(parts, sink, given)
    stores: list[Store] = []
    while parts:
        read: list[FlatBatch] = []
        while parts and not isinstance(part := parts[0], Store):
            read.append(part)
            del parts[0]
        if read:
            stores.append(encode(sink.catalog, read, (), threads, given))
        if parts:
            found = parts.pop(0)
            assert isinstance(found, Store)
            stores.append(found)
    doubled: Doubled = {}
    for store in stores:
        for key, count in without_doubled(store.notes)[1].items():
            doubled[key] = doubled.get(key, 0) + count
    return joined(stores, types, [sentence(count, *key) for key, count in doubled.items()])


def repeated(count: int, sessions: int, differing: int | None = None) -> list[str]:
    """The note on so many sessions that came before; ``differing`` of them, which are left out,
    have other content."""
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
