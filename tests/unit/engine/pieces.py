"""Running the engine in small pieces: its sizes and thresholds set to values that small data reach.

A constant is named by its module, as in ``scan.MORSEL``. Public ones are replaced in every module
that imports them.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

import usql.engine
from usql.engine.arrays import kernels
from usql.engine.arrays.kernels import Array
from usql.engine.rows.scan import Source

CASES = int(os.environ.get("USQL_CASES") or (2000 if os.environ.get("CI") else 100))
"""Generated sessions and queries that a test looks at."""

_MODULES: dict[str, ModuleType] = {
    found.name.rpartition(".")[2]: importlib.import_module(found.name)
    for found in pkgutil.walk_packages(usql.engine.__path__, "usql.engine.")
    if not found.ispkg
}


@contextmanager
def constants(values: Mapping[str, Any]) -> Iterator[None]:
    """Within the block the engine's constants have these values."""
    with pytest.MonkeyPatch.context() as patch:
        for place, value in values.items():
            home, name = place.split(".")
            for module in _holders(_MODULES[home], name):
                patch.setattr(module, name, value)
        yield


def _holders(home: ModuleType, name: str) -> list[ModuleType]:
    if name.startswith("_"):
        return [home]
    return [home, *(m for m in _MODULES.values() if m is not home and hasattr(m, name))]


_NO_FEW = {"scan._SMALL": 0, "scan._FEW": 0}
"""No rows are too few to be cut, or to be shared among threads."""


def _inside(places: Array, size: int) -> None:
    if len(places) and not (int(places.min()) >= 0 and int(places.max()) < size):
        raise IndexError(f"places {places.min()} to {places.max()} of {size}")


def _gather(values: Array, places: Array, whole: Any = kernels.gather) -> Array:
    """The engine's gather, which takes any place, with the check that it leaves out."""
    _inside(places, len(values))
    return whole(values, places)


def _gather_texts(
    texts: pa.Array, width: int, places: Array, whole: Any = kernels.gather_texts
) -> pa.Array:
    """Likewise for texts."""
    _inside(places, len(texts))
    return whole(texts, width, places)


def _scratch(name: str, kind: Any, size: int, whole: Any = kernels.scratch) -> Array:
    """A buffer that is used again holds nothing that anybody could count on."""
    made = whole(name, kind, size)
    made.view("u1")[:] = 0xA5 if made.dtype != bool else 1
    return made


CHECKED = {
    "kernels.gather": _gather,
    "kernels.gather_texts": _gather_texts,
    "kernels.scratch": _scratch,
}
"""Idioms that check nothing, checked."""


@contextmanager
def pieces(rows: int, values: Mapping[str, Any]) -> Iterator[None]:
    """Within the block morsels have at most ``rows`` rows of the largest table, wherever they are
    made and however many cells there are, constants have these values, and idioms that check
    nothing are checked."""
    whole = Source.morsels

    def morsels(self: Source, least: int = 1, size: int = rows) -> list[tuple[slice, bool]]:
        return whole(self, min(least, 1), min(size, rows))

    with pytest.MonkeyPatch.context() as patch, constants({**values, **_NO_FEW, **CHECKED}):
        patch.setattr(Source, "morsels", morsels)
        yield


BY_NUMBER = {"conditions.FEW": 0}
"""Every test after the first of a conjunction runs on row numbers."""

BY_RANGE = {"conditions.FEW": 1 << 62}
"""All tests run on whole ranges."""

SELECTED = {
    "quantile._FEWEST_VALUES": 1,
    "quantile._MOST_BUCKETS": 64,
    "distinct._ROWS_OF_FLAGS": 128,
    "distinct._MOST_FLAGS": 1 << 62,
}
"""Quantiles by buckets, distinct values by flags, however few there are."""

SORTED = {"quantile._FEWEST_VALUES": 1 << 62, "distinct._MOST_FLAGS": 0}
"""Quantiles and distinct values by sorting."""

FACTORIZED = {"grouping._MOST_CELLS": 1, "factorized.MORSEL": 50}
"""Every key is numbered by sorting."""

FEW_NUMBERS = {"key_codes._MOST_NUMBERS": 4, "key_codes._MOST_BINS": 4}
"""Numbers and times have no codes, dictionaries do."""

