"""MEDIAN and PERCENTILE, exact (LANGUAGE.md §8).

For many values a selection is used: a histogram finds the bucket with the wanted rank, and only the
values of such buckets are sorted.

Buckets depend on the bits of a value as a 32-bit float, so they are about equally wide on a
logarithmic scale, and all values of a bucket are below those of the next one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import Metric
from usql.engine.arrays.gather import gather
from usql.engine.arrays.native.buckets import bucket_keys, ordered_bits
from usql.engine.arrays.native.masks import marked, marked_rows
from usql.engine.arrays.native.totals import count_keys
from usql.engine.arrays.reductions import interpolated, weighted_quantiles
from usql.engine.arrays.runs import offsets_of
from usql.engine.arrays.sorting import ascending, ordered
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.aggregates.aggregate import OfValues, RowGroupPairs, real_column
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import WEIGHT, condition_node, field_pairs
from usql.engine.groups.grouped_values import fitting, grouped_values
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, ListColumn, NumberColumn

_WHAT = "values of quantiles"


@dataclass(frozen=True, eq=False)
class _Part:
    """Some values, and the bucket of each, numbered across all groups."""

    keys: Array
    values: Array


class Quantile(OfValues[Metric]):
    """A quantile of the numbers, interpolated linearly between neighbours, as a double; null
    without values."""

    index = "sorted values"
    takes_repeats = True

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        return (WEIGHT,)

    def state(self, node: Metric, pairs: RowGroupPairs) -> State:
        return field_pairs(node, pairs, _WHAT)

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        (column,) = self.finished([node], state, control)
        return column

    def finished(
        self, nodes: Sequence[Metric], state: State, control: Control
    ) -> Sequence[NumberColumn]:
        groups, values = state.pairs
        assert isinstance(values, NumberColumn)
        until = np.cumsum(state.read(WEIGHT))
        ends = np.append(0, until)[offsets_of(groups, state.count)]
        return [
            real_column(*weighted_quantiles(values.values, until, ends, _share(node)))
            for node in nodes
        ]

    def answers(self, nodes: Sequence[Metric], pairs: RowGroupPairs) -> Sequence[NumberColumn]:
        """For many values by selection, for all percentages together."""
        tuning, values = pairs.access.tuning, sum(map(len, pairs.chunks()))
        buckets = min(tuning.most_buckets_of_all // (pairs.count + 1), tuning.most_buckets)
        if buckets < tuning.fewest_buckets or values < tuning.fewest_selected_values:
            return self.finished(nodes, self.state(nodes[0], pairs), pairs.access.control)
        return _by_selection(nodes, pairs, buckets)

    def of_index(self, node: Metric, arrays: Arrays, slots: Ints) -> NumberColumn:
        values, ends = arrays["values"], arrays["ends"]
        stop = ends[slots]
        start = np.where(slots > 0, ends[slots - 1], 0)
        sizes = stop - start
        has = sizes > 0
        place = _share(node) * (sizes[has] - 1)
        below = start[has] + np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, stop[has] - 1)
        quantiles = np.zeros(len(slots), dtype=np.float64)
        first, second = values[below].astype(np.float64), values[above].astype(np.float64)
        quantiles[has] = interpolated(first, second, place - np.floor(place))
        return real_column(quantiles, has)


def _share(metric: Metric) -> float:
    assert metric.percent is not None
    return metric.percent / 100


def _by_selection(
    metrics: Sequence[Metric], pairs: RowGroupPairs, buckets: int
) -> Sequence[NumberColumn]:
    """Several quantiles of the same values."""
    access, count, field = pairs.access, pairs.count, metrics[0].field
    assert field is not None
    shares = [_share(metric) for metric in metrics]
    node = condition_node(access, metrics[0])
    column = access.column(field)
    scale = _Scale.of(*access.cache.span(_numbers(column)), buckets)

    threads, slots = max(access.control.threads, 1), (count + 1) * buckets
    access.control.reserve(8 * slots * threads, _WHAT)
    histograms: list[Ints | None] = [None] * threads

    def work(worker: int, chunk: Chunk) -> _Part:
        ids, numbers = grouped_values(access, fitting(chunk, node), field)
        assert isinstance(numbers, NumberColumn)
        values = numbers.values
        if numbers.valid is not None:
            valid = marked_rows(numbers.valid)
            ids, values = gather(ids, valid), gather(values, valid)
        access.control.reserve(4 * len(values) + values.nbytes, _WHAT)
        keys = scale.keys(ids, values)
        histogram = histograms[worker]
        if histogram is None:
            histogram = histograms[worker] = np.zeros(slots, dtype=np.int64)
        count_keys(keys, histogram)
        return _Part(keys, values)

    parts = map_morsels(work, pairs.chunks(), access.control)
    counted = [histogram for histogram in histograms if histogram is not None]
    histogram = sum(counted, np.zeros(slots, dtype=np.int64))[: count * buckets]
    ends = np.cumsum(histogram)
    slot_states = ends[buckets - 1 :: buckets]
    sizes = np.diff(slot_states, prepend=0)
    has = sizes > 0
    starts = (slot_states - sizes)[has]
    places = [share * (sizes[has] - 1) for share in shares]
    below = [starts + np.floor(place).astype(np.int64) for place in places]
    above = [np.minimum(b + 1, starts + sizes[has] - 1) for b in below]
    ranks = np.concatenate([*below, *above])
    at_ranks = _at(access, parts, ranks, ends, slots)
    columns = at_ranks.reshape(2 * len(shares), -1)
    results = []
    for index, place in enumerate(places):
        values = np.zeros(count, dtype=np.float64)
        first, second = columns[index], columns[len(shares) + index]
        values[has] = interpolated(first, second, place - np.floor(place))
        results.append(real_column(values, has))
    return results


@dataclass(frozen=True, slots=True)
class _Scale:
    """The mapping of values to buckets. Integers are counted from ``base``, so that small ones have
    buckets of their own; without a base the value's own bits are used."""

    base: int | None
    most: int
    least: int
    shift: int
    buckets: int

    @staticmethod
    def of(low: int | float, high: int | float, buckets: int) -> _Scale:
        """The scale for values between two limits."""
        fits = isinstance(low, int) and low > -(2**63) and high - low < 2**62
        base = int(low) - 1 if fits else None
        ends = np.array([low, high], dtype=np.float64 if isinstance(low, float) else np.int64)
        first, last = ordered_bits(ends, base).tolist()
        shift = max((last - first).bit_length() - 1 - buckets.bit_length(), 0)
        while (last - first) >> shift >= buckets:
            shift += 1
        return _Scale(base, 0 if base is None else int(high), first, shift, buckets)

    def keys(self, ids: Array, values: Array) -> Array:
        """Per value the number of its bucket among those of all groups."""
        scale = (self.base, self.most, self.least, self.shift, self.buckets)
        return bucket_keys(ids, values, *scale)


