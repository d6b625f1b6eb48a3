"""Keys that have no codes of their own: evaluated over all rows, then numbered by sorting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.engine.arrays.kernels import Ints, dense, group_extremes, narrow_unsigned
from usql.engine.arrays.sorting import extremes_by_group, numbered
from usql.engine.arrays.vectors import Factors
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.piecewise import Numbered, cut, distinct_by_row, numbered_values
from usql.engine.rows.scan import MORSEL, Source, selected
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.planner.keys import GroupKey


@dataclass(frozen=True, eq=False)
class Counted:
    """Cells that occur, ascending by ``numbers``: per key the code of each with the key's values
    and, for a DATETIME, the earliest time; the members of each cell. ``levels[i]``, if a later key
    multiplies the members of key i: the number of each cell's prefix, and the members by that
    number."""

    numbers: Ints
    codes: Sequence[Ints]
    factors: Sequence[Factors]
    times: Sequence[Ints | None]
    counts: Ints
    levels: Sequence[tuple[Ints, Ints] | None]


@dataclass(frozen=True, eq=False)
class _KeyValues:
    """A key over the grouped rows: entry i of row ``owners[i]`` has ``codes[i]`` and, for a
    DATETIME, the time ``times[i]``. Entries of a row are distinct; owners ascend."""

    owners: Ints
    codes: Ints
    times: Ints | None
    factors: Factors


def factorized(found: Source, keys: Sequence[GroupKey]) -> tuple[Counted, tuple[Chunk, ...]]:
    """The cells of the keys that occur among a source's rows, numbered from 0, and the members."""
    access = found.access
    control = access.control
    rows = selected(found)
    members = np.arange(len(rows), dtype=np.int64)
    ids = np.zeros(len(rows), dtype=np.int64)
    codes: list[Ints] = []
    factors: list[Factors] = []
    times: list[Ints | None] = []
    prefixes: list[Ints] = []
    counts: list[Ints] = []
    held = 0
    for key in keys:
        values = _values(access, rows, key)
        span = values.factors.null + 1
        members, pairs, moments = _joined(control, members, ids, values, len(rows))
        cells, ids = numbered(control, pairs)
        earliest = None
        if moments is not None:
            earliest, _ = extremes_by_group(control, ids, moments, len(cells), largest=False)
        # Members and their numbers take the place of those of the key before.
        control.release(held)
        held = _MEMBER * len(ids)
        control.reserve(_CELL * (len(codes) + 2) * len(cells), "groups")
        parents = cells // span
        codes = [c[parents] for c in codes] + [cells % span]
        times = [None if t is None else t[parents] for t in times]
        times.append(earliest)
        factors.append(values.factors)
        prefixes = [p[parents] for p in prefixes] + [np.arange(len(cells), dtype=np.int64)]
        counts.append(np.bincount(ids, minlength=len(cells)))
    levels = list(zip(prefixes, counts, strict=True))
    counted = Counted(
        np.arange(len(counts[-1]), dtype=np.int64), codes, factors, times, counts[-1], levels
    )
    control.reserve(_MEMBER * len(ids), _WHAT)
    return counted, tuple(_chunks(rows, members, narrow_unsigned(ids, len(counts[-1]))))


_WHAT = "group members"

_MEMBER = 32
"""Bytes that a member, its number and its time take."""

_CELL = 24
"""Bytes that a cell takes for each key."""


def _chunks(rows: Ints, members: Ints, ids: Ints) -> list[Chunk]:
    """Members, which ascend by row, in pieces of whole rows."""
    made = []
    for first in range(0, len(rows), MORSEL):
        last = min(first + MORSEL, len(rows))
        begin, end = np.searchsorted(members, (first, last))
        places = members[begin:end] - first
        made.append(Chunk(rows[first:last], places, ids[begin:end]))
    return made


def _values(access: Access, rows: Ints, key: GroupKey) -> _KeyValues:
    found = numbered_values(access, rows, key.expression, _WHAT)
    if found.offsets is None:
        return _KeyValues(found.owners, found.factors.codes, found.times, found.factors)
    owners, codes, *times = distinct_by_row(access.control, found, _distinct, _WHAT)
    return _KeyValues(owners, codes, times[0] if times else None, found.factors)


def _distinct(found: Numbered) -> tuple[Ints, ...]:
    """The distinct values of each row, ``(owners, codes)``, and for a DATETIME the earliest time of
    each. Rows without a value belong to the null group; of KEYS it is left out once all is
    counted."""
    assert found.offsets is not None
    null, size = found.factors.null, len(found.offsets) - 1
    has = found.factors.codes != null
    owners, codes = found.owners[has], found.factors.codes[has]
    span = null + 1
    pairs, ids = dense(owners * span + codes)
    owners, codes = pairs // span, pairs % span
    empty = np.flatnonzero(np.bincount(owners, minlength=size) == 0)
    order = np.argsort(np.concatenate((owners, empty)), kind="stable")
    made = [
        np.concatenate((owners, empty))[order],
        np.concatenate((codes, np.full(len(empty), null)))[order],
    ]
    if found.times is not None:
        times, _ = group_extremes(ids, found.times[has], len(pairs), largest=False)
        made.append(np.concatenate((times, np.zeros(len(empty), dtype=np.int64)))[order])
    return tuple(made)


def _joined(
    control: Control, members: Ints, ids: Ints, values: _KeyValues, size: int
) -> tuple[Ints, Ints, Ints | None]:
    """Each member with each of its row's key values: the rows of the new members, the number and the
    value of each as one, and the times of a DATETIME."""
    lengths = np.bincount(values.owners, minlength=size)
    starts = np.cumsum(lengths) - lengths
    own = lengths[members]
    ends = np.cumsum(own)
    begin = ends - own
    total = int(ends[-1]) if len(ends) else 0
    control.reserve(_MEMBER * total, _WHAT)
    rows, pairs = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    times = None if values.times is None else np.empty(total, dtype=np.int64)
    span = values.factors.null + 1
    for part in cut(np.arange(len(members)), lambda chosen: [own[chosen]], _PIECE):
        control.check()
        inside = slice(int(begin[part.start]), int(ends[part.stop - 1]))
        joined = np.repeat(np.arange(part.start, part.stop, dtype=np.int64), own[part])
        picked = np.repeat(starts[members[part]] - begin[part], own[part])
        picked += np.arange(inside.start, inside.stop, dtype=np.int64)
        rows[inside] = members[joined]
        pairs[inside] = ids[joined] * span + values.codes[picked]
        if times is not None and values.times is not None:
            times[inside] = values.times[picked]
    return rows, pairs, times


_PIECE = 1 << 18
"""Members that are joined in one piece."""
