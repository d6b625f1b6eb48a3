"""Keys without codes of their own: evaluated over all rows, then numbered by sorting."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from usql.engine.arrays.codes import dense, narrow_unsigned
from usql.engine.arrays.reductions import extremes_by_group
from usql.engine.arrays.sorting import numbered
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import Domain, Factors
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.piecewise import Numbered, cut, distinct_by_row, numbered_values
from usql.engine.rows.scan import Source, selected
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.planner.keys import GroupKey


@dataclass(frozen=True, eq=False)
class Counted:
    """The slots that occur, ascending by ``numbers``: for each key the code of each slot with the
    key's values and, for a DATETIME, the earliest time; the number of pairs of each slot.
    ``levels[i]``, if a later key multiplies the pairs of key i: the number of each slot's prefix,
    and the pair counts by that number."""

    numbers: Ints
    codes: Sequence[Ints]
    domains: Sequence[Domain]
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


def factorized(source: Source, keys: Sequence[GroupKey]) -> tuple[Counted, tuple[Chunk, ...]]:
    """The slots of the keys that occur among a source's rows, numbered from 0, and the pairs."""
    access = source.access
    control = access.control
    rows = selected(source)
    pairs = np.arange(len(rows), dtype=np.int64)
    ids = np.zeros(len(rows), dtype=np.int64)
    codes: list[Ints] = []
    domains: list[Domain] = []
    times: list[Ints | None] = []
    prefixes: list[Ints] = []
    counts: list[Ints] = []
    reserved = 0
    for key in keys:
        values = _values(access, rows, key)
        span = values.factors.null + 1
        pairs, combined, moments = _joined(control, pairs, ids, values, len(rows))
        slots, ids = numbered(control, combined)
        earliest = None
        if moments is not None:
            earliest, _ = extremes_by_group(control, ids, moments, len(slots), largest=False)
        # Pairs and their numbers replace those of the previous key.
        control.release(reserved)
        reserved = _PAIR * len(ids)
        control.reserve(_SLOT * (len(codes) + 2) * len(slots), "groups")
        parents = slots // span
        codes = [c[parents] for c in codes] + [slots % span]
        times = [None if t is None else t[parents] for t in times]
        times.append(earliest)
        domains.append(values.factors)
        prefixes = [p[parents] for p in prefixes] + [np.arange(len(slots), dtype=np.int64)]
        counts.append(np.bincount(ids, minlength=len(slots)))
    levels = list(zip(prefixes, counts, strict=True))
    counted = Counted(
        np.arange(len(counts[-1]), dtype=np.int64), codes, domains, times, counts[-1], levels
    )
    control.reserve(_PAIR * len(ids), _WHAT)
    ids = narrow_unsigned(ids, len(counts[-1]))
    return counted, tuple(_chunks(rows, pairs, ids, access.tuning.morsel_rows))


_WHAT = "group members"

_PAIR = 32
"""Bytes of a pair, its number and its time."""

_SLOT = 24
"""Bytes of a slot per key."""


def _chunks(rows: Ints, pairs: Ints, ids: Array, size: int) -> list[Chunk]:
    """Pairs, which ascend by row, in pieces of whole rows of about ``size``."""
    chunks = []
    for first in range(0, len(rows), size):
        last = min(first + size, len(rows))
        begin, end = np.searchsorted(pairs, (first, last))
        places = pairs[begin:end] - first
        chunks.append(Chunk(rows[first:last], places, ids[begin:end]))
    return chunks


def _values(access: Access, rows: Ints, key: GroupKey) -> _KeyValues:
    entries = numbered_values(access, rows, key.expression, _WHAT)
    if entries.offsets is None:
        return _KeyValues(entries.owners, entries.factors.codes, entries.times, entries.factors)
    distinct = partial(_distinct, access.control)
    owners, codes, *times = distinct_by_row(access.control, entries, distinct, _WHAT)
    return _KeyValues(owners, codes, times[0] if times else None, entries.factors)


def _distinct(control: Control, entries: Numbered) -> tuple[Ints, ...]:
    """The distinct values of each row, ``(owners, codes)``, and for a DATETIME the earliest time of
    each. Rows without a value belong to the null group; for KEYS it is left out after counting."""
    assert entries.offsets is not None
    null, size = entries.factors.null, len(entries.offsets) - 1
    has = entries.factors.codes != null
    owners, codes = entries.owners[has], entries.factors.codes[has]
    span = null + 1
    combined, ids = dense(owners * span + codes)
    owners, codes = combined // span, combined % span
    empty = np.flatnonzero(np.bincount(owners, minlength=size) == 0)
    order = np.argsort(np.concatenate((owners, empty)), kind="stable")
    arrays = [
        np.concatenate((owners, empty))[order],
        np.concatenate((codes, np.full(len(empty), null)))[order],
    ]
    if entries.times is not None:
        times, _ = extremes_by_group(control, ids, entries.times[has], len(combined), largest=False)
        arrays.append(np.concatenate((times, np.zeros(len(empty), dtype=np.int64)))[order])
    return tuple(arrays)


def _joined(
    control: Control, pairs: Ints, ids: Ints, values: _KeyValues, size: int
) -> tuple[Ints, Ints, Ints | None]:
    """Each pair combined with each of its row's key values: the rows of the new pairs, the number
    and the value of each as one number, and the times of a DATETIME."""
    lengths = np.bincount(values.owners, minlength=size)
    starts = np.cumsum(lengths) - lengths
    lengths_by_pair = lengths[pairs]
    ends = np.cumsum(lengths_by_pair)
    begin = ends - lengths_by_pair
    total = int(ends[-1]) if len(ends) else 0
    control.reserve(_PAIR * total, _WHAT)
    rows, combined = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    times = None if values.times is None else np.empty(total, dtype=np.int64)
    span = values.factors.null + 1
    size = control.tuning.pairs_joined_at_once
    for part in cut(np.arange(len(pairs)), lambda chosen: [lengths_by_pair[chosen]], size):
        control.check()
        inside = slice(int(begin[part.start]), int(ends[part.stop - 1]))
        joined = np.repeat(np.arange(part.start, part.stop, dtype=np.int64), lengths_by_pair[part])
        picked = np.repeat(starts[pairs[part]] - begin[part], lengths_by_pair[part])
        picked += np.arange(inside.start, inside.stop, dtype=np.int64)
        rows[inside] = pairs[joined]
        combined[inside] = ids[joined] * span + values.codes[picked]
        if times is not None and values.times is not None:
            times[inside] = values.times[picked]
    return rows, combined, times
