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
from usql.engine import kernels
from usql.engine.kernels import Array
from usql.engine.scan import Source

CASES = int(os.environ.get("USQL_CASES") or (2000 if os.environ.get("CI") else 100))
"""Generated sessions and queries that a test looks at."""

_MODULES: dict[str, ModuleType] = {
    found.name: importlib.import_module(f"usql.engine.{found.name}")
    for found in pkgutil.iter_modules(usql.engine.__path__)
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
    "quantiles._FEWEST_VALUES": 1,
    "quantiles._MOST_BUCKETS": 64,
    "distinct._ROWS_OF_FLAGS": 128,
    "distinct._MOST_FLAGS": 1 << 62,
}
"""Quantiles by buckets, distinct values by flags, however few there are."""

SORTED = {"quantiles._FEWEST_VALUES": 1 << 62, "distinct._MOST_FLAGS": 0}
"""Quantiles and distinct values by sorting."""

FACTORIZED = {"groups._MOST_CELLS": 1, "factorized.MORSEL": 50}
"""Every key is numbered by sorting."""

FEW_NUMBERS = {"codes._MOST_NUMBERS": 4, "codes._MOST_BINS": 4}
"""Numbers and times have no codes, dictionaries do."""

FLAGS_APART = {"accumulate._MOST_FLAGGED": 1}
"""Every metric with flags is counted apart."""

ZONES = {"statistics.BLOCK": 4}
"""Minima and maxima of a few rows each."""

TEXTS_APART = {
    "results._FEW_TEXTS": 1,
    "results._MANY_ROWS": 1,
    "results._JSON": 3,
    "results._GROUPS": 3,
    "results._LARGE": 100,
    "whole._PIECE": 7,
}
"""Columns of a result are made in small pieces by all threads."""

SORTED_APART = {"sorting._PIECE": 5, "whole._PIECE": 7}
"""Whole columns are evaluated and sorted in small pieces."""

FORGETFUL = {"derived._MOST_TESTS": 1, "derived._MOST_FLAGS": 0}
"""Compiled tests are not kept."""

INDEXED = {"indexes.FEWEST_ROWS": 1, "indexed._STEP": 64, "run._MANY_TO_SORT": 1}
"""Indexes are built for few rows."""

LANES = {"accumulate.lane_bits": lambda cells, rows: 2}
"""Every cell is counted in four places."""


def _lanes(bits: int) -> Callable[[int, int], int]:
    return lambda cells, rows: bits


ANY: Mapping[str, Sequence[Any]] = {
    "conditions.FEW": [0, 2, 1 << 62],
    "statistics.BLOCK": [1, 2, 5],
    "quantiles._FEWEST_VALUES": [1, 1, 1 << 62],
    "quantiles._MOST_BUCKETS": [16, 1 << 12],
    "distinct._MOST_FLAGS": [0, 1 << 62],
    "groups._MOST_CELLS": [1, 1 << 24, 1 << 24],
    "accumulate._MOST_FLAGGED": [1, 1 << 16],
    "codes._MOST_NUMBERS": [2, 1 << 16],
    "codes._MOST_BINS": [2, 1 << 20],
    "factorized.MORSEL": [1, 3],
    "results._FEW_TEXTS": [1],
    "results._MANY_ROWS": [1],
    "results._JSON": [1, 4, 1 << 11],
    "results._GROUPS": [1, 3, 1 << 17],
    "results._LARGE": [0, 100, 1 << 26],
    "factorized._PIECE": [1, 3, 1 << 18],
    "members._MOST_MEMBERS": [1, 1 << 20],
    "sorting._PIECE": [1, 4, 4, 1 << 19],
    "whole._PIECE": [1, 5, 1 << 17],
    "run._MANY_TO_SORT": [0, 1, 1 << 12],
    "indexes.FEWEST_ROWS": [1, 1, 1, 1 << 62],
    "indexed._STEP": [1, 3],
    "indexed._FEW": [1, 8],
    "accumulate._FEW_CALLS": [0, 1 << 17],
    "accumulate._ROWS_PER_CELL": [0, 16],
    "groups._FEWEST_CELLS": [1, 1 << 14, 1 << 14],
    "cellindex._MOST_PAIRS": [1, 1 << 27, 1 << 27],
    "quantiles._CELLS": [64, 1 << 20],
    "distinct._ROWS_OF_FLAGS": [1, 1 << 20],
    "dates._STEP": [1, 5, 1 << 16],
    "sorting._NEAR": [1, 1 << 17],
    "predicates._TEXTS_AT_ONCE": [1, 3, 1 << 15],
    "vectors._PIECE": [1, 4, 1 << 17],
    "derived._MOST_TESTS": [1, 1024],
    "derived._MOST_FLAGS": [0, 64 << 20],
    "kernels._MOST_SCRATCH": [0, 1 << 22],
    "kernels._FEW_TO_SORT": [0, 0, 0, 1 << 10],
    "metrics._FEW_PAIRS": [0, 1 << 12],
    "kernels.EXACT": [1, 2**53],
    "kernels._MANY_PLACES": [1, 1 << 18],
    "scan._FEW_TO_SWEEP": [0, 1 << 20],
    "summaries._WORTH": [0, 6, 1 << 30],
    "summaries._FEW_CELLS": [1 << 12, 1 << 20],
    "groups._MOST_KEPT_TEXTS": [0, 1 << 14],
    "accumulate.lane_bits": [_lanes(0), _lanes(2), _lanes(3)],
}
"""The sizes that matter of each constant, to be drawn."""
