"""Reading that puts aside, sorted, what it has read whenever that is as much as memory holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from usql.errors import DataError
from usql.sizes import readable_bytes
from usql.store.bad_data import OnError
from usql.store.batches.encode import encode
from usql.store.batches.flat import FlatBatch
from usql.store.batches.width import Width
from usql.store.columns import Store
from usql.store.joined.join import notes_of
from usql.store.joined.subset import some_sessions
from usql.store.loading.sink import Sink
from usql.store.memory import release_unused_memory
from usql.store.progress import Report
from usql.store.sharding.runs import Run, starts_in, starts_of, write_run
from usql.store.sharding.union import Union
from usql.store.tuning import StoreTuning


class SpillingSink(Sink):
    """A sink that writes its sessions to runs in a folder, of about ``room`` bytes each. ``union`` is
    told what fields they have."""

    def __init__(
        self,
        folder: Path,
        room: int,
        union: Union,
        on_error: OnError,
        rejects: Path | None,
        report: Report | None,
        threads: int,
        limit: int,
        tuning: StoreTuning,
    ) -> None:
        super().__init__(on_error, rejects, report, threads, limit, tuning=tuning)
        self._folder = folder
        self._room = room
        self._union = union
        self._threads = threads
        self._trimmed = 0
        self._of_stores: list[str] = []
        self.runs: list[Run] = []

    def _keep(self, batch: FlatBatch) -> None:
        super()._keep(batch)
        if self._held > self._room:
            self.spill()
        elif self._held - self._trimmed > self.limit // self.tuning.trimmed_memory_one_in:
            release_unused_memory()  # what a batch was read from is much larger than the batch
            self._trimmed = self._held

    @property
    def most_at_once(self) -> int:
        """One part of the limit, since the rest is taken by the columns and by decoding."""
        return self.limit // self.tuning.piece_memory_one_in

    def check_streamed(self, decoded_size: Callable[[], int], source: str) -> None:
        """``DataError`` where that takes more than its share of the limit, since the columns of a run
        and their conversion take the rest."""
        share, size = self.tuning.decoded_memory_one_in, decoded_size()
        if size > self.limit // share:
            needed = -(-size * share // 1_000_000)
            reason = (
                f"a row group would take {readable_bytes(size)} while it is read page by page, and may "
                f"take {readable_bytes(self.limit // share)} of the memory limit of "
                f"{readable_bytes(self.limit)}; give a larger memory_limit, at least {needed:,} MB"
            )
            raise DataError(reason, source=source)

    def too_large(self, what: str, source: str = "") -> DataError:
        """The error for a piece that is larger than what there is room for."""
        reason = (
            f"{what} would take more than {readable_bytes(self.most_at_once)} of the memory limit of "
            f"{readable_bytes(self.limit)}; give a larger memory_limit"
        )
        return DataError(reason, source=source)

    def add_store(self, store: Store) -> None:
        """Take the sessions of a saved store, as many at once as memory holds."""
        self.flush()
        self.spill()
        self._of_stores += notes_of(store)
        starts = starts_of(store)
        pieces = max(1, -(-_saved_bytes(store) // self._room))
        for rows in np.array_split(np.arange(store.sessions), pieces):
            ordered = rows[np.argsort(starts[rows], kind="stable")]
            self._write(some_sessions(store.with_own_cache(), ordered))
        self.sessions += store.sessions

    def spill(self) -> None:
        """Write all sessions that are held to a run."""
        batches: Sequence[Any] = self.batches
        self.batches = []
        starts = np.concatenate([np.zeros(0, dtype=np.int64), *map(starts_in, batches)])
        order = np.argsort(starts, kind="stable")
        self._write(encode(self.catalog, batches, (), self._threads, order=order))
        self._held = self._trimmed = 0
        self._width = Width()

    def _write(self, store: Store) -> None:
        self._union.add(store)
        if store.sessions:
            share = store.sessions // self.tuning.run_block_one_in
            count = max(self.tuning.fewest_block_sessions, share)
            self.runs.append(write_run(store, self._folder, len(self.runs), count))
        del store
        release_unused_memory()

    def notes(self) -> list[str]:
        """Those of the stores before the others."""
        return [*self._of_stores, *super().notes()]


def _saved_bytes(store: Store) -> int:
    """The bytes of a saved store's files; 0 of a store that is in memory already."""
    if store.saved is None:
        return 0
    return sum(entry.stat().st_size for entry in os.scandir(store.saved.folder))
