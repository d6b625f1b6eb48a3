"""Array idioms of the engine: short functions over numpy and Arrow arrays, each with shapes and cost.

Names used throughout: ``offsets`` is int64 of length n + 1 and cuts an array of entries into n
runs; ``ids`` numbers groups 0 … count - 1. Costs are of one core, in nanoseconds a row, for arrays
in cache; they call for blocks of some hundred thousand rows and for buffers that are used again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.store.compute import TakeOptions, pc
from usql.store.widths import unsigned

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

# --- buffers and views ----------------------------------------------------------------------------

_SCRATCH = threading.local()
_MOST_SCRATCH = 1 << 22


def scratch(name: str, kind: Any, size: int) -> Array:
    """An uninitialised array that the thread uses again for the same name: fresh large arrays
    cost page faults. What is in it ends with the next call for the name."""
    held: dict[str, Array] = _SCRATCH.__dict__
    known = held.get(name)
    wanted = np.dtype(kind)
    if known is None or known.dtype != wanted or len(known) < size:
        known = np.empty(size, dtype=wanted)
        if size <= _MOST_SCRATCH:
            held[name] = known
    return known[:size]


_ARROW_TYPES = {
    np.dtype(kind): pa.from_numpy_dtype(kind) for kind in "i1 i2 i4 i8 u1 u2 u4 u8 f4 f8".split()
} | {np.dtype(np.bool_): pa.uint8()}
_UNCHECKED = TakeOptions(boundscheck=False)


def as_arrow(values: Array) -> pa.Array:
    """A contiguous array of numbers as an Arrow array, without a copy; bools as bytes."""
    buffers = [None, pa.py_buffer(values)]
    return pa.Array.from_buffers(_ARROW_TYPES[values.dtype], len(values), buffers)


def gather(values: Array, places: Array) -> Array:
    """``values[places]`` for places that are known to be inside. Arrow's take without a check of
    bounds costs 0.3 to 0.7 ns a row, numpy's 1 to 3; below some thousand rows numpy starts
    faster."""
    if len(places) < 4096 or not values.flags.c_contiguous or not places.flags.c_contiguous:
        return values.take(places, mode="clip") if len(values) else values[places]
    taken = pc.array_take(as_arrow(values), as_arrow(places), options=_UNCHECKED)
    return np.frombuffer(taken.buffers()[1], dtype=values.dtype, count=len(places))


def text_offsets(texts: pa.Array) -> Array:
    """Where each text of a string array begins in its bytes, and where the last one ends."""
    whole = np.frombuffer(texts.buffers()[1], dtype=np.int32)
    return whole[texts.offset : texts.offset + len(texts) + 1]


def gather_texts(texts: pa.Array, width: int, places: Array) -> pa.Array:
    """``texts.take(places)`` of texts that all have ``width`` bytes: one look a row instead of
    three, each of which may miss the cache."""
    first = int(text_offsets(texts)[0])
    whole = np.frombuffer(texts.buffers()[2], dtype=np.uint8)
    items = whole[first : first + width * len(texts)].view(f"V{width}")
    taken = items.take(places, mode="clip")
    offsets = np.arange(0, width * (len(places) + 1), width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(taken)]
    return pa.Array.from_buffers(pa.string(), len(places), buffers)


_LANES: dict[int, Array] = {}


def lane_bits(cells: int, rows: int) -> int:
    """How many further bits a cell number should get, so that neighbouring rows of one cell do
    not wait for each other's addition; 0 where cells are many anyway, or rows few."""
    if rows < 4096:
        return 0
    return 3 if cells <= 2000 else 2 if cells <= 2500 else 0


def lane_numbers(size: int, bits: int) -> Array:
    """0, 1, … 2**bits - 1 over and over, as bytes."""
    known = _LANES.get(bits)
    if known is None or len(known) < size:
        known = np.resize(np.arange(1 << bits, dtype=np.uint8), max(size, 1 << 17))
        _LANES[bits] = known
    return known[:size]


def places_of(mask: Bools, hits: int) -> Ints:
    """The places where the mask holds, ascending; ``hits`` says how many. 0.5 ns a row where many
    hold and in cache, 0.1 where few do; of many rows Arrow's filter is best where few to some do."""
    if hits * 10 > len(mask) or len(mask) < _MANY_PLACES:
        return np.flatnonzero(mask)
    bits = pa.py_buffer(np.packbits(mask, bitorder="little"))
    fits = pa.Array.from_buffers(pa.bool_(), len(mask), [None, bits])
    found = pc.array_filter(_counting(len(mask)), fits)
    return found.to_numpy().astype(np.int64)


_MANY_PLACES = 1 << 18
"""Rows for which Arrow's filter is worth its start."""

