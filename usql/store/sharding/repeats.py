"""Sessions that came before, in shards that are made one after the other.

Sessions of one key have one start, so that those which came before stand in the same shard, or in
an earlier one whose last sessions start at the same time: these alone are remembered.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.catalog import PRIMARY
from usql.store.batches.flat import FlatBatch
from usql.store.batches.parts import chosen
from usql.store.batches.repeats import Duplicates, count_repeats, find_repeats
from usql.store.batches.rowhash import U64, key_hashes
from usql.store.joined.join import repeated
from usql.store.views import Ints


class Repeats:
    """Is told of the sessions of one shard after the other; counts those whose key came before, or
    leaves them out."""

    def __init__(self, duplicates: Duplicates) -> None:
        self._duplicates = duplicates
        self._start: int | None = None
        self._keys: U64 = np.zeros(0, dtype=np.uint64)
        self._last: list[FlatBatch] = []
        self._sessions = self.count = self._differing = 0

    def settled(self, batches: Sequence[FlatBatch], starts: Sequence[Ints]) -> list[FlatBatch]:
        """The sessions of a shard that are kept; ``starts`` are those of the sessions of each batch.
        Of one key the first is kept in the order of the batches."""
        keys = [key_hashes(batch) for batch in batches]
        self._sessions += sum(map(len, keys))
        first = min((int(s.min()) for s in starts if len(s)), default=None)
        if first != self._start:
            self._keys, self._last = self._keys[:0], []
        if self._duplicates == "keep":
            all_keys = np.concatenate([self._keys, *keys])
            self.count += count_repeats(all_keys) - count_repeats(self._keys)
            remaining = list(batches)
        else:
            remaining, keys, starts = self._without(batches, keys, starts)
        self._remember(remaining, keys, starts)
        return remaining

    def _without(
        self, batches: Sequence[FlatBatch], keys: Sequence[U64], starts: Sequence[Ints]
    ) -> tuple[list[FlatBatch], list[U64], list[Ints]]:
        parts = [*self._last, *batches]
        repeats = find_repeats(parts, np.concatenate([self._keys, *keys]))
        gone = repeats.rows[len(self._last) :]
        self.count += sum(map(len, gone))
        self._differing += sum(map(len, repeats.differing))
        rows = [np.delete(np.arange(len(k)), g) for k, g in zip(keys, gone, strict=True)]
        held = [
            batch if len(r) == batch[PRIMARY].rows else chosen(batch, r)
            for batch, r in zip(batches, rows, strict=True)
        ]
        return (
            held,
            [k[r] for k, r in zip(keys, rows, strict=True)],
            [s[r] for s, r in zip(starts, rows, strict=True)],
        )

    def _remember(
        self, batches: Sequence[FlatBatch], keys: Sequence[U64], starts: Sequence[Ints]
    ) -> None:
        last = max((int(s.max()) for s in starts if len(s)), default=self._start)
        if last != self._start:
            self._keys, self._last, self._start = self._keys[:0], [], last
        for batch, hashes, begun in zip(batches, keys, starts, strict=True):
            rows = np.flatnonzero(begun == last)
            if len(rows):
                self._keys = np.concatenate([self._keys, hashes[rows]])
                if self._duplicates == "drop":
                    self._last.append(chosen(batch, rows))

    @property
    def notes(self) -> list[str]:
        """The note on sessions that came before, if there are any."""
        differing = self._differing if self._duplicates == "drop" else None
        return repeated(self.count, self._sessions, differing)

    @property
    def repeated_sessions(self) -> int:
        """How many of the sessions that are kept have a key that came before."""
        return self.count if self._duplicates == "keep" else 0
