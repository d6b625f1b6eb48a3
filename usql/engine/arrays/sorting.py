"""Order and numbers of whole columns, in pieces between which the limits of a run are looked at.

Up to ``_PIECE`` rows go through one call of numpy. More are sorted piece by piece; then all pieces are
cut at the same values, and what lies between two cuts is sorted together. So no call takes long,
whatever the size, and each reserves what it works on.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.engine.arrays.kernels import (
    Array,
    Bools,
    Ints,
    group_extremes,
    stable_order,
)
from usql.engine.arrays.texts import Texts
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.store.compute import pc, taken
from usql.store.views import plain

_PIECE = 1 << 19
"""Rows that are sorted in one call."""

_SAMPLES = 64
"""Values of each piece among which the cuts are chosen, per cut."""

_WORK = 48
"""Bytes a row that sorting works on."""

_WHAT = "an order"


def ordered(control: Control, columns: Sequence[Array], most: int | None = None) -> Ints:
    """The row numbers in the order of the first column, ties by the next, then by row; only the
    first ``most`` if given (``usql.engine.arrays.kernels.stable_order``, in pieces)."""
    size = len(columns[0])
    if size <= _PIECE:
        control.check()
        return stable_order(columns, most)
    if most is not None and 0 < most < _PIECE // 4:
        parts = [slice(i, min(i + _PIECE, size)) for i in range(0, size, _PIECE)]
        first = map_morsels(
            lambda _, part: stable_order([c[part] for c in columns], most) + part.start,
            parts,
            control,
        )
        found = np.concatenate(first)
        return found[ordered(control, [c[found] for c in columns], most)]
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
    if len(values) <= _PIECE:
        control.check()
        distinct, numbers = np.unique(values, return_inverse=True)
        return distinct, numbers
    with control.working(_WORK * len(values), _WHAT):
        found, rows = _with_rows(control, values)
        fresh = np.empty(len(found), dtype=np.bool_)
        fresh[0] = True
        np.not_equal(found[1:], found[:-1], out=fresh[1:])
        ranks = np.cumsum(fresh, dtype=np.int64)
        ranks -= 1
        numbers = np.empty(len(found), dtype=np.int64)
        numbers[rows] = ranks
        return found.compress(fresh), numbers


_NEAR = 1 << 17
"""Numbers that lie within so many of each other are numbered by a table."""


def numbered_first(control: Control, values: Ints) -> tuple[Ints, Ints]:
    """For each value its number among the distinct ones, which ascend, and for each of these a place
    where it stands."""
    low, high = int(values.min()), int(values.max())
    if high - low >= _NEAR:
        distinct, numbers = numbered(control, values)
        places = np.empty(len(distinct), dtype=np.int64)
    else:
        codes = values - low
        seen = np.zeros(high - low + 1, dtype=np.bool_)
        seen[codes] = True
        numbers = (np.cumsum(seen) - 1)[codes]
        places = np.empty(int(np.count_nonzero(seen)), dtype=np.int64)
    places[numbers] = np.arange(len(values))
    return numbers, places


def counted(control: Control, values: Array) -> tuple[Array, Ints]:
    """The distinct values, ascending, and how often each occurs."""
    with control.working(_WORK * len(values), _WHAT):
        found = ascending(control, values.copy())
        fresh = np.flatnonzero(np.append(True, found[1:] != found[:-1])) if len(found) else found
        first = fresh.astype(np.int64, copy=False)
        return found[first], np.diff(first, append=len(found))


def ascending(control: Control, values: Array) -> Array:
    """The values in order, as ``values`` itself or as a new array; ``values`` is overwritten."""
    if len(values) <= _PIECE:
        control.check()
        values.sort()
        return values

    def sort(_: int, part: Array) -> None:
        part.sort()

    pieces = [values[i : i + _PIECE] for i in range(0, len(values), _PIECE)]
    map_morsels(sort, pieces, control)
    made = np.empty_like(values)

    def join(_: int, cut: tuple[Ints, Ints]) -> None:
        own = made[int(cut[0].sum()) : int(cut[1].sum())]
        np.concatenate([p[a:b] for p, a, b in zip(pieces, *cut, strict=True)], out=own)
        own.sort()

    map_morsels(join, _cuts(pieces), control)
    return made


def merged_extremes(
    a: tuple[Array, Bools], b: tuple[Array, Bools], largest: bool
) -> tuple[Array, Bools]:
    """The extremes of two parts, each with which groups have one."""
    better = np.maximum(a[0], b[0]) if largest else np.minimum(a[0], b[0])
    values = np.where(a[1] & b[1], better, np.where(a[1], a[0], b[0]))
    return values, a[1] | b[1]


def extremes_by_group(
    control: Control, ids: Ints, values: Array, count: int, largest: bool
) -> tuple[Array, Bools]:
    """The smallest or largest value per group, and which groups have one
    (``usql.engine.arrays.kernels.group_extremes``, in pieces)."""
    step = max(_PIECE, count)
    parts = [slice(i, i + step) for i in range(0, max(len(ids), 1), step)]
    known: tuple[Array, Bools] | None = None
    for part in parts:
        control.check()
        found = group_extremes(ids[part], values[part], count, largest)
        known = found if known is None else merged_extremes(known, found, largest)
    assert known is not None
    return known


def _with_rows(control: Control, values: Array) -> tuple[Array, Ints]:
    """The values in order, and the row of each."""
    bits = len(values).bit_length()
    low, reach = _reach(values)
    if reach + bits <= 63:
        packed = values.astype(np.int64)
        packed -= low
        packed <<= np.int64(bits)
        packed |= np.arange(len(values), dtype=np.int64)
        packed = ascending(control, packed)
        rows = packed & np.int64((1 << bits) - 1)
        packed >>= np.int64(bits)
        packed += low
        return packed.astype(values.dtype, copy=False), rows
    pieces = [slice(i, i + _PIECE) for i in range(0, len(values), _PIECE)]

    def sort(_: int, part: slice) -> Ints:
        return values[part].argsort(kind="stable")

    orders = map_morsels(sort, pieces, control)
    held = [values[part][order] for part, order in zip(pieces, orders, strict=True)]
    numbers = [order + part.start for part, order in zip(pieces, orders, strict=True)]
    found, rows = np.empty_like(values), np.empty(len(values), dtype=np.int64)

    def join(_: int, cut: tuple[Ints, Ints]) -> None:
        own = slice(int(cut[0].sum()), int(cut[1].sum()))
        joined = np.concatenate([p[a:b] for p, a, b in zip(held, *cut, strict=True)])
        order = joined.argsort(kind="stable")
        found[own] = joined[order]
        rows[own] = np.concatenate([p[a:b] for p, a, b in zip(numbers, *cut, strict=True)])[order]

    map_morsels(join, _cuts(held), control)
    return found, rows


def _cuts(pieces: Sequence[Array]) -> list[tuple[Ints, Ints]]:
    """Where to cut sorted pieces so that what lies between two cuts is below what follows: per
    part, where it begins and where it ends in each piece. As many parts as there are pieces, of
    about one size unless values repeat."""
    count = len(pieces)
    step = max(len(pieces[0]) // (_SAMPLES * count), 1)
    sample = np.sort(np.concatenate([piece[::step] for piece in pieces]))
    pivots = sample[[len(sample) * i // count for i in range(1, count)]]
    edges = np.zeros((count + 1, count), dtype=np.int64)
    edges[-1] = [len(piece) for piece in pieces]
    edges[1:-1] = np.stack([piece.searchsorted(pivots) for piece in pieces], axis=1)
    return list(itertools.pairwise(edges))


def _as_one(control: Control, columns: Sequence[Array], room: int) -> Ints:
    """Columns as one key of ``room`` bits that orders as they do one after the other: packed side by
    side, as the numbers of their distinct values where they are too wide."""
    key, used = np.zeros(len(columns[0]), dtype=np.int64), 0
    for column in columns:
        own, bits = _from_zero(control, column)
        if used + bits > 62:
            (key, used), (own, bits) = _ranked(control, key, used), _ranked(control, own, bits)
        key <<= np.int64(bits)
        key |= own
        used += bits
    return key if used <= room else _ranked(control, key, used)[0]


def _from_zero(control: Control, column: Array) -> tuple[Ints, int]:
    """A column as numbers from 0 on, of so many bits."""
    low, reach = _reach(column)
    if reach > 62:
        distinct, numbers = numbered(control, column)
        return numbers, len(distinct).bit_length()
    own = column.astype(np.int64)
    own -= low
    return own, reach


def _ranked(control: Control, key: Ints, bits: int) -> tuple[Ints, int]:
    """The key as numbers of its distinct values, where that takes fewer bits."""
    if bits <= len(key).bit_length():
        return key, bits
    distinct, numbers = numbered(control, key)
    return numbers, len(distinct).bit_length()


def _reach(values: Array) -> tuple[int, int]:
    """The smallest value, and the bits of all between it and the largest; of doubles more than any
    key has."""
    if values.dtype.kind == "f":
        return 0, 64
    low = int(values.min())
    return low, (int(values.max()) - low).bit_length()


# --- texts ----------------------------------------------------------------------------------------


def numbered_texts(control: Control, parts: Sequence[pa.Array]) -> tuple[pa.Array, Ints]:
    """The distinct texts of arrays one after the other, ascending, and for each text its number.
    Parts are of a size that may be sorted in one call."""
    if _ascend(parts):
        return _joined(parts), np.arange(sum(map(len, parts)), dtype=np.int64)
    encoded = []
    for part in parts:
        control.check()
        encoded.append(_encoded(part))
    if len(encoded) == 1:
        return encoded[0]
    numbers = [np.empty(len(texts), dtype=np.int64) for texts, _ in encoded]
    made: list[pa.Array] = []
    count = 0
    for cut in _text_cuts([texts for texts, _ in encoded]):
        control.check()
        inside = [texts[a:b] for (texts, _), (a, b) in zip(encoded, cut, strict=True)]
        own, found = _encoded(pa.concat_arrays(inside))
        ends = np.cumsum([b - a for a, b in cut])[:-1]
        for target, (a, b), part in zip(numbers, cut, np.split(found, ends), strict=True):
            target[a:b] = part + count
        made.append(own)
        count += len(own)
    return _joined(made), np.concatenate(
        [table[codes] for table, (_, codes) in zip(numbers, encoded, strict=True)]
    )


def _encoded(texts: pa.Array) -> tuple[pa.Array, Ints]:
    """:func:`numbered_texts` of one array, in a few calls."""
    found = pc.dictionary_encode(texts)
    order = pc.array_sort_indices(found.dictionary).to_numpy()
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return taken(found.dictionary, plain(order)), places[found.indices.to_numpy()]


def _ascend(parts: Sequence[pa.Array]) -> bool:
    """Whether every text is above the one before it."""
    edges = [part[-1].as_py() < after[0].as_py() for part, after in itertools.pairwise(parts)]
    return all(edges) and all(
        pc.all(pc.less(part[:-1], part[1:])).as_py() is not False for part in parts
    )


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


_TEXT_SAMPLES = 16
"""Texts of each array among which the cuts are chosen, per cut."""


def _text_cuts(parts: Sequence[pa.Array]) -> list[list[tuple[int, int]]]:
    """Where to cut ascending arrays at the same texts, as many cuts as arrays: per cut, where it
    begins and ends in each (:func:`_cuts`)."""
    count = len(parts)
    sample: list[str] = []
    for part in parts:
        step = max(len(part) // (_TEXT_SAMPLES * count), 1)
        sample += taken(part, plain(np.arange(0, len(part), step))).to_pylist()
    sample.sort()
    pivots = [sample[len(sample) * i // count] for i in range(1, count)]
    edges = [
        [0, *(bisect.bisect_left(Texts(part), pivot) for pivot in pivots), len(part)]
        for part in parts
    ]
    return [[own[i : i + 2] for own in edges] for i in range(count)]  # type: ignore[misc]