FLAGS_APART = {"passes._MOST_FLAGGED": 1}
"""Every metric with flags is counted apart."""

ZONES = {"zones.BLOCK": 4}
"""Minima and maxima of a few rows each."""

TEXTS_APART = {
    "output._FEW_TEXTS": 1,
    "output._MANY_ROWS": 1,
    "output._JSON": 3,
    "output._GROUPS": 3,
    "output._LARGE": 100,
    "piecewise._PIECE": 7,
}
"""Columns of a result are made in small pieces by all threads."""

SORTED_APART = {"sorting._PIECE": 5, "piecewise._PIECE": 7}
"""Whole columns are evaluated and sorted in small pieces."""

FORGETFUL = {"cache._MOST_TESTS": 1, "cache._MOST_FLAGS": 0}
"""Compiled tests are not kept."""

INDEXED = {"index_cache.FEWEST_ROWS": 1, "row_indexes._STEP": 64, "run._MANY_TO_SORT": 1}
"""Indexes are built for few rows."""

LANES = {"passes.lane_bits": lambda cells, rows: 2}
"""Every cell is counted in four places."""


def _lanes(bits: int) -> Callable[[int, int], int]:
    return lambda cells, rows: bits


ANY: Mapping[str, Sequence[Any]] = {
    "conditions.FEW": [0, 2, 1 << 62],
    "zones.BLOCK": [1, 2, 5],
    "quantile._FEWEST_VALUES": [1, 1, 1 << 62],
    "quantile._MOST_BUCKETS": [16, 1 << 12],
    "distinct._MOST_FLAGS": [0, 1 << 62],
    "grouping._MOST_CELLS": [1, 1 << 24, 1 << 24],
    "passes._MOST_FLAGGED": [1, 1 << 16],
    "key_codes._MOST_NUMBERS": [2, 1 << 16],
    "key_codes._MOST_BINS": [2, 1 << 20],
    "factorized.MORSEL": [1, 3],
    "output._FEW_TEXTS": [1],
    "output._MANY_ROWS": [1],
    "output._JSON": [1, 4, 1 << 11],
    "output._GROUPS": [1, 3, 1 << 17],
    "output._LARGE": [0, 100, 1 << 26],
    "factorized._PIECE": [1, 3, 1 << 18],
    "members._MOST_MEMBERS": [1, 1 << 20],
    "sorting._PIECE": [1, 4, 4, 1 << 19],
    "piecewise._PIECE": [1, 5, 1 << 17],
    "run._MANY_TO_SORT": [0, 1, 1 << 12],
    "index_cache.FEWEST_ROWS": [1, 1, 1, 1 << 62],
    "row_indexes._STEP": [1, 3],
    "row_indexes._FEW": [1, 8],
    "passes._FEW_CALLS": [0, 1 << 17],
    "passes._ROWS_PER_CELL": [0, 16],
    "grouping._FEWEST_CELLS": [1, 1 << 14, 1 << 14],
    "cell_indexes._MOST_PAIRS": [1, 1 << 27, 1 << 27],
    "quantile._CELLS": [64, 1 << 20],
    "distinct._ROWS_OF_FLAGS": [1, 1 << 20],
    "dates._STEP": [1, 5, 1 << 16],
    "sorting._NEAR": [1, 1 << 17],
    "predicates._TEXTS_AT_ONCE": [1, 3, 1 << 15],
    "vectors._PIECE": [1, 4, 1 << 17],
    "cache._MOST_TESTS": [1, 1024],
    "cache._MOST_FLAGS": [0, 64 << 20],
    "kernels._MOST_SCRATCH": [0, 1 << 22],
    "kernels._FEW_TO_SORT": [0, 0, 0, 1 << 10],
    "top_list._FEW_PAIRS": [0, 1 << 12],
    "kernels.EXACT": [1, 2**53],
    "kernels._MANY_PLACES": [1, 1 << 18],
    "scan._FEW_TO_SWEEP": [0, 1 << 20],
    "cube._WORTH": [0, 6, 1 << 30],
    "cube._FEW_CELLS": [1 << 12, 1 << 20],
    "grouping._MOST_KEPT_TEXTS": [0, 1 << 14],
    "passes.lane_bits": [_lanes(0), _lanes(2), _lanes(3)],
}
"""The sizes that matter of each constant, to be drawn."""