def _at(access: Access, parts: Sequence[_Part], ranks: Ints, ends: Ints, slots: int) -> Array:
    """The values at given ranks in the order by group and value; ``ends`` are the ranks after each
    bucket."""
    bucket = np.searchsorted(ends, ranks, side="right")
    flags = np.zeros(slots, dtype=np.bool_)
    flags[bucket] = True
    numbers = np.cumsum(flags, dtype=np.int64) - 1  # of the wanted buckets

    def candidates(_: int, part: _Part) -> tuple[Array, Array]:
        chosen = marked_rows(marked(part.keys, flags))
        return numbers[part.keys[chosen]], part.values[chosen]

    chosen_values = map_morsels(candidates, parts, access.control)
    keys = np.concatenate([k for k, _ in chosen_values])
    values = np.concatenate([v for _, v in chosen_values])
    whole = values.dtype.kind == "i"
    control = access.control
    order = _sorted_integers if whole else _sorted_doubles
    values = order(control, keys, values)
    sizes = np.bincount(keys, minlength=int(numbers[-1]) + 1 if len(numbers) else 0)
    first = np.cumsum(sizes) - sizes
    before = np.where(bucket > 0, ends[bucket - 1], 0)
    return values[first[numbers[bucket]] + ranks - before].astype(np.float64)


def _sorted_doubles(control: Control, keys: Ints, values: Array) -> Array:
    return values[ordered(control, [keys, values])]


def _sorted_integers(control: Control, keys: Ints, values: Array) -> Array:
    """The values in the order of their keys, then of the values: sorted as one number if possible,
    in the narrowest type."""
    if not len(values):
        return values
    low = int(values.min())
    bits = (int(values.max()) - low).bit_length()
    most = int(keys.max()).bit_length() + bits
    if most > 63:
        return values[ordered(control, [keys, values])]
    packed = (keys << bits) | (values.astype(np.int64) - low)
    packed = packed.astype(np.int32) if most <= 31 else packed
    packed = ascending(control, packed)
    return (packed & ((1 << bits) - 1)).astype(np.int64) + low


def _numbers(column: AnyColumn) -> NumberColumn:
    """The values of a column of numbers, or of lists of them."""
    values = column.entries if isinstance(column, ListColumn) else column
    assert isinstance(values, NumberColumn)
    return values


AGGREGATES = {"PERCENTILE": Quantile()}
