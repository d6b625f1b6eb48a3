"""Sessions in columns: reading them from files and values."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from usql.catalog import Catalog, default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.checks import one_of, optional_number
from usql.store.bad_data import OnError, rejects_file
from usql.store.batches.repeats import Duplicates, count_repeats
from usql.store.columns import Store
from usql.store.inputs.origin import SavedSource
from usql.store.loading.selection import Selection
from usql.store.memory import machine_memory, release_unused_memory
from usql.store.narrowed import narrowed_store
from usql.store.progress import Progress, Report
from usql.store.saved.folder import save
from usql.store.sources.listing import list_parts
from usql.store.stores import open_saved
from usql.store.threads import available
from usql.store.tuning import DEFAULT, StoreTuning

__all__ = ["Duplicates", "OnError", "Progress", "Store", "load", "projection", "save"]


def load(
    source: Any,
    *,
    catalog: Catalog | None = None,
    fields: Iterable[str] | Projection | None = None,
    on_error: OnError = "stop",
    rejects: str | os.PathLike[str] | None = None,
    duplicates: Duplicates = "keep",
    progress: Report | None = None,
    threads: int | None = None,
    memory_limit: int | None = None,
    enough: Callable[[Store], bool] | None = None,
    selection: Selection | None = None,
    tuning: StoreTuning = DEFAULT,
) -> Store:
    """Read sessions into a :class:`Store`.

    ``source``: a path to NDJSON, JSON (both also ``.gz`` and ``.zst``), Parquet or Arrow files; a
    folder, a glob pattern, a URL, or a list of these; a table of Delta Lake or Iceberg, by its
    folder or as its library opened it; a pyarrow dataset; a binary file object, ``"-"`` for
    standard input; an Arrow table or anything with ``__arrow_c_stream__`` in the export's nested
    layout; an iterable of dicts; the folder of a saved store or of shards, which opens at the same cost
    whatever its size and, as one of several sources, is joined with the others column by column when a
    column is first used. A file or store that is reached several times is read once. The store's
    notes list what is left out of folders. Elasticsearch's forms, an object that holds the sessions
    as a list, and the vendor's table response are unwrapped, with a note (LANGUAGE.md §10a). Rows
    that are not sessions are bad data.

    ``fields``: which fields are loaded (``projection_of``), by default all. Besides them, only the
    fields that identify a session are read; a row that has none of these is judged by everything in
    it. What is not read is not checked. ``on_error="skip"`` and ``duplicates="drop"`` judge and
    compare whole sessions, so they read everything regardless.

    ``catalog``: the catalog of a larger data set that the source is part of. The store takes it
    over, and further fields get the types they have there.

    Bad data raises :class:`usql.DataError` with file, line, field path and reason. With
    ``on_error="skip"`` bad rows are left out, counted in the store's notes, and written unchanged
    to the file ``rejects`` if one is given.

    ``duplicates``: sessions whose ``userSessionId``, ``startTime`` and ``partNumber`` occurred
    before, in the same source or an earlier one, are counted in the notes (LANGUAGE.md §10a); with
    ``"drop"`` they are left out, and those that differ from the first are counted separately.

    ``threads``: how many threads work at once; ``None`` means one per processor, 1 the calling
    thread alone. They end with the load, even when it is interrupted.

    ``memory_limit``: bytes of columns, and of one line of text or one JSON array, that the load may
    hold; ``None`` means three quarters of the machine's memory. Columns of saved stores do not
    count. The process temporarily takes more than that: for what the threads work on, and for a
    column that is being encoded.

    ``enough`` is called from time to time with the sessions read so far and returns whether they
    are all that is needed; reading then ends, and the store says so (``ended_early``). It is meant
    for loads of some ``fields`` that read nothing else, and so is ``selection``: where the statistics
    of a Parquet row group (in a dataset too) or of an Iceberg data file show that it holds no
    session ``selection`` asks for, only the fields that ``selection`` still needs are read
    (``left_out``).

    ``tuning``: the sizes of the pieces in which sources are read, and other thresholds.
    """
    one_of("on_error", on_error, ("stop", "skip"))
    one_of("duplicates", duplicates, ("keep", "drop"))
    threads = optional_number("threads", threads, 1)
    memory_limit = optional_number("memory_limit", memory_limit, 1)
    count = available() if threads is None else threads
    limit = machine_memory() * 3 // 4 if memory_limit is None else memory_limit
    loaded = projection(fields)
    reads_all = on_error == "skip" or duplicates == "drop"
    listing = list_parts(source)
    parts = [
        open_saved(p.folder, tuning) if isinstance(p, SavedSource) else p for p in listing.parts
    ]
    stores = [part for part in parts if isinstance(part, Store)]
    if len(parts) == 1 and stores and (duplicates == "keep" or not _repeated(stores[0])):
        notes = [*listing.notes, *stores[0].notes]
        store = dataclasses.replace(stores[0], notes=tuple(notes), tuning=tuning)
        return narrowed_store(store, loaded, catalog)
    target = rejects_file(rejects, listing.files)
    # What reads and joins is imported when there is something to read: a saved store is just opened.
    from usql.store.batches.encode import encode
    from usql.store.batches.flat import projected
    from usql.store.joined.join import join, notes_of, settled_parts
    from usql.store.loading.sink import Sink
    from usql.store.loading.source import read

    read_only = None if reads_all else loaded

    def is_enough(batches: Sequence[Any]) -> bool:
        some = [projected(batch, loaded, is_read=False) for batch in batches]
        sample = narrowed_store(encode(sink.catalog, some, (), count, catalog), loaded, catalog)
        return enough is not None and enough(dataclasses.replace(sample, ended_early=True))

    is_asked = enough is not None and read_only is not None and not stores
    asks = is_enough if is_asked else None
    within = selection if read_only is not None else None
    options = (count, limit, read_only, asks, within, tuning)
    with Sink(on_error, target, progress, *options) as sink:
        read(parts, sink)
        release_unused_memory()  # what was read takes more memory than what is kept
        remaining, repeats = settled_parts(sink, duplicates)
        remaining = [
            p if isinstance(p, Store) else projected(p, loaded, is_read=False) for p in remaining
        ]
        of_stores = [note for store in stores for note in notes_of(store)]
        notes = [*listing.notes, *of_stores, *sink.notes(), *repeats]
        if sink.has_enough and notes:
            notes.append(
                f"Reading ended at LIMIT: the notes describe only the first {sink.sessions:,} sessions."
            )
        store = join(remaining, sink, count, catalog)
    release_unused_memory()
    store = dataclasses.replace(
        store,
        notes=(*notes, *store.notes),
        ended_early=sink.has_enough,
        left_out=sink.left_out,
        tuning=tuning,
    )
    return narrowed_store(store, loaded, catalog)


def projection(fields: Iterable[str] | Projection | None) -> Projection | None:
    """The projection that ``fields`` of :func:`load` asks for; ``None`` means everything."""
    if fields is None or isinstance(fields, Projection):
        return fields
    if isinstance(fields, str):
        raise TypeError("fields must be a list of names, not a single string")
    return projection_of(fields, default_catalog())


def _repeated(store: Store) -> int:
    if store.saved:
        return store.saved.repeated
    from usql.store.batches.parts import hashes_of

    return count_repeats(hashes_of(store))
