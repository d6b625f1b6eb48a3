"""Shards as a data set: each shard is a part."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from usql.analysis.bound import Condition, Timeframe
from usql.catalog import Catalog, Field
from usql.catalog.model import Projection
from usql.frozen import dataclass
from usql.store import Store
from usql.store.joined.stores import joined
from usql.store.loading.bounds import NOTHING, Bounds
from usql.store.loading.selection import may_match
from usql.store.narrowed import narrowed_store
from usql.store.saved.shards import Shard, open_shard, read_shards
from usql.store.times import Times

_MOST_OPEN = 64
"""Shards that a process keeps open: their files are mapped, and columns stay that were read. Small ones
that a worker of a pool joins do not count (:mod:`usql.distributed.open_parts`)."""


@dataclass(frozen=True, slots=True)
class ShardPart:
    """A shard, by its folder, its seal, and the bytes of its files."""

    folder: str
    seal: str
    bytes: int

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        """The shard over its mapped files; it has the types of the whole set already. A process
        keeps some shards open. Of ``memory_limit`` a load of a shard needs nothing."""
        return narrowed_store(_kept_open(self.folder, self.seal), projection, catalog)


@functools.lru_cache(_MOST_OPEN)
def _kept_open(folder: str, seal: str) -> Store:
    return open_shard(Path(folder), seal)


def joined_shards(shards: Sequence[ShardPart]) -> Store:
    """The sessions of some shards of a set as one store, in which a column is joined when it is first
    used."""
    stores = [open_shard(Path(shard.folder), shard.seal) for shard in shards]
    first = stores[0]
    return first if len(stores) == 1 else joined(stores, {name: {} for name in first.tables})


class Shards:
    """A set of shards in a folder (:class:`usql.distributed.dataset.Dataset`), described completely
    by its manifest. ``DataError`` as in :func:`usql.store.saved.shards.read_shards`."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        place, self._set = read_shards(folder)
        self._parts = [
            ShardPart(str(place / one.name), one.seal, one.bytes) for one in self._set.shards
        ]
        self._catalog = self._set.catalog

    @property
    def parts(self) -> Sequence[ShardPart]:
        """The shards, in the order of time."""
        return self._parts

    @property
    def catalog(self) -> Catalog:
        """The catalog of all shards, with the keys of properties."""
        return self._catalog

    @property
    def span(self) -> tuple[int, int]:
        """The time that all sessions cover."""
        return self._set.span

    @property
    def sessions(self) -> int:
        """The number of sessions."""
        return self._set.sessions

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes made when the shards were written."""
        return self._set.notes

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(shard.bytes for shard in self._set.shards)

    def touched(self, timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        """By the smallest and largest times of each shard."""
        return [
            number
            for number, shard in enumerate(self._set.shards)
            if may_match(timeframe, where, functools.partial(_bounds_of, shard))
        ]


def _bounds_of(shard: Shard, field: Field) -> Bounds | None:
    held: Mapping[str, Times] = {"startTime": shard.starts, "endTime": shard.ends}
    times = held.get(field.name)
    if times is None:
        return None
    return NOTHING if times.low is None else Bounds(times.low, times.high, times.has_gaps)
