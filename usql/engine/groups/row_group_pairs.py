"""Row–group pairs: each row with the group slots that it belongs to, morsel by morsel.

A row belongs to one slot if its keys have one value each, else to one for each combination of its
distinct values (LANGUAGE.md §8). Slots are numbered row-major over the keys' codes.
"""

from __future__ import annotations

import itertools

import numpy as np

from usql.engine.arrays.gather import gather
from usql.engine.arrays.native.keys import combined, fill_where_not
from usql.engine.arrays.native.masks import marked_rows
from usql.engine.arrays.native.runs import distinct_in_runs, expand
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.groups.key_codes import BinCoder, KeyCodes
from usql.engine.groups.slot_numbers import SlotNumbers
from usql.engine.rows.conditions import OfSession
from usql.engine.rows.predicates import Rows, at, row_count, sessions_of
from usql.engine.rows.scan import Source
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.views import expand_runs
from usql.store.widths import unsigned

_PAIR = 40
"""Bytes per pair that multiplying pairs takes."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """Row–group pairs of one morsel: pair i is row ``places[i]`` of ``rows`` (row i without places)
    in slot ``ids[i]``, an unsigned number. A number past all slots means none."""

    rows: Rows
    places: Array | None
    ids: Array

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
        places = 0 if self.places is None else self.places.nbytes
        return int(self.ids.nbytes + places)


class Slots:
    """The group slots of some keys, by their ``numbers``, and how rows are assigned to them.

    ``capacity``: one more than the largest number in use, including numbers that mean no slot.
    ``pairs``: an index that knows the pairs of all rows.
    """

    def __init__(self, source: Source, numbers: SlotNumbers) -> None:
        self.access = source.access
        self.source = source
        self.numbers = numbers
        self.keys, self.sizes, self.strides = numbers.keys, numbers.sizes, numbers.strides
        self.space, self.levels = numbers.space, numbers.levels
        self._several = numbers.have_several
        # A condition on sessions alone is tested once per session, where their keys are read.
        self._by_session = numbers.have_parents and isinstance(source.node, OfSession)
        self.capacity = 2 * self.space if self._by_session else self.space + 1
        self.pairs: Arrays | None = None

    def cut(self, morsels: list[tuple[slice, bool]]) -> list[tuple[slice, bool]]:
        """Morsels with no more pairs than one pass may have, if several keys multiply them."""
        if not self._several:
            return morsels
        several = [key.offsets for key in self.keys if key.offsets is not None]
        if len(several) < 2:
            return morsels
        most = max(self.access.tuning.most_multiplied_pairs, self.capacity)
        pieces: list[tuple[slice, bool]] = []
        for rows, every in morsels:
            self.access.control.check()
            pairs = np.ones(rows.stop - rows.start)
            for offsets in several:
                pairs *= np.maximum(np.diff(offsets[rows.start : rows.stop + 1]), 1)
            parts = np.floor(np.cumsum(pairs) / most)
            edges = [0, *(np.flatnonzero(np.diff(parts)) + 1).tolist(), len(pairs)]
            pieces += [
                (slice(rows.start + a, rows.start + b), every)
                for a, b in itertools.pairwise(edges)
                if b > a
            ]
        return pieces

    def chunk(self, rows: slice, every: bool) -> tuple[Chunk, list[tuple[int, Array]]] | None:
        """The pairs of a range of rows; all rows match if ``every``. With them, for each level that
        has to be counted, its number and the slots of its pairs. ``None`` if no row matches."""
        candidates: Rows = rows
        mask: Bools | None = None
        if self.pairs is not None:
            return self._known(rows, every)
        numbers = self.source.row_ids(rows, every)
        if numbers is not None:
            if not len(numbers):
                return None
            candidates = numbers
        elif not self._by_session:
            mask = self.source.fits(rows, every)
        if mask is not None:
            matches = int(np.count_nonzero(mask))
            if not matches:
                return None
            if 2 * matches < len(mask):
                candidates, mask = marked_rows(mask, rows.start), None
        if self._several:
            return self._multiplied(candidates, mask)
        return Chunk(candidates, None, self._single(candidates, mask, every)), []

    def _known(self, rows: slice, every: bool) -> tuple[Chunk, list[tuple[int, Array]]] | None:
        """The pairs of a range of rows from the index, which does not depend on the condition."""
        assert self.pairs is not None
        owners, ids = self.pairs["rows"], self.pairs["ids"]
        limits = np.array((rows.start, rows.stop), dtype=owners.dtype)
        low, high = np.searchsorted(owners, limits)
        places, ids = owners[low:high] - owners.dtype.type(rows.start), ids[low:high]
        mask = self.source.fits(rows, every)
        if mask is not None:
            ids = ids.astype(unsigned(self.capacity - 1))
            fill_where_not(ids, gather(mask, places), self.space)
        return Chunk(rows, places, ids), []

    def runs(self, rows: slice, every: bool) -> tuple[Ints, Ints] | None:
        """A range of rows that all match as runs of one slot each, if their only key is a time and
        they are in its order: ``(slots, starts)``."""
        if not every or not self.has_runs:
            return None
        coder = self.keys[0].coder
        assert isinstance(coder, BinCoder)
        return coder.runs(rows)

    @property
    def has_runs(self) -> bool:
        """Whether the only key is a time and the rows are in its order."""
        if len(self.keys) != 1 or self.keys[0].parent is not None or self._several:
            return False
        coder = self.keys[0].coder
        return isinstance(coder, BinCoder) and coder.ascends

    @property
    def knows_runs(self) -> bool:
        """Whether :meth:`runs` reads no row."""
        coder = self.keys[0].coder
        return isinstance(coder, BinCoder) and coder.minutes is not None

    def _single(self, rows: Rows, mask: Bools | None, every: bool) -> Array:
        """The slot of each row, if every key has one value."""
        kind = unsigned(self.capacity - 1)
        columns = [key.coder.codes(rows) for key in self.keys if key.parent is None]
        strides = self.strides
        if self.numbers.have_parents:
            pairs = zip(self.keys, strides, strict=True)
            columns.append(self._of_sessions(rows, every, kind))
            strides = (*[stride for key, stride in pairs if key.parent is None], 1)
        if strides == (1,) and mask is None:
            return columns[0]
        ids = combined(columns, strides, kind) if columns else np.zeros(row_count(rows), dtype=kind)
        if mask is not None:
            fill_where_not(ids, mask, self.space)
        return ids

    def _of_sessions(self, rows: Rows, every: bool, kind: type) -> Array:
        """What the keys of the session contribute to the slot of each of its rows: computed once
        per session, then spread. In a range, sessions that do not match get a number past all
        slots."""
        access = self.access
        sessions: Rows
        offsets: Ints | None = None
        if isinstance(rows, slice):
            sessions, offsets = sessions_of(access.parent, access.offsets(access.table), rows)
        else:
            sessions = gather(access.parent, rows)
        keys = zip(self.keys, self.strides, strict=True)
        of_session = [(key, stride) for key, stride in keys if key.parent is not None]
        columns = [key.coder.codes(sessions) for key, _ in of_session]
        part = combined(columns, [stride for _, stride in of_session], kind)
        if self._by_session and not every and offsets is not None:
            fill_where_not(part, self.source.fitting_sessions(sessions), self.space)
        return part if offsets is None else expand(part, offsets)

    def _multiplied(self, rows: Rows, mask: Bools | None) -> tuple[Chunk, list[tuple[int, Array]]]:
        """The pairs if a key has several values per row: key by key, each pair so far is combined
        with each value of its row."""
        kind = unsigned(self.capacity - 1)
        places: Ints | None = None
        ids: Array = np.zeros(row_count(rows), dtype=kind)
        counted: list[tuple[int, Array]] = []
        for level, (key, stride) in enumerate(zip(self.keys, self.strides, strict=True)):
            if key.offsets is None:
                codes = key.coder.codes(rows)
                codes = codes if places is None else gather(codes, places)
            else:
                owners, codes = self._distinct(key, rows)
                if level == 0:
                    places, ids = owners, np.zeros(len(owners), dtype=kind)
                else:
                    pairs, codes = _join(
                        self.access.control, places, owners, codes, row_count(rows)
                    )
                    places = pairs if places is None else places[pairs]
                    ids = ids[pairs]
            ids = combined((ids, codes), (1, stride), kind)
            if self.levels[level]:
                numbers = (ids // kind(stride)).astype(kind)
                counted.append((level, numbers if mask is None else numbers[_at(mask, places)]))
        if mask is not None:
            assert places is not None
            fill_where_not(ids, gather(mask, places), self.space)
        return Chunk(rows, places, ids), counted

    def _distinct(self, key: KeyCodes, rows: Rows) -> tuple[Array, Array]:
        """The distinct values of each row, which ascend by row: ``(places, codes)``; the missing
        value's code for a row without any."""
        assert key.offsets is not None
        if isinstance(rows, slice):
            offsets = key.offsets[rows.start : rows.stop + 1]
            entries: Rows = slice(int(offsets[0]), int(offsets[-1]))
        else:
            entries, offsets = expand_runs(key.offsets, rows)
        return distinct_in_runs(key.coder.codes(entries), offsets, key.coder.size - 1)


def _at(mask: Bools, places: Ints | None) -> Bools:
    return mask if places is None else gather(mask, places)


def _join(
    control: Control, places: Ints | None, owners: Ints, codes: Array, rows: int
) -> tuple[Ints, Array]:
    """Each pair so far combined with each value of its row, which ascend: ``(pairs, codes)``."""
    offsets = np.zeros(rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(owners, minlength=rows), out=offsets[1:])
    pair_rows = np.arange(rows, dtype=np.int64) if places is None else places
    with control.working(_PAIR * int(np.diff(offsets)[pair_rows].sum()), "group members"):
        picked, starts = expand_runs(offsets, pair_rows)
        pairs = np.repeat(np.arange(len(pair_rows), dtype=np.int64), np.diff(starts))
        return pairs, codes[picked]


def at_places(rows: Rows, places: Ints | None) -> Rows:
    """The table rows of pairs."""
    if places is None:
        return rows
    if not isinstance(rows, slice):
        return at(rows, places)
    return np.add(places, rows.start, dtype=np.int64)  # of the table, though places are narrow
