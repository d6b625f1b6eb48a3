"""MEDIAN and PERCENTILE, exact (LANGUAGE.md §8).

Many values go through a selection: a histogram finds the bucket that holds the wanted place, and
only the values of such buckets are sorted.

Buckets are by the bits of a value as a 32-bit float, so they are about equally wide on a logarithmic
scale, and a bucket's values are below those of the next one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import Metric
from usql.engine.arrays.kernels import (
    Array,
    Ints,
    gather,
    interpolated,
    scratch,
    weighted_quantiles,
)
from usql.engine.arrays.sorting import ascending, ordered
from usql.engine.groups.aggregates.aggregate import Members, OfValues, real_column
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import WEIGHT, condition_node, field_pairs
from usql.engine.groups.member_values import fitting, member_values
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, ListColumn, NumberColumn

_MOST_BUCKETS = 1 << 12
_CELLS = 1 << 20
"""Buckets of all groups together."""

_WHAT = "values of quantiles"

_FEWEST_VALUES = 1 << 15
"""Fewer values are sorted at once."""


@dataclass(frozen=True, eq=False)
class _Part:
    """Some values, and the bucket of each, numbered through all groups."""

    keys: Array
    values: Array


class Quantile(OfValues[Metric]):
    """A quantile of the numbers, linear between neighbours, as a double; null of none."""

    index = "sorted values"

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        return (WEIGHT,)

    def state(self, node: Metric, members: Members) -> State:
        return field_pairs(node, members, _WHAT)

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        groups, values = state.pairs
        assert isinstance(values, NumberColumn)
        weights = state.read(WEIGHT)
        sizes = np.zeros(state.count, dtype=np.int64)
        np.add.at(sizes, groups, weights)
        found = weighted_quantiles(values.values, weights, sizes, _share(node))
        return real_column(*found)

    def answers(self, nodes: Sequence[Metric], members: Members) -> Sequence[NumberColumn]:
        """Of many values by selection, all shares together."""
        buckets = min(_CELLS // (members.count + 1), _MOST_BUCKETS)
        if buckets < 16 or sum(map(len, members.chunks())) < _FEWEST_VALUES:
            state = self.state(nodes[0], members)
            return [self.finish(node, state, members.access.control) for node in nodes]
        return _by_selection(nodes, members, buckets)

    def of_index(self, node: Metric, arrays: Arrays, cells: Ints) -> NumberColumn:
        values, ends = arrays["values"], arrays["ends"]
        stop = ends[cells]
        start = np.where(cells > 0, ends[cells - 1], 0)
        sizes = stop - start
        has = sizes > 0
        place = _share(node) * (sizes[has] - 1)
        below = start[has] + np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, stop[has] - 1)
        made = np.zeros(len(cells), dtype=np.float64)
        first, second = values[below].astype(np.float64), values[above].astype(np.float64)
        made[has] = interpolated(first, second, place - np.floor(place))
        return real_column(made, has)


def _share(metric: Metric) -> float:
    assert metric.percent is not None
    return metric.percent / 100


def _by_selection(
    metrics: Sequence[Metric], members: Members, buckets: int
) -> Sequence[NumberColumn]:
    """Quantiles of the same values."""
    access, count, field = members.access, members.count, metrics[0].field
    assert field is not None
    shares = [_share(metric) for metric in metrics]
    node = condition_node(access, metrics[0])
    column = access.column(field)
    scale = _Scale.of(*access.derived.span(_numbers(column)), buckets)

    def key(_: int, chunk: Chunk) -> _Part:
        ids, found = member_values(access, fitting(chunk, node), field)
        assert isinstance(found, NumberColumn)
        values = found.values
        if found.valid is not None:
            kept = np.flatnonzero(found.valid)
            ids, values = gather(ids, kept), gather(values, kept)
        access.control.reserve(4 * len(values) + values.nbytes, _WHAT)
        return _Part(scale.keys(ids, values), values)

    parts = map_morsels(key, members.chunks(), access.control)
    histogram = _histogram(access, parts, (count + 1) * buckets)[: count * buckets]
    ends = np.cumsum(histogram)
    totals = ends[buckets - 1 :: buckets]
    sizes = np.diff(totals, prepend=0)
    has = sizes > 0
    starts = (totals - sizes)[has]
    places = [share * (sizes[has] - 1) for share in shares]
    below = [starts + np.floor(place).astype(np.int64) for place in places]
    above = [np.minimum(b + 1, starts + sizes[has] - 1) for b in below]
    wanted = np.concatenate([*below, *above])
    found = _at(access, parts, wanted, ends, (count + 1) * buckets)
    columns = found.reshape(2 * len(shares), -1)
    made = []
    for index, place in enumerate(places):
        values = np.zeros(count, dtype=np.float64)
        first, second = columns[index], columns[len(shares) + index]
        values[has] = interpolated(first, second, place - np.floor(place))
        made.append(real_column(values, has))
    return made


@dataclass(frozen=True, slots=True)
class _Scale:
    """How values become buckets. Integers are counted from ``base`` on, so that small ones have
    buckets of their own; without a base a value's own bits are taken."""

    base: int | None
    first: int
    shift: int
    buckets: int

    @staticmethod
    def of(low: int | float, high: int | float, buckets: int) -> _Scale:
        """The scale of values between two limits."""
        fits = isinstance(low, int) and low > -(2**63) and high - low < 2**62
        base = int(low) - 1 if fits else None
        ends = np.array([low, high], dtype=np.float64 if isinstance(low, float) else np.int64)
        first, last = (int(bits) for bits in _Scale(base, 0, 0, buckets)._bits(ends))
        shift = max((last - first).bit_length() - 1 - buckets.bit_length(), 0)
        while (last - first) >> shift >= buckets:
            shift += 1
        return _Scale(base, first, shift, buckets)

    def keys(self, ids: Array, values: Array) -> Array:
        """Per value the number of its bucket among those of all groups."""
        bits = self._bits(values)
        np.maximum(bits, self.first, out=bits)  # a negative zero is no smaller than zero
        above = bits.view(np.uint32)  # values of both signs span more than 31 bits
        above -= np.uint32(self.first & 0xFFFFFFFF)
        above >>= np.uint32(self.shift)
        keys = ids.astype(np.uint32)
        keys *= np.uint32(self.buckets)
        keys += above
        return keys

    def _bits(self, values: Array) -> Array:
        """Values as integers in the same order, equal for values that are nearly equal."""
        floats = scratch("floats", np.float32, len(values))
        if self.base is None:
            with np.errstate(over="ignore"):
                np.copyto(floats, values, casting="unsafe")
        elif values.dtype == np.int64:
            np.copyto(floats, values - self.base, casting="unsafe")
        else:
            np.copyto(floats, values, casting="unsafe")
            floats -= np.float32(self.base)
        bits = floats.view(np.int32)
        if self.base is None:
            bits ^= (bits >> 31) & 0x7FFFFFFF
        return bits


