"""Array idioms of the engine: short functions over numpy arrays, each with shapes and cost.

Names used throughout: ``offsets`` is int64 of length n + 1 and cuts an array of entries into n
runs; ``ids`` numbers groups 0 … count - 1, an int64 per row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]


def any_in_run(mask: Bools, offsets: Ints) -> Bools:
    """Per run, whether some entry is set. One pass over the entries, no gather: the running
    count at both ends of a run differs exactly if the run has a hit."""
    ranks = np.zeros(len(mask) + 1, dtype=np.int32 if len(mask) < 2**31 else np.int64)
    np.cumsum(mask, out=ranks[1:])
    at = ranks[offsets]
    return at[1:] != at[:-1]


def run_ids(offsets: Ints) -> Ints:
    """For every entry the number of its run."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def offsets_of(ids: Ints, count: int) -> Ints:
    """The offsets of runs whose entries carry ascending ``ids``."""
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ids, minlength=count), out=offsets[1:])
    return offsets


def dense(numbers: Ints) -> tuple[Ints, Ints]:
    """Number the distinct values: ``(distinct ascending, id per row)``."""
    return np.unique(numbers, return_inverse=True)


def distinct_pairs(ids: Ints, codes: Ints, span: int) -> tuple[Ints, Ints]:
    """The distinct (id, code) pairs, ordered by id, then code; codes are below ``span``."""
    pairs = np.unique(ids * span + codes)
    return pairs // span, pairs % span


def narrow_unsigned(codes: Array, most: int) -> Array:
    """The codes in the narrowest unsigned type that holds ``most``."""
    for kind in (np.uint8, np.uint16, np.uint32):
        if most <= np.iinfo(kind).max:
            return codes.astype(kind, copy=False)
    raise OverflowError(f"{most} distinct values are more than a dictionary holds")


# --- group aggregates: one result per group, over valid rows only -----------------------------


def group_sums_exact(ids: Ints, values: Ints, count: int) -> Ints:
    """Integer sums per group. Raises :class:`OverflowError` when one leaves 64 bits.

    Doubles add integers exactly below 2**53, so the fast path is one weighted count."""
    if not len(values):
        return np.zeros(count, dtype=np.int64)
    largest = max(abs(int(values.max())), abs(int(values.min())))
    if largest * len(values) < 2**53:
        return np.bincount(ids, weights=values, minlength=count).astype(np.int64)
    high, low = values >> 32, values & 0xFFFFFFFF
    totals = [
        int(h) * 2**32 + int(w)
        for h, w in zip(_split_sums(ids, high, count), _split_sums(ids, low, count), strict=True)
    ]
    if any(not -(2**63) <= t < 2**63 for t in totals):
        raise OverflowError
    return np.array(totals, dtype=np.int64)


def _split_sums(ids: Ints, half: Ints, count: int) -> Ints:
    """Sums of 32-bit halves: they stay within 64 bits for any number of rows that fits memory."""
    order = np.argsort(ids, kind="stable")
    return _reduce_sorted(np.add, ids[order], half[order], count, 0)


def group_extremes(ids: Ints, values: Array, count: int, largest: bool) -> tuple[Array, Bools]:
    """The smallest or largest value per group, and which groups have one."""
    order = np.argsort(ids, kind="stable")
    ufunc = np.maximum if largest else np.minimum
    found = np.bincount(ids, minlength=count) > 0
    return _reduce_sorted(ufunc, ids[order], values[order], count, 0), found


def _reduce_sorted(ufunc: np.ufunc, ids: Ints, values: Array, count: int, empty: int) -> Array:
    out = np.full(count, empty, dtype=values.dtype)
    if len(ids):
        starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
        out[ids[starts]] = ufunc.reduceat(values, starts)
    return out


def group_quantiles(ids: Ints, values: Array, count: int, share: float) -> tuple[Array, Bools]:
    """The ``share`` quantile (0 … 1) per group, linear between neighbours, as doubles."""
    order = np.lexsort((values, ids))
    ordered = values[order].astype(np.float64)
    sizes = np.bincount(ids, minlength=count)
    found = sizes > 0
    starts = np.cumsum(sizes) - sizes
    place = share * (sizes[found] - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, sizes[found] - 1)
    first = ordered[starts[found] + below]
    second = ordered[starts[found] + above]
    out = np.zeros(count, dtype=np.float64)
    weight = place - below
    with np.errstate(invalid="ignore", over="ignore"):
        # Equal neighbours (infinities too) need no step between them.
        step = np.where(weight == 0, 0.0, np.where(first == second, 0.0, second - first) * weight)
    out[found] = first + step
    return out, found


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
    return -keys if keys.dtype.kind == "f" else ~keys.astype(np.int64)


def stable_order(columns: list[Array]) -> Ints:
    """The row numbers in the order of the first column, ties by the next, then by row."""
    return np.lexsort(columns[::-1])