_COUNTING = [as_arrow(np.arange(1 << 16, dtype=np.int32))]


def _counting(size: int) -> pa.Array:
    """0, 1, … size - 1."""
    if len(_COUNTING[0]) < size:
        _COUNTING[0] = as_arrow(np.arange(1 << (size - 1).bit_length(), dtype=np.int32))
    return _COUNTING[0][:size]


def _as_words(mask: Bools) -> Array:
    """The mask as 64-bit words, the first row in the lowest bit, with an empty word behind."""
    words = scratch("words", np.uint64, (len(mask) >> 6) + 2)
    words[-2:] = 0
    packed = np.packbits(mask, bitorder="little")
    words.view(np.uint8)[: len(packed)] = packed
    return words


def few_places(mask: Bools) -> Ints | None:
    """The places where a mask holds, ascending, if these are few: looked for in the eights of rows
    in which any fits, 0.15 ns a row in cache. ``None`` if they are many."""
    words = mask[: len(mask) & ~7].view(np.uint64)
    filled = np.not_equal(words, 0, out=scratch("filled", np.bool_, len(words)))
    if int(np.count_nonzero(filled)) * 512 > len(mask):
        return None
    eights = np.flatnonzero(filled)
    inside = np.flatnonzero(words[eights].view(np.bool_))
    places = (eights[inside >> 3] << 3) + (inside & 7)
    rest = np.flatnonzero(mask[len(words) * 8 :])
    return np.concatenate((places, rest + len(words) * 8)) if len(rest) else places


def fill_where_not(ids: Array, mask: Bools, value: int) -> None:
    """Set unsigned ``ids`` to ``value`` where the mask does not hold: by arithmetic, since a masked
    copy stumbles over every change of the mask (0.5 instead of 5 ns a row)."""
    np.multiply(ids, mask, out=ids)
    others = np.logical_not(mask).view(np.uint8).astype(ids.dtype)
    others *= ids.dtype.type(value)
    ids += others


# --- runs -----------------------------------------------------------------------------------------


def any_in_run(
    mask: Bools, offsets: Ints, first: int = 0, owners: Array | None = None, start: int = 0
) -> Bools:
    """Per run, whether some entry is set; the mask begins at entry ``first``. Of few hits each
    finds its run, in ``owners`` where the numbers of the runs of the entries are known, the first
    being ``start``. Else the mask is packed to bits with a running count per 64-bit word; a run has
    a hit exactly if the count differs at its ends: 0.1 ns an entry and 6 ns a run, without a
    gather of entries."""
    places = few_places(mask)
    if places is not None:
        found = np.zeros(len(offsets) - 1, dtype=np.bool_)
        if owners is None:
            found[np.searchsorted(offsets, places + first, side="right") - 1] = True
        else:
            found[owners[places] - np.int64(start)] = True
        return found
    words = _as_words(mask)
    ranks = np.zeros(len(words), dtype=np.int64)
    np.cumsum(np.bitwise_count(words[:-1]), out=ranks[1:])
    runs = len(offsets)
    place = np.subtract(offsets, first, out=scratch("run_place", np.int64, runs))
    word = np.right_shift(place, 6, out=scratch("run_word", np.int64, runs))
    place &= 63
    below = np.left_shift(np.uint64(1), place.view(np.uint64), out=place.view(np.uint64))
    below -= np.uint64(1)
    below &= gather(words, word)
    at = gather(ranks, word) + np.bitwise_count(below)
    return at[1:] != at[:-1]


