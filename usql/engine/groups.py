"""Groups: rows to dense group numbers, key by key (LANGUAGE.md §8).

Keys are added one after the other. After key i every *prefix* of i + 1 key values that occurs has
a number. A row belongs to as many prefixes as its multi-valued keys have distinct values; one
(row, prefix) pair is a *member*. Frequencies, cuts by TOP and the default order are all of
prefixes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from usql.analysis.bound import DatePart, DateText, Key, Keys
from usql.catalog.model import FieldType
from usql.engine.evaluate import Evaluator
from usql.engine.kernels import Bools, Ints, dense, group_extremes, run_ids, stable_order
from usql.engine.vectors import Factors, Vector, decode, factorize, present
from usql.store.columns import Column, ListColumn, NumberColumn


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of some rows.

    ``rows``: for each member the position of its row among the rows that were grouped; ``ids``:
    its group. ``rank``: per group its place in the default order. ``codes[i]``: per group the
    code of key i, ``factors[i]`` its values; ``times[i]``: the earliest rounded time per group of
    a DATETIME key, else ``None``. ``cut[i]``: how many values TOP left out at key i.
    """

    count: int
    rows: Ints
    ids: Ints
    rank: Ints
    codes: tuple[Ints, ...]
    factors: tuple[Factors, ...]
    times: tuple[Ints | None, ...]
    cut: tuple[int, ...]

    def key(self, index: int) -> Column:
        """The value of key ``index`` per group."""
        return decode(self.factors[index], self.codes[index])

    def key_order(self, index: int) -> Column:
        """What orders by key ``index``: its value, or the earliest time of a DATETIME."""
        times = self.times[index]
        column = self.key(index)
        if times is None:
            return column
        return NumberColumn(FieldType.TIMESTAMP, times, present(column))


@dataclass(frozen=True, eq=False)
class _KeyValues:
    """A key over the grouped rows: entry i of row ``owners[i]`` has ``codes[i]`` and, for a
    DATETIME, the time ``times[i]``. Entries of a row are distinct and ascend."""

    owners: Ints
    codes: Ints
    times: Ints | None
    factors: Factors
    single: bool


def group(evaluator: Evaluator, keys: tuple[Key, ...]) -> Groups:
    """Group all rows of the evaluator by the keys. Without keys there is one group, also of no
    rows."""
    rows = np.arange(evaluator.size, dtype=np.int64)
    ids = np.zeros(evaluator.size, dtype=np.int64)
    count = 1
    rank = np.zeros(1, dtype=np.int64)
    codes: list[Ints] = []
    times: list[Ints | None] = []
    factors: list[Factors] = []
    cut: list[int] = []
    for key in keys:
        values = _values(evaluator, key)
        members, picked = _join(rows, values, evaluator.size)
        span = values.factors.null + 1
        prefixes, new_ids = dense(ids[members] * span + values.codes[picked])
        parents, key_codes = prefixes // span, prefixes % span
        earliest = None
        if values.times is not None:
            earliest, _ = group_extremes(
                new_ids, values.times[picked], len(prefixes), largest=False
            )
        frequency = np.bincount(new_ids, minlength=len(prefixes))
        kept = np.ones(len(prefixes), dtype=np.bool_)
        if key.top is not None:
            kept = _most_frequent(parents, frequency, key_codes, key.top)
        new_rank = _rank(key, rank[parents], frequency, key_codes, earliest, values.factors.null)
        cut.append(int(len(kept) - kept.sum()))
        number = np.cumsum(kept) - 1
        stays = kept[new_ids]
        rows, ids = rows[members][stays], number[new_ids[stays]]
        codes = [c[parents][kept] for c in codes] + [key_codes[kept]]
        times = [None if t is None else t[parents][kept] for t in times]
        times.append(None if earliest is None else earliest[kept])
        factors.append(values.factors)
        rank, count = new_rank[kept], int(kept.sum())
    return Groups(count, rows, ids, rank, tuple(codes), tuple(factors), tuple(times), tuple(cut))


def _values(evaluator: Evaluator, key: Key) -> _KeyValues:
    expression = key.expression
    column = evaluator.evaluate(expression)
    timed: Vector | None = evaluator.times(expression) if isinstance(expression, DateText) else None
    if not isinstance(column, ListColumn):
        assert isinstance(column, Column)
        factors = factorize(column)
        return _KeyValues(
            np.arange(evaluator.size), factors.codes, _numbers(timed), factors, single=True
        )
    factors = factorize(column.entries)
    owners, codes, times = run_ids(column.offsets), factors.codes, _numbers(timed)
    has = codes != factors.null
    owners, codes = owners[has], codes[has]
    # The distinct values of each row, and the earliest time of each.
    span = factors.null + 1
    pairs, ids = dense(owners * span + codes)
    if times is not None:
        times, _ = group_extremes(ids, times[has], len(pairs), largest=False)
    owners, codes = pairs // span, pairs % span
    if isinstance(expression, Keys):  # a row without keys is in no group of keys
        return _KeyValues(owners, codes, times, factors, single=False)
    # Rows without a value belong to the null group.
    empty = np.flatnonzero(np.bincount(owners, minlength=evaluator.size) == 0)
    order = np.argsort(np.concatenate((owners, empty)), kind="stable")
    owners = np.concatenate((owners, empty))[order]
    codes = np.concatenate((codes, np.full(len(empty), factors.null)))[order]
    if times is not None:
        times = np.concatenate((times, np.zeros(len(empty), dtype=np.int64)))[order]
    return _KeyValues(owners, codes, times, factors, single=False)


def _numbers(column: Vector | None) -> Ints | None:
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


def _most_frequent(parents: Ints, frequency: Ints, codes: Ints, top: int) -> Bools:
    """Which prefixes are among the ``top`` most frequent ones of their parent; ties by value."""
    order = stable_order([parents, -frequency, codes])
    ordered = parents[order]
    first = np.searchsorted(ordered, ordered, side="left")
    kept = np.zeros(len(parents), dtype=np.bool_)
    kept[order] = np.arange(len(parents)) - first < top
    return kept


def _rank(
    key: Key, parents: Ints, frequency: Ints, codes: Ints, times: Ints | None, null: int
) -> Ints:
    """The default order of prefixes: inside the parent's rank dates by time, others by frequency,
    ties by value, null after its equals."""
    if times is not None:
        columns = [parents, codes == null, times, codes]
    elif isinstance(key.expression, DatePart):
        columns = [parents, codes]
    else:
        columns = [parents, -frequency, codes]
    rank = np.empty(len(parents), dtype=np.int64)
    rank[stable_order(columns)] = np.arange(len(parents))
    return rank
