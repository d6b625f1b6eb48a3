"""One value per group, over valid rows only.

``ids`` numbers groups 0 … count - 1.
"""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.totals import extremes_by_key, wide
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.runtime.limits import Control
from usql.store.widths import unsigned


def extremes_by_group(
    control: Control, ids: Ints, values: Array, count: int, largest: bool
) -> tuple[Array, Bools]:
    """The smallest or largest value per group, 0 if there is none, and a flag per group that says
    whether there is one; in pieces between which the limits of the run are checked."""
    step = control.tuning.rows_sorted_at_once
    extremes = np.zeros(count, dtype=wide(values))
    has = np.zeros(count, dtype=np.bool_)
    for first in range(0, len(ids), step):
        control.check()
        keys = ids[first : first + step].astype(unsigned(count))
        extremes_by_key(keys, values[first : first + step], extremes, has, largest)
    return extremes.astype(values.dtype, copy=False), has


def weighted_quantiles(values: Array, until: Ints, ends: Ints, share: float) -> tuple[Array, Bools]:
    """The ``share`` quantile (0 … 1) per group, interpolated linearly, as doubles. Values are ordered by
    group, ascending in each; up to and with value i there are ``until[i]`` occurrences of values, and
    those of group g are the occurrences ``ends[g]:ends[g+1]``."""
    sizes = np.diff(ends)
    has = sizes > 0
    starts = ends[:-1][has]
    place = share * (sizes[has] - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, sizes[has] - 1)
    ranks = np.concatenate((starts + below, starts + above))
    at = until.searchsorted(ranks, side="right")
    first, second = values[at].astype(np.float64).reshape(2, -1)
    out = np.zeros(len(sizes), dtype=np.float64)
    out[has] = interpolated(first, second, place - below)
    return out, has


def interpolated(first: Array, second: Array, weight: Array) -> Array:
    """A value between two doubles, by linear interpolation. Equal neighbours, including infinities,
    give themselves; infinities of opposite signs give NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.where(first == second, 0.0, second - first)
        between = first + np.where(weight == 0, 0.0, difference * weight)
        wide = np.isinf(difference) & (weight != 0)
        if wide.any():  # no double can represent the difference
            between[wide] = (first * (1 - weight) + second * weight)[wide]
        return between
