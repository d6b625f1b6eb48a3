"""The sessions of a live folder at one moment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from usql.errors import QueryStopped
from usql.sessions import Sessions
from usql.store import Store
from usql.store.columns import TableData
from usql.store.joined.live import open_live
from usql.store.lazy import Lazy, Watch, load_for
from usql.store.narrowed import narrowed_store


class LiveSessions(Sessions):
    """The sessions that were in the segments of a live folder when it was opened. They do not change;
    :meth:`refresh` gives those of now."""

    _segments: dict[str, Store]

    @property
    def folder(self) -> Path:
        """The live folder."""
        saved = self._store.saved
        assert saved is not None  # all live sessions come from a folder
        return saved.folder

    @property
    def memory_limit(self) -> int | None:
        """The option with which they were opened."""
        return self._limits["memory_limit"]

    def refresh(self, *, warm: bool = False) -> LiveSessions:
        """The sessions of this moment, opened with the same options; these sessions if nothing has
        changed. They stay as they are, and segments that both have are not opened again. What arrived
        in the last seconds may still be in the journal, for the writer to make a segment of it.

        ``warm`` also joins the columns that queries of these sessions have used, before the first
        query needs them.

        ``DataError`` if the folder is gone or damaged.
        """
        saved = self._store.saved
        assert saved is not None  # all live sessions come from a folder
        segments = dict(self.__dict__.get("_segments", {}))
        store = open_live(saved.folder, self._store.tuning, segments)
        assert store.saved is not None
        if store.saved.seal == saved.seal and store.notes == self.notes:
            return self
        now = LiveSessions(narrowed_store(store, self.catalog.loaded), **self._limits)
        now._segments = segments
        if warm:
            _warm(self._store, now._store, now._engine.watch())
        return now


def open(
    folder: str | os.PathLike[str],
    *,
    threads: int | None = None,
    memory_limit: int | None = None,
    index_memory: int | None = None,
) -> LiveSessions:
    """The sessions that the segments of a live folder hold at this moment, whether or not a server is
    writing there; the options are those of :func:`usql.open`, which opens such folders, too. ``DataError``
    if there is no live folder, or it is damaged."""
    segments: dict[str, Store] = {}
    store = open_live(folder, segments=segments)
    sessions = LiveSessions(
        store, threads=threads, memory_limit=memory_limit, index_memory=index_memory
    )
    sessions._segments = segments
    return sessions


def _warm(before: Store, after: Store, watch: Watch) -> None:
    """Join the columns that are in use, unless memory is short: then queries say so."""
    try:
        for name, table in before.tables.items():
            _load(table, after.tables[name], watch)
    except QueryStopped:
        return


def _load(before: TableData, after: TableData, watch: Watch) -> None:
    pairs: list[tuple[Mapping[str, object], Mapping[str, object]]] = [
        (before.columns, after.columns),
        (before.links, after.links),
        (before.derived, after.derived),
    ]
    for old, new in pairs:
        if isinstance(old, Lazy):
            for key in old.computed & new.keys():
                load_for(new, key, watch)
