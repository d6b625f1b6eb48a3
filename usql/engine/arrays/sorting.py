"""Sorting and numbering whole columns, in pieces between which the limits of a run are checked.

Columns up to the size that one call of numpy may sort are sorted by one call. Larger ones are
sorted piece by piece; then all pieces are cut at the same values, and the ranges between two cuts
are sorted together. So no call takes long, whatever the size, and each reserves its working memory.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.engine.arrays.stable_order import stable_order
from usql.engine.arrays.texts import Texts
from usql.engine.arrays.types import Array, Ints
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.store.compute import pc, taken
from usql.store.views import arrow_view
from usql.store.widths import unsigned

_SAMPLES = 64
"""Number of sampled values of each piece per cut, from which the cuts are chosen."""

_WORK = 48
"""Bytes of working memory per row that sorting needs."""

_WHAT = "an order"


def ordered(control: Control, columns: Sequence[Array], most: int | None = None) -> Ints:
    """The row numbers in the order of the first column, ties by the next, then by row; only the
    first ``most`` if given (``usql.engine.arrays.stable_order.stable_order``, in pieces)."""
    size = len(columns[0])
    piece, few = control.tuning.rows_sorted_at_once, control.tuning.few_rows_to_sort
    if size <= piece:
        control.check()
        return stable_order(columns, few, most)
    if most is not None and 0 < most < piece // 4:
        parts = [slice(i, min(i + piece, size)) for i in range(0, size, piece)]
        first = map_morsels(
            lambda _, part: stable_order([c[part] for c in columns], few, most) + part.start,
            parts,
            control,
        )
        candidates = np.concatenate(first)
        return candidates[ordered(control, [c[candidates] for c in columns], most)]
    with control.working(_WORK * size, _WHAT):
        bits = size.bit_length()
        key = _as_one(control, columns, 63 - bits)
        key <<= np.int64(bits)
        key |= np.arange(size, dtype=np.int64)
        key = ascending(control, key)
        key &= np.int64((1 << bits) - 1)
    return key[:most]


def numbered(control: Control, values: Array) -> tuple[Array, Ints]:
    """The distinct values, ascending, and for each value its number among them."""
    if len(values) <= control.tuning.rows_sorted_at_once:
        control.check()
        distinct, numbers = np.unique(values, return_inverse=True)
        return distinct, numbers
    with control.working(_WORK * len(values), _WHAT):
        sorted_values, rows = _with_rows(control, values)
        control.check()
        fresh = np.empty(len(sorted_values), dtype=np.bool_)
        fresh[0] = True
        np.not_equal(sorted_values[1:], sorted_values[:-1], out=fresh[1:])
        ranks = np.cumsum(fresh, dtype=np.int64)
        ranks -= 1
        control.check()
        numbers = np.empty(len(sorted_values), dtype=np.int64)
        numbers[rows] = ranks
        control.check()
        return sorted_values.compress(fresh), numbers


def numbered_below(control: Control, values: Ints, most: int) -> tuple[Ints, Ints]:
    """:func:`numbered` for numbers below ``most``: with a table if ``most`` is not much larger than
    the count of numbers. Those without a gap are their own numbers."""
    if most > _SPARSE * max(len(values), 1):
        return numbered(control, values)
    occurs = np.zeros(most, dtype=np.bool_)
    occurs[values] = True
    distinct = np.flatnonzero(occurs)
    if len(distinct) and distinct[-1] == len(distinct) - 1:
        return distinct, values
    ranks = np.cumsum(occurs, dtype=np.int64)
    ranks -= 1
    return distinct, ranks[values]


_SPARSE = 4
"""The largest size of a table of flags, per number."""


def numbered_first(control: Control, values: Ints) -> tuple[Ints, Ints]:
    """For each value its number among the distinct values, which are ascending, and for each
    distinct value a position at which it occurs."""
    low, high = int(values.min()), int(values.max())
    if high - low >= control.tuning.near_numbers:
        distinct, numbers = numbered(control, values)
        places = np.empty(len(distinct), dtype=np.int64)
    else:
        codes = values - low
        occurs = np.zeros(high - low + 1, dtype=np.bool_)
        occurs[codes] = True
        numbers = (np.cumsum(occurs) - 1)[codes]
        places = np.empty(int(np.count_nonzero(occurs)), dtype=np.int64)
    places[numbers] = np.arange(len(values))
    return numbers, places


def value_counts(control: Control, values: Array) -> tuple[Array, Ints]:
    """The distinct values, ascending, and the number of occurrences of each."""
    with control.working(_WORK * len(values), _WHAT):
        values = ascending(control, values.copy())
        fresh = (
            np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else values
        )
        first = fresh.astype(np.int64, copy=False)
        return values[first], np.diff(first, append=len(values))


def value_counts_below(control: Control, values: Ints, most: int) -> tuple[Array, Ints]:
    """:func:`value_counts` for numbers below ``most``: in a table if ``most`` is not much larger
    than their count, otherwise by sorting them in the narrowest type."""
    tuning = control.tuning
    if most > max(tuning.always_counted_pairs, _SPARSE * len(values)):
        return value_counts(control, values.astype(np.int32) if most <= 1 << 31 else values)
    step = max(tuning.rows_sorted_at_once, most)
    with control.working(2 * values.itemsize * most, _WHAT):
        every = np.zeros(most, dtype=np.int64)
        for first in range(0, len(values), step):
            control.check()
            every += np.bincount(values[first : first + step], minlength=most)
        distinct = np.flatnonzero(every)
        return distinct, every[distinct]


def order_of_runs(control: Control, values: Ints) -> Ints:
    """The order of whole numbers of which long runs ascend, as those of merged parts do; ties by
    place. Runs are merged, so that one call may take more of them than numbers without an order."""
    if len(values) <= _RUNS * control.tuning.rows_sorted_at_once:
        control.check()
        return values.argsort(kind="stable")
    return ordered(control, [values])


def merged_runs(control: Control, values: Ints) -> Ints:
    """Whole numbers of which long runs ascend, sorted, as ``values`` itself or as a new array;
    ``values`` is overwritten."""
    if len(values) <= _RUNS * control.tuning.rows_sorted_at_once:
        control.check()
        values.sort(kind="stable")
        return values
    with control.working(_WORK * len(values), _WHAT):
        return ascending(control, values)


_RUNS = 8
"""To merge a few runs takes about as long as to sort so many times fewer numbers."""


def ascending(control: Control, values: Array) -> Array:
    """The sorted values, as ``values`` itself or as a new array; ``values`` is overwritten."""
    size = control.tuning.rows_sorted_at_once
    if len(values) <= size:
        control.check()
        values.sort()
        return values

    def sort(_: int, part: Array) -> None:
        part.sort()

    pieces = [values[i : i + size] for i in range(0, len(values), size)]
    map_morsels(sort, pieces, control)
    merged = np.empty_like(values)

    def join(_: int, cut: tuple[Ints, Ints]) -> None:
        target = merged[int(cut[0].sum()) : int(cut[1].sum())]
        np.concatenate([p[a:b] for p, a, b in zip(pieces, *cut, strict=True)], out=target)
        target.sort()

    map_morsels(join, _cuts(pieces), control)
    return merged


def _with_rows(control: Control, values: Array) -> tuple[Array, Ints]:
    """The sorted values, and the row of each."""
    bits = len(values).bit_length()
    low, reach = _reach(values)
    if reach + bits <= 63:
        packed = values.astype(np.int64)
        packed -= low
        packed <<= np.int64(bits)
        packed |= np.arange(len(values), dtype=np.int64)
        packed = ascending(control, packed)
        control.check()
        rows = packed & np.int64((1 << bits) - 1)
        packed >>= np.int64(bits)
        packed += low
        return packed.astype(values.dtype, copy=False), rows
    size = control.tuning.rows_sorted_at_once
    pieces = [slice(i, i + size) for i in range(0, len(values), size)]

    def sort(_: int, part: slice) -> Ints:
        return values[part].argsort(kind="stable")

    orders = map_morsels(sort, pieces, control)
    sorted_pieces = [values[part][order] for part, order in zip(pieces, orders, strict=True)]
    numbers = [order + part.start for part, order in zip(pieces, orders, strict=True)]
    merged, rows = np.empty_like(values), np.empty(len(values), dtype=np.int64)

    def join(_: int, cut: tuple[Ints, Ints]) -> None:
        target = slice(int(cut[0].sum()), int(cut[1].sum()))
        joined = np.concatenate([p[a:b] for p, a, b in zip(sorted_pieces, *cut, strict=True)])
        order = joined.argsort(kind="stable")
        merged[target] = joined[order]
        rows[target] = np.concatenate([p[a:b] for p, a, b in zip(numbers, *cut, strict=True)])[
            order
        ]

    map_morsels(join, _cuts(sorted_pieces), control)
    return merged, rows


def _cuts(pieces: Sequence[Array]) -> list[tuple[Ints, Ints]]:
    """Where to cut sorted pieces so that all values between two cuts are below those after them:
    for each part, its beginning and end in each piece. There are as many parts as pieces, of about
    equal size unless values repeat."""
    count = len(pieces)
    step = max(len(pieces[0]) // (_SAMPLES * count), 1)
    sample = np.sort(np.concatenate([piece[::step] for piece in pieces]))
    pivots = sample[[len(sample) * i // count for i in range(1, count)]]
    edges = np.zeros((count + 1, count), dtype=np.int64)
    edges[-1] = [len(piece) for piece in pieces]
    edges[1:-1] = np.stack([piece.searchsorted(pivots) for piece in pieces], axis=1)
    return list(itertools.pairwise(edges))


def _as_one(control: Control, columns: Sequence[Array], room: int) -> Ints:
    """Several columns as one key of ``room`` bits with the same order: packed side by side,
    replaced by the numbers of their distinct values where they are too wide."""
    key, width = np.zeros(len(columns[0]), dtype=np.int64), 0
    for column in columns:
        codes, bits = _from_zero(control, column)
        if width + bits > 62:
            (key, width), (codes, bits) = (
                _ranked(control, key, width),
                _ranked(control, codes, bits),
            )
        key <<= np.int64(bits)
        key |= codes
        width += bits
    return key if width <= room else _ranked(control, key, width)[0]


def _from_zero(control: Control, column: Array) -> tuple[Ints, int]:
    """A column as numbers from 0, and their width in bits."""
    low, reach = _reach(column)
    if reach > 62:
        distinct, numbers = numbered(control, column)
        return numbers, len(distinct).bit_length()
    shifted = column.astype(np.int64)
    shifted -= low
    return shifted, reach


def _ranked(control: Control, key: Ints, bits: int) -> tuple[Ints, int]:
    """The key as numbers of its distinct values, if that takes fewer bits."""
    if bits <= len(key).bit_length():
        return key, bits
    distinct, numbers = numbered(control, key)
    return numbers, len(distinct).bit_length()


def _reach(values: Array) -> tuple[int, int]:
    """The smallest value, and the number of bits of the difference to the largest; for doubles more
    than any key has."""
    if values.dtype.kind == "f":
        return 0, 64
    low = int(values.min())
    return low, (int(values.max()) - low).bit_length()


# --- texts ----------------------------------------------------------------------------------------


def numbered_texts(control: Control, parts: Sequence[pa.Array]) -> tuple[pa.Array, Ints]:
    """The distinct texts of several arrays, ascending, and for each text of all arrays its number.
    Each part is small enough to be sorted in one call."""
    if _ascend(parts):
        return _joined(parts), np.arange(sum(map(len, parts)), dtype=np.int64)
    encoded = []
    for part in parts:
        control.check()
        encoded.append(_encoded(part))
    if len(encoded) == 1:
        return encoded[0]
    texts, numbers = merged_texts(control, [texts for texts, _ in encoded], len(encoded))
    return texts, np.concatenate(
        [table[codes] for table, (_, codes) in zip(numbers, encoded, strict=True)]
    )


def merged_texts(
    control: Control, parts: Sequence[pa.Array], count: int
) -> tuple[pa.Array, list[Ints]]:
    """The distinct texts of ascending arrays, ascending, and for each array the numbers of its
    texts. They are merged in ``count`` pieces."""
    kind = unsigned(sum(map(len, parts)))
    numbers: list[Array] = [np.empty(len(texts), dtype=kind) for texts in parts]
    pieces: list[pa.Array] = []
    texts_before = 0
    for cut in _text_cuts(parts, count):
        control.check()
        inside = [texts[a:b] for texts, (a, b) in zip(parts, cut, strict=True)]
        merged, codes = _encoded(pa.concat_arrays(inside))
        ends = np.cumsum([b - a for a, b in cut])[:-1]
        for target, (a, b), part in zip(numbers, cut, np.split(codes, ends), strict=True):
            target[a:b] = part + texts_before
        pieces.append(merged)
        texts_before += len(merged)
    return _joined(pieces), numbers


def _encoded(texts: pa.Array) -> tuple[pa.Array, Ints]:
    """:func:`numbered_texts` of one array, in a few calls."""
    encoded = pc.dictionary_encode(texts)
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return taken(encoded.dictionary, arrow_view(order)), places[encoded.indices.to_numpy()]


def _ascend(parts: Sequence[pa.Array]) -> bool:
    """Whether every text is greater than the one before it."""
    edges = [part[-1].as_py() < after[0].as_py() for part, after in itertools.pairwise(parts)]
    return all(edges) and all(
        pc.all(pc.less(part[:-1], part[1:])).as_py() is not False for part in parts
    )


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


_TEXT_SAMPLES = 16
"""Number of sampled texts of each array per cut, from which the cuts are chosen."""


def _text_cuts(parts: Sequence[pa.Array], count: int) -> list[list[tuple[int, int]]]:
    """Where to cut ascending arrays at the same texts into ``count`` pieces: for each piece, its
    beginning and end in each array (:func:`_cuts`)."""
    sample: list[str] = []
    for part in parts:
        step = max(len(part) // (_TEXT_SAMPLES * count), 1)
        sample += taken(part, arrow_view(np.arange(0, len(part), step))).to_pylist()
    sample.sort()
    pivots = [sample[len(sample) * i // count] for i in range(1, count)]
    edges = [
        [0, *(bisect.bisect_left(Texts(part), pivot) for pivot in pivots), len(part)]
        for part in parts
    ]
    return [[of_part[i : i + 2] for of_part in edges] for i in range(count)]  # type: ignore[misc]