def _histogram(access: Access, parts: Sequence[_Part], cells: int) -> Ints:
    """How many values lie in each bucket. Each thread counts many values at once, since every
    count costs a pass over the buckets."""
    threads = max(access.control.threads, 1)
    access.control.reserve(8 * cells * threads, _WHAT)
    step = max(sum(len(p.keys) for p in parts) // threads, 1)
    pieces: list[list[Array]] = [[]]
    size = 0
    for part in parts:
        if size >= step or size >= 4 * cells:
            pieces.append([])
            size = 0
        pieces[-1].append(part.keys)
        size += len(part.keys)

    def count(_: int, keys: list[Array]) -> Ints:
        wide = scratch("wide", np.intp, sum(map(len, keys)))
        np.concatenate(keys, out=wide, casting="unsafe")
        return np.bincount(wide, minlength=cells)

    counted = map_morsels(count, pieces, access.control)
    return np.sum(counted, axis=0) if len(counted) > 1 else counted[0]


def _at(access: Access, parts: Sequence[_Part], wanted: Ints, ends: Ints, cells: int) -> Array:
    """The values at places of the order by group and value; ``ends`` are the places behind each
    bucket."""
    bucket = np.searchsorted(ends, wanted, side="right")
    flags = np.zeros(cells, dtype=np.bool_)
    flags[bucket] = True
    numbers = np.cumsum(flags, dtype=np.int64) - 1  # of the wanted buckets

    def candidates(_: int, part: _Part) -> tuple[Array, Array]:
        chosen = np.flatnonzero(gather(flags, part.keys))
        return numbers[part.keys[chosen]], part.values[chosen]

    found = map_morsels(candidates, parts, access.control)
    keys = np.concatenate([k for k, _ in found])
    values = np.concatenate([v for _, v in found])
    whole = values.dtype.kind == "i"
    control = access.control
    order = _sorted_integers if whole else _sorted_doubles
    values = order(control, keys, values)
    sizes = np.bincount(keys, minlength=int(numbers[-1]) + 1 if len(numbers) else 0)
    first = np.cumsum(sizes) - sizes
    before = np.where(bucket > 0, ends[bucket - 1], 0)
    return values[first[numbers[bucket]] + wanted - before].astype(np.float64)


def _sorted_doubles(control: Control, keys: Ints, values: Array) -> Array:
    return values[ordered(control, [keys, values])]


def _sorted_integers(control: Control, keys: Ints, values: Array) -> Array:
    """The values in the order of their keys, then their own: sorted as one number where that is
    possible, in the narrowest type."""
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
