"""Sessions in columns: reading them from files and values."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from usql.catalog import Catalog, default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.checks import one_of, optional_number
from usql.store.bad_data import OnError
from usql.store.batches.repeats import Duplicates, count_repeats
from usql.store.columns import Store
from usql.store.inputs.origin import Saved
from usql.store.loading.sought import Sought
from usql.store.memory import give_back, machine_memory
from usql.store.narrowed import narrowed_store
from usql.store.progress import Progress, Report
from usql.store.saved.folder import open_folder, save
from usql.store.sources.listing import list_parts
from usql.store.threads import available

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
    sought: Sought | None = None,
) -> Store:
    """Read sessions into a store.

    ``source``: a path to NDJSON, JSON (both also ``.gz`` and ``.zst``), Parquet or Arrow files; a
    folder, a glob pattern, a URL, or a list of these; a table of Delta Lake or Iceberg, by its
    folder or as its library opened it; a dataset of pyarrow; a binary file object, ``"-"`` for
    standard input; an Arrow table or anything with ``__arrow_c_stream__`` in the export's nested
    layout; an iterable of dicts; the folder of a saved store, at the same cost at any size: one of
    several is joined with the others column by column, when that is first used. A file or store that
    is reached several times is read once. What is left out of folders is told in the store's notes.

    Elasticsearch's forms, an object that holds the sessions as a list, and the vendor's table
    response are taken apart, with a note (LANGUAGE.md §10a). Rows that are no sessions are bad data.

    ``fields``: which fields are loaded (``projection_of``), by default all. Beside them only what
    tells sessions from each other is read; a row that shows none of these is judged by all that it
    has. What is not read is not checked. ``"skip"``, and ``"drop"`` of ``duplicates``, which compare
    and judge whole sessions, read everything all the same.

    ``catalog``: that of a larger set of data, of which the source is a part: the store has it, and
    further fields have their types there.

    Bad data raises :class:`usql.DataError` with file, line, field path and reason. With
    ``on_error="skip"`` bad rows are left out, counted in the store's notes, and written unchanged
    to the file ``rejects`` if one is given.

    ``duplicates``: sessions whose ``userSessionId``, ``startTime`` and ``partNumber`` came before,
    in the same source or an earlier one, are counted in the notes (LANGUAGE.md §10a); with
    ``"drop"`` they are left out, and those with other content than the first are told apart.

    ``threads``: how many work at once; ``None`` means as many as there are processors, 1 the
    calling thread alone. They end with the load, also when it is interrupted.

    ``memory_limit``: bytes of columns, and of one line of text or one JSON array, that the load may
    hold; ``None`` means three quarters of the machine's memory. Columns of saved stores are not
    among them. The process takes more than that for a while: what the threads work on, and a column
    that is being encoded.

    ``enough`` is asked from time to time whether the sessions read so far, which may be as many or
    a part of all, are all that is needed; then reading ends, and the store says so
    (``ended_early``). It is for loads of some ``fields`` that read nothing else, and so is
    ``sought``: of row groups of Parquet, also in a dataset, and files of Iceberg that hold, as is
    noted there, no session which it asks for, no more is read than it says (``left_out``).
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
    parts = [open_folder(p.folder) if isinstance(p, Saved) else p for p in listing.parts]
    stores = [part for part in parts if isinstance(part, Store)]
    if len(parts) == 1 and stores and (duplicates == "keep" or not _repeated(stores[0])):
        found = dataclasses.replace(stores[0], notes=(*listing.notes, *stores[0].notes))
        return narrowed_store(found, loaded, catalog)
    target = None if rejects is None else Path(rejects)
    if target is not None and any(_same(target, f) for f in listing.files):
        raise ValueError("the rejects file would overwrite a source")
    if target is not None and not target.absolute().parent.is_dir():
        raise ValueError(f"there is no folder {target.parent} for the rejects file")
    # What reads and joins is imported when there is something to read: a saved store is just opened.
    from usql.store.batches.encode import encode
    from usql.store.batches.flat import projected
    from usql.store.joined.join import join, notes_of, settled_parts
    from usql.store.loading.sink import Sink
    from usql.store.loading.source import read

    read_only = None if reads_all else loaded

    def is_enough(batches: Sequence[Any]) -> bool:
        some = [projected(batch, loaded, is_read=False) for batch in batches]
        found = narrowed_store(encode(sink.catalog, some, (), count, catalog), loaded, catalog)
        return enough is not None and enough(dataclasses.replace(found, ended_early=True))

    is_asked = enough is not None and read_only is not None and not stores
    asks = is_enough if is_asked else None
    within = sought if read_only is not None else None
    with Sink(on_error, target, progress, count, limit, read_only, asks, within) as sink:
        read(parts, sink)
        give_back()  # what was read is larger than what is kept of it until all is joined
        kept, repeats = settled_parts(sink, duplicates)
        kept = [p if isinstance(p, Store) else projected(p, loaded, is_read=False) for p in kept]
        of_stores = [note for store in stores for note in notes_of(store)]
        notes = [*listing.notes, *of_stores, *sink.notes(), *repeats]
        if sink.has_enough and notes:
            notes.append(
                f"Reading ended at LIMIT: the notes tell of the first {sink.sessions:,} sessions."
            )
        store = join(kept, sink, count, catalog)
    give_back()
    store = dataclasses.replace(
        store,
        notes=(*notes, *store.notes),
        ended_early=sink.has_enough,
        left_out=sink.left_out,
    )
    return narrowed_store(store, loaded, catalog)


def projection(fields: Iterable[str] | Projection | None) -> Projection | None:
    """What ``fields`` of :func:`load` asks for; ``None`` for everything."""
    if fields is None or isinstance(fields, Projection):
        return fields
    if isinstance(fields, str):
        raise TypeError("fields is a list of names, not one text")
    return projection_of(fields, default_catalog())


def _same(a: Path, b: Path) -> bool:
    return a.exists() and b.exists() and a.samefile(b)


def _repeated(store: Store) -> int:
    if store.saved:
        return store.saved.repeated
    from usql.store.batches.parts import hashes_of

    return count_repeats(hashes_of(store))
