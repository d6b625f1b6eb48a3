"""Any data as a set of shards: read, sorted by time over all of it, cut, and saved."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from usql.catalog import Catalog, default_catalog
from usql.checks import one_of, optional_number, whole_number
from usql.sizes import readable_bytes
from usql.store.bad_data import OnError, rejects_file
from usql.store.batches.duplicate_keys import DuplicateCounts, sentence, without_duplicate_notes
from usql.store.batches.encode import encode
from usql.store.batches.repeats import Duplicates
from usql.store.columns import Store
from usql.store.inputs.origin import SavedSource
from usql.store.loading.source import read
from usql.store.memory import machine_memory, release_unused_memory, system_allocation
from usql.store.progress import Report
from usql.store.saved.folder import save
from usql.store.saved.shards import (
    Shard,
    ShardSet,
    described,
    is_shards,
    open_shard,
    read_shards,
    shard_name,
    span_of,
)
from usql.store.sharding.cuts import Most, Places, cuts
from usql.store.sharding.place import new_shards, write_manifest
from usql.store.sharding.repeats import Repeats
from usql.store.sharding.runs import Run, starts_in
from usql.store.sharding.spilling import SpillingSink
from usql.store.sharding.union import Union
from usql.store.sources.listing import list_parts
from usql.store.stores import open_saved
from usql.store.threads import available
from usql.store.tuning import DEFAULT, StoreTuning
from usql.version import __version__

SESSIONS = 1_000_000
"""Of a shard, where nothing else is said."""


def shard(
    source: Any,
    folder: str | os.PathLike[str],
    *,
    sessions: int = SESSIONS,
    on_error: OnError = "stop",
    rejects: str | os.PathLike[str] | None = None,
    duplicates: Duplicates = "keep",
    progress: Report | None = None,
    wrote: Callable[[int], None] | None = None,
    threads: int | None = None,
    memory_limit: int | None = None,
    tuning: StoreTuning = DEFAULT,
) -> ShardSet:
    """Write what ``source`` stands for, however much that is, to a folder of shards, and tell what
    is in it.

    The shards are saved stores, sorted by ``startTime`` over all sessions (those of one start in the
    source's order, those without a start last). Each has at most so many ``sessions``, ``most_shard_children``
    rows of child tables, and as much as ``memory_limit`` lets be worked on at once. The other options
    are those of :func:`usql.store.load`; ``wrote`` is told of the sessions that were written since.

    ``memory_limit``: the bytes that the process may take in addition to what it takes already, however
    large the source is. Of the ``threads`` only as many work as it has room for. ``ValueError`` where
    it is smaller than what one of them takes; :class:`usql.DataError` where a line of text or a JSON
    array is larger than an eighth of it, or what a row group holds that is read page by page, a page of
    each column with its dictionary and decoder, takes more than half of it.

    The folder appears whole or not at all, and shards that stand there are replaced. Meanwhile the
    sessions lie on the same disk once more. Errors are those of ``load`` and of ``save``.
    """
    one_of("on_error", on_error, ("stop", "skip"))
    one_of("duplicates", duplicates, ("keep", "drop"))
    sessions = whole_number("sessions", sessions, 1)
    threads = optional_number("threads", threads, 1)
    memory_limit = optional_number("memory_limit", memory_limit, 1)
    count = available() if threads is None else threads
    check_limit(memory_limit, tuning)
    limit = machine_memory() * 3 // 4 if memory_limit is None else memory_limit
    count = min(count, max(1, limit // 2 // tuning.memory_per_thread))
    listing = list_parts(source)
    bad = rejects_file(rejects, listing.files)
    with new_shards(folder) as new:
        runs = new / "runs"
        runs.mkdir()
        union = Union()
        room = max(1, limit // tuning.run_memory_one_in)
        options = (on_error, bad, progress, count, limit, tuning)
        size = max(1, limit // tuning.shard_memory_one_in)
        most = Most(sessions, tuning.most_shard_children, size)
        with system_allocation():
            with SpillingSink(runs, room, union, *options) as sink:
                read([*_opened(listing.parts)], sink)
                sink.spill()
                notes = [*listing.notes, *sink.notes()]
            writer = _Writer(new, union.catalog, duplicates, count, wrote)
            shards = writer.write(sink.runs, most)
        shutil.rmtree(runs)
        shard_set = ShardSet(
            tuple(shards),
            union.data_fields,
            union.keys,
            span_of(shards),
            writer.repeats.repeated_sessions,
            (*notes, *writer.notes),
            __version__,
        )
        write_manifest(new, shard_set)
    return shard_set


def check_limit(limit: int | None, tuning: StoreTuning = DEFAULT) -> None:
    """``ValueError`` if a memory limit is smaller than what a thread takes."""
    smallest = 2 * tuning.memory_per_thread
    if limit is not None and limit < smallest:
        raise ValueError(
            f"memory_limit is at least {readable_bytes(smallest)} where shards are written, not "
            f"{readable_bytes(limit)}"
        )


def _opened(parts: Sequence[Any]) -> Iterator[Any]:
    """The parts of a source, of shards each one by itself."""
    for part in parts:
        if not isinstance(part, SavedSource):
            yield part
        elif is_shards(part.folder):
            place, shard_set = read_shards(part.folder)
            yield from (open_shard(place / one.name, one.seal) for one in shard_set.shards)
        else:
            yield open_saved(part.folder)


class _Writer:
    """Saves shards, one after the other, to a folder."""

    def __init__(
        self,
        folder: Path,
        catalog: Catalog,
        duplicates: Duplicates,
        threads: int,
        wrote: Callable[[int], None] | None,
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._threads = threads
        self._wrote = wrote
        self._duplicates: DuplicateCounts = {}
        self.repeats = Repeats(duplicates)

    def write(self, runs: Sequence[Run], most: Most) -> list[Shard]:
        """All sessions of the runs, cut; a shard without sessions where there are none."""
        places: Iterator[tuple[Places, Places]] = cuts(runs, most) if runs else iter([((), ())])
        shards: list[Shard] = []
        for begin, end in places:
            store = self._sorted(runs, begin, end)
            if not store.sessions and (shards or runs):  # all of them came before
                continue
            for key, count in without_duplicate_notes(store.notes)[1].items():
                self._duplicates[key] = self._duplicates.get(key, 0) + count
            name = shard_name(len(shards))
            save(store, self._folder / name)
            shards.append(described(name, self._folder / name, store))
            if self._wrote is not None:
                self._wrote(store.sessions)
            del store
            release_unused_memory()
        return shards

    def _sorted(self, runs: Sequence[Run], begin: Places, end: Places) -> Store:
        batches = [
            batch
            for run, first, last in zip(runs, begin, end, strict=True)
            for batch in run.read(first, last)
        ]
        batches = self.repeats.settled(batches, [*map(starts_in, batches)])
        starts = np.concatenate([np.zeros(0, dtype=np.int64), *map(starts_in, batches)])
        order = None if (np.diff(starts) >= 0).all() else np.argsort(starts, kind="stable")
        return encode(default_catalog(), batches, (), self._threads, self._catalog, order)

    @property
    def notes(self) -> list[str]:
        """What is to be told of all sessions together."""
        duplicates = (sentence(count, *key) for key, count in self._duplicates.items())
        return [*self.repeats.notes, *duplicates]