def run_ids(offsets: Ints) -> Ints:
    """For every entry the number of its run."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def run_sums(values: Array, offsets: Ints) -> Array:
    """Per run the sum of its entries: of integers exact in int64 (the caller knows that they fit),
    of doubles added entry by entry. 1.3 ns an integer entry, 5 a double."""
    if values.dtype.kind == "f":
        sums = np.zeros(len(offsets) - 1, dtype=np.float64)
        filled = offsets[1:] > offsets[:-1]
        if len(values):
            sums[filled] = np.add.reduceat(values, offsets[:-1][filled])
        return sums
    totals = scratch("run_sums", np.int64, len(values) + 1)
    totals[0] = 0
    np.cumsum(values, dtype=np.int64, out=totals[1:])
    return np.diff(gather(totals, offsets))


def run_extremes(values: Array, offsets: Ints, largest: bool) -> tuple[Array, Bools]:
    """Per run the smallest or largest entry, and which runs have one."""
    filled = offsets[1:] > offsets[:-1]
    found = np.zeros(len(filled), dtype=values.dtype)
    if len(values):
        ufunc = np.maximum if largest else np.minimum
        found[filled] = ufunc.reduceat(values, offsets[:-1][filled])
    return found, filled


def distinct_in_runs(owners: Array, codes: Array, span: int) -> tuple[Array, Array]:
    """The distinct (owner, code) pairs, ordered by owner, then code: ``(owners, codes)``. Owners
    ascend, codes are below ``span``. Owner and code are sorted as one unsigned key, of 32 bit where
    that holds both: 5 ns a row, less where neighbours repeat."""
    if not len(owners):
        return owners, codes
    first = owners[0]
    bits = max(span - 1, 0).bit_length()
    wide = (int(owners[-1]) - int(first)).bit_length() + bits > 32
    kind = np.uint64 if wide else np.uint32
    keys: Array = np.empty(len(owners), dtype=kind)
    np.subtract(owners, first, out=keys, casting="unsafe")
    np.left_shift(keys, kind(bits), out=keys)
    # numpy knows no bitwise operation of uint64 and a signed type.
    bare = codes.astype(kind) if codes.dtype.kind == "i" else codes
    np.bitwise_or(keys, bare, out=keys, casting="unsafe")
    keys = without_repeats(keys)
    keys.sort()
    keys = without_repeats(keys)
    mask = kind((1 << bits) - 1)
    found = (keys >> kind(bits)).astype(owners.dtype)
    found += first
    return found, (keys & mask).astype(codes.dtype)


def without_repeats(keys: Array) -> Array:
    """The entries that differ from the one before them."""
    fresh = scratch("without_repeats", np.bool_, len(keys))
    fresh[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    return keys if fresh.all() else keys.compress(fresh)


def flags_in_rows(table: Bools) -> Ints:
    """How many flags are set in each row of a table whose width is a multiple of 64: 0.05 ns a
    flag."""
    words = np.packbits(table.reshape(-1)).view(np.uint64)
    per_row = np.bitwise_count(words).reshape(len(table), table.shape[1] // 64)
    return per_row.sum(axis=1, dtype=np.int64)


def offsets_of(ids: Ints, count: int) -> Ints:
    """The offsets of runs whose entries carry ascending ``ids``."""
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ids, minlength=count), out=offsets[1:])
    return offsets


def dense(numbers: Ints) -> tuple[Ints, Ints]:
    """Number the distinct values: ``(distinct ascending, id per row)``."""
    return np.unique(numbers, return_inverse=True)


def narrow_unsigned(codes: Array, most: int) -> Array:
    """The codes in the narrowest unsigned type that holds ``most``."""
    kind = unsigned(most)
    if kind is np.uint64:
        raise OverflowError(f"{most} distinct values are more than a dictionary holds")
    return codes.astype(kind, copy=False)


# --- group aggregates: one result per group, over valid rows only -----------------------------


EXACT = 2**53
"""Doubles hold every integer below it."""


def group_extremes(ids: Ints, values: Array, count: int, largest: bool) -> tuple[Array, Bools]:
    """The smallest or largest value per group, and which groups have one. 8 to 20 ns a row."""
    order = stable_order([ids])
    ufunc = np.maximum if largest else np.minimum
    found = np.bincount(ids, minlength=count) > 0
    return _reduce_sorted(ufunc, ids[order], values[order], count, 0), found


def _reduce_sorted(ufunc: np.ufunc, ids: Ints, values: Array, count: int, empty: int) -> Array:
    out = np.full(count, empty, dtype=values.dtype)
    if len(ids):
        starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
        out[ids[starts]] = ufunc.reduceat(values, starts)
    return out


def weighted_quantiles(
    values: Array, weights: Ints, sizes: Ints, share: float
) -> tuple[Array, Bools]:
    """The ``share`` quantile (0 … 1) per group, linear between neighbours, as doubles. Value i
    counts ``weights[i]`` times; values stand group by group, ascending in each, and group g has
    ``sizes[g]`` of them, each as often as it counts."""
    found = sizes > 0
    starts = (np.cumsum(sizes) - sizes)[found]
    place = share * (sizes[found] - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, sizes[found] - 1)
    ends = np.cumsum(weights)
    first, second = (
        values[np.searchsorted(ends, starts + at, side="right")].astype(np.float64)
        for at in (below, above)
    )
    out = np.zeros(len(sizes), dtype=np.float64)
    out[found] = interpolated(first, second, place - below)
    return out, found


def interpolated(first: Array, second: Array, weight: Array) -> Array:
    """Between two doubles, linear. Equal neighbours (infinities too) need no step between them;
    between infinities of both signs there is no number, NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.where(first == second, 0.0, second - first)
        found = first + np.where(weight == 0, 0.0, apart * weight)
        wide = np.isinf(apart) & (weight != 0)
        if wide.any():  # no double holds the step
            found[wide] = (first * (1 - weight) + second * weight)[wide]
        return found


