"""What was read, and the saved stores among the sources, as the batches of one load."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.catalog import PRIMARY
from usql.store.columns import Store
from usql.store.nested import nested
from usql.store.origin import Origin
from usql.store.parts import Part, chosen, hashes_of, sessions_of
from usql.store.repeats import Duplicates, count_repeats, find_repeats
from usql.store.sink import Sink
from usql.store.tables import ROWS_PER_PORTION, read_tables
from usql.store.views import Ints

_BYTES_PER_KEY = 24
"""The key's number, and twice more while they are sorted."""


_ADVICE = 'duplicates="drop" (--duplicates drop) leaves them out.'


def notes_of(store: Store) -> list[str]:
    """What a store that is joined with others, or loaded anew, still has to say: its repeats are
    counted again with all others."""
    return [note for note in store.notes if not note.endswith(_ADVICE)]


def join(sink: Sink, duplicates: Duplicates) -> list[str]:
    """Make batches of all the sink's parts, in their order, and give the note on sessions whose key
    came before: they are only counted, or left out. Keys are compared before the sessions of a
    saved store are read; what is left out of it never is."""
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
    for rows in left_out:
        _add(parts.pop(0), rows, sink)
    sink.flush()
    return notes


def _add(part: Part, left_out: Ints, sink: Sink) -> None:
    """The sessions of a part as the next batches, without those that are left out."""
    rows = np.arange(sessions_of(part))
    if len(left_out):
        rows = np.delete(rows, left_out)
    if isinstance(part, Store):
        # A store without sessions may have fields; of one that is left out nothing is read.
        count = len(rows) if len(left_out) else max(len(rows), 1)
        begins = range(0, count, ROWS_PER_PORTION)
        pieces = (rows[at : at + ROWS_PER_PORTION] for at in begins)
        read_tables((nested(part, PRIMARY, piece) for piece in pieces), Origin(), sink)
        sink.flush()
    elif not len(left_out):
        sink.batches.append(part)
    elif len(rows):
        sink.batches.append(chosen(part, rows))


def repeated(count: int, sessions: int, differing: int | None = None) -> list[str]:
    """The note on so many sessions that came before; ``differing`` of them, which are left out,
    have other content."""
    if not count:
        return []
    came = (
        f"{count:,} of {sessions:,} sessions came before, with the same userSessionId, startTime "
        "and partNumber"
    )
    if differing is None:
        again = "it counts again" if count == 1 else "they count again"
        return [f"{came}: {again}; {_ADVICE}"]
    others = f"{differing:,} of these had" if differing else "none of these had"
    return [f"{came}: left out; {others} other content."]
