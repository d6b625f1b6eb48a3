"""Keys that have no codes of their own: evaluated over all rows, then numbered by sorting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usql.analysis.bound import DateText, Key
from usql.engine.evaluate import RowEvaluator
from usql.engine.kernels import (
    Ints,
    dense,
    distinct_pairs,
    group_extremes,
    narrow_unsigned,
    run_ids,
)
from usql.engine.members import Chunk
from usql.engine.scan import MORSEL, Source, selected
from usql.engine.vectors import Factors, factorize, flat
from usql.store.columns import AnyColumn, Column, ListColumn, NumberColumn


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
    single: bool


def factorized(found: Source, keys: Sequence[Key]) -> tuple[Counted, tuple[Chunk, ...]]:
    """The cells of the keys that occur among a source's rows, numbered from 0, and the members."""
    access = found.access
    rows = selected(found)
    evaluator = RowEvaluator(access, rows)
    members = np.arange(len(rows), dtype=np.int64)
    ids = np.zeros(len(rows), dtype=np.int64)
    codes: list[Ints] = []
    factors: list[Factors] = []
    times: list[Ints | None] = []
    prefixes: list[Ints] = []
    counts: list[Ints] = []
    for key in keys:
        access.control.check()
        values = _values(evaluator, key)
        joined, picked = _join(members, values, len(rows))
        access.control.reserve(8 * 4 * len(picked), "group members")
        span = values.factors.null + 1
        cells, new_ids = dense(ids[joined] * span + values.codes[picked])
        parents = cells // span
        codes = [c[parents] for c in codes] + [cells % span]
        times = [None if t is None else t[parents] for t in times]
        earliest = None
        if values.times is not None:
            earliest, _ = group_extremes(new_ids, values.times[picked], len(cells), largest=False)
        times.append(earliest)
        factors.append(values.factors)
        prefixes = [p[parents] for p in prefixes] + [np.arange(len(cells), dtype=np.int64)]
        counts.append(np.bincount(new_ids, minlength=len(cells)))
        members, ids = members[joined], new_ids
    levels = list(zip(prefixes, counts, strict=True))
    counted = Counted(
        np.arange(len(counts[-1]), dtype=np.int64), codes, factors, times, counts[-1], levels
    )
    return counted, tuple(_chunks(rows, members, narrow_unsigned(ids, len(counts[-1]))))


def _chunks(rows: Ints, members: Ints, ids: Ints) -> list[Chunk]:
    """Members, which ascend by row, in pieces of whole rows."""
    made = []
    for first in range(0, len(rows), MORSEL):
        last = min(first + MORSEL, len(rows))
        begin, end = np.searchsorted(members, (first, last))
        places = members[begin:end] - first
        made.append(Chunk(rows[first:last], places, ids[begin:end]))
    return made


def _values(evaluator: RowEvaluator, key: Key) -> _KeyValues:
    expression = key.expression
    column = flat(evaluator.evaluate(expression))
    timed = flat(evaluator.times(expression)) if isinstance(expression, DateText) else None
    if not isinstance(column, ListColumn):
        assert isinstance(column, Column)
        factors = factorize(column)
        owners = np.arange(evaluator.size, dtype=np.int64)
        return _KeyValues(owners, factors.codes, _numbers(timed), factors, single=True)
    factors = factorize(column.entries)
    owners, codes, times = run_ids(column.offsets), factors.codes, _numbers(timed)
    has = codes != factors.null
    owners, codes = owners[has], codes[has]
    # The distinct values of each row, and the earliest time of each.
    span = factors.null + 1
    if times is not None:
        pairs, ids = dense(owners * span + codes)
        times, _ = group_extremes(ids, times[has], len(pairs), largest=False)
    owners, codes = distinct_pairs(owners, codes, span)
    # Rows without a value belong to the null group; of KEYS it is left out once all is counted.
    empty = np.flatnonzero(np.bincount(owners, minlength=evaluator.size) == 0)
    order = np.argsort(np.concatenate((owners, empty)), kind="stable")
    owners = np.concatenate((owners, empty))[order]
    codes = np.concatenate((codes, np.full(len(empty), factors.null)))[order]
    if times is not None:
        times = np.concatenate((times, np.zeros(len(empty), dtype=np.int64)))[order]
    return _KeyValues(owners, codes, times, factors, single=False)


def _numbers(column: AnyColumn | None) -> Ints | None:
    if column is None:
        return None
    entries = column.entries if isinstance(column, ListColumn) else column
    assert isinstance(entries, NumberColumn)
    return entries.values.astype(np.int64, copy=False)


def _join(rows: Ints, values: _KeyValues, size: int) -> tuple[Ints, Ints]:
    """Each member with each of its row's key values: ``(members, entries of values)``."""
    if values.single:
        return np.arange(len(rows), dtype=np.int64), rows
    lengths = np.bincount(values.owners, minlength=size)
    starts = np.cumsum(lengths) - lengths
    own = lengths[rows]
    members = np.repeat(np.arange(len(rows), dtype=np.int64), own)
    begin = np.cumsum(own) - own
    picked = np.arange(len(members), dtype=np.int64) + np.repeat(starts[rows] - begin, own)
    return members, picked