# --- arithmetic: nulls where there is no answer ---------------------------------------------------


def calculate_integers(op: str, a: Ints, b: Ints) -> tuple[Ints, Bools]:
    """``a op b`` in 64 bits for ``+ - * %``, and where it has a value: overflow and ``% 0`` do not."""
    with np.errstate(over="ignore", divide="ignore"):
        if op == "+":
            result = a + b
            return result, ((a ^ result) & (b ^ result)) >= 0
        if op == "-":
            result = a - b
            return result, ((a ^ b) & (a ^ result)) >= 0
        if op == "*":
            result = a * b
            # A product that wrapped does not divide back; the one case where the division itself
            # would overflow is the smallest integer by -1.
            smallest = np.iinfo(np.int64).min
            wraps = (a == -1) & (b == smallest) | (b == -1) & (a == smallest)
            divisor = np.where((a == 0) | wraps, 1, a)
            fits = (a == 0) | (result // divisor == b) & (result % divisor == 0)
            return result, fits & ~wraps
        safe = np.where((b == 0) | (b == -1), 1, b)
        return np.fmod(a, safe), b != 0


def calculate_doubles(op: str, a: Array, b: Array) -> tuple[Array, Bools]:
    """``a op b`` as doubles. Division by zero, and finite operands whose result leaves the range
    of doubles, have no value."""
    with np.errstate(all="ignore"):
        if op == "+":
            result = a + b
        elif op == "-":
            result = a - b
        elif op == "*":
            result = a * b
        elif op == "/":
            result = a / b
        else:
            result = np.fmod(a, b)
    has_value = np.isfinite(result) | ~(np.isfinite(a) & np.isfinite(b))
    if op in ("/", "%"):
        has_value &= b != 0
    has_value &= ~np.isnan(result)
    return np.where(has_value, result, 0.0), has_value


def round_half_up(values: Array) -> tuple[Ints, Bools]:
    """The nearest integers, halves up; no value outside of 64 bits."""
    with np.errstate(invalid="ignore"):  # infinities
        floor = np.floor(values)
        rounded = floor + (values - floor >= 0.5)
    fits = (rounded >= -(2.0**63)) & (rounded < 2.0**63)
    return np.where(fits, rounded, 0).astype(np.int64), fits


# --- order ------------------------------------------------------------------------------------------


def descending(keys: Array) -> Array:
    """Keys whose ascending order is the descending order of ``keys``, without overflow."""
    return -keys if keys.dtype.kind == "f" else ~keys


_FEW_TO_SORT = 1 << 10
"""Rows that are sorted before their keys are packed."""


def stable_order(columns: Sequence[Array], most: int | None = None) -> Ints:
    """The row numbers in the order of the first column, ties by the next, then by row; only the
    first ``most`` if given. Columns of integers and flags that fit 63 bits together with the row
    number are sorted as one packed key (5 to 10 ns a row, 3 for a few first ones); others, and few
    rows, go through ``lexsort``."""
    size = len(columns[0])
    if size <= _FEW_TO_SORT:
        return np.lexsort(columns[::-1])[:most]
    if most is not None and 0 < most < size // 4:
        found = _first_candidates(columns, most)
        if len(found) < size:
            return found[stable_order([c[found] for c in columns])[:most]]
    bits = max(size - 1, 0).bit_length()
    packed = _packed(columns, bits)
    if packed is None:
        return np.lexsort(columns[::-1])[:most]
    packed <<= np.int64(bits)
    packed |= np.arange(size, dtype=np.int64)
    packed.sort()
    packed &= (np.int64(1) << np.int64(bits)) - np.int64(1)
    return packed[:most]


def _first_candidates(columns: Sequence[Array], most: int) -> Ints:
    """Rows among which the first ``most`` are, ascending: by the first column that does not tie
    for all of them."""
    for column in columns:
        threshold = np.partition(column, most - 1)[most - 1]
        if threshold != column.max():
            return np.flatnonzero(column <= threshold)
        if threshold != column.min():
            break  # some are surely before the ones that tie
    return np.arange(len(columns[0]), dtype=np.int64)


def _packed(columns: Sequence[Array], room: int) -> Array | None:
    """Columns as one int64 key that leaves ``room`` bits free; ``None`` where they do not fit."""
    packed: Array | None = None
    used = room
    for column in columns:
        if column.dtype.kind == "f":
            return None
        low, high = int(column.min()), int(column.max())
        bits = (high - low).bit_length()
        used += bits
        if used > 63:
            return None
        if bits:
            shifted = column.astype(np.int64)
            shifted -= low
            if packed is None:
                packed = shifted
            else:
                packed <<= np.int64(bits)
                packed |= shifted
    return np.zeros(len(columns[0]), dtype=np.int64) if packed is None else packed
