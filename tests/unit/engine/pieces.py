"""Running the engine in small pieces: tunings whose sizes and thresholds small data reach.

A *way* gives some fields of :class:`usql.engine.runtime.tuning.Tuning`; ways are joined by ``|``.
"""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

import usql
import usql.engine
from tests.sampling import case_count
from usql.asking.prepare import PreparedQuery, Preparer
from usql.asking.question import QueryOptions
from usql.engine import Engine
from usql.engine.arrays.buffers import scratch
from usql.engine.arrays.gather import gather, gather_texts
from usql.engine.arrays.types import Array
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.store import Store, load

CASES = case_count(100, long=2000)
"""Generated sessions and queries that a test looks at."""

Sizes = dict[str, int]
"""Fields of a tuning by name."""

DEFAULTS: Sizes = {}
"""The sizes that users have."""

NEVER = 1 << 62
"""More than any data have."""


def tuned(data: usql.Sessions, sizes: Mapping[str, int]) -> usql.Sessions:
    """The same sessions, asked by an engine with these sizes, which has kept nothing yet."""
    return usql.Sessions(data._store, **data._limits, tuning=Tuning(**sizes))


def opened(
    source: Any,
    sizes: Mapping[str, int],
    threads: int | None = None,
    index_memory: int | None = None,
) -> usql.Sessions:
    """As ``usql.open``, with these sizes."""
    return usql.Sessions(
        stored(source), threads=threads, index_memory=index_memory, tuning=Tuning(**sizes)
    )


def stored(source: Any) -> Store:
    """The source itself where it is loaded already."""
    return source if isinstance(source, Store) else load(source)


INDEX_MEMORY = 64 << 20
"""Bytes of indexes: room for all that small data have."""


def engine_of(
    source: Any,
    sizes: Mapping[str, int] = DEFAULTS,
    threads: int = 1,
    index_memory: int | None = None,
) -> Engine:
    """An engine over what is loaded, with these sizes."""
    return Engine(stored(source), threads, index_memory=index_memory, tuning=Tuning(**sizes))


def cache_of(
    source: Any, sizes: Mapping[str, int] = DEFAULTS, index_memory: int = INDEX_MEMORY
) -> Cache:
    """What runs over the loaded sessions share; nothing yet."""
    return Cache(stored(source), index_memory, Tuning(**sizes))


def access_to(
    source: Any,
    table: str = "usersession",
    sizes: Mapping[str, int] = DEFAULTS,
    threads: int = 1,
    index_memory: int = INDEX_MEMORY,
) -> Access:
    """The loaded sessions, read as a query of the table does, with these sizes."""
    kept = cache_of(source, sizes, index_memory)
    return Access(kept, table, 0, Control(threads, tuning=Tuning(**sizes)))


def prepared_of(store: Store, text: str, **options: Any) -> PreparedQuery:
    """A query over the store."""
    prepare = Preparer(store.catalog, lambda: store.span)
    return prepare(text, QueryOptions(**{"profile": "offline", **options}))


def kept_indexes(data: usql.Sessions) -> dict[str, dict[str, Array]]:
    """The indexes that queries have left, by name, as the sessions save them."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "kept.usqlstore")
        data.save(place, indexes=True)
        saved = load(place).indexes
        return {
            name: {part: array.copy() for part, array in arrays.items()}
            for name, arrays in saved.items()
        }


@contextmanager
def shared_budget(limit: int) -> Iterator[Budget]:
    """Within the block engines that are given no limit share this budget, instead of half of the
    machine's memory."""
    budget = Budget(limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usql.engine, "process_budget", lambda: budget)
        yield budget


def retuned(access: Access, sizes: Mapping[str, int], threads: int = 1) -> Access:
    """The same access in another run, with these sizes."""
    return replace(access, control=Control(threads, tuning=Tuning(**sizes)))


def in_pieces(rows: int) -> Sizes:
    """Morsels have at most so many rows of the largest table, however many cells there are; no rows
    are too few to be cut, or to be shared among threads."""
    return {
        "morsel_rows": rows,
        "sweep_rows": rows,
        "rows_per_slot": 0,
        "most_uncut_rows": 0,
        "most_rows_swept_alone": 0,
        "most_rows_grouped_alone": 0,
    }


# --- idioms that check nothing, checked -----------------------------------------------------------

_MODULES: Sequence[ModuleType] = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(usql.engine.__path__, "usql.engine.")
    if not found.ispkg
]


@contextmanager
def idioms(functions: Mapping[str, Any]) -> Iterator[None]:
    """Within the block these stand for the kernels of their names, in every module that has them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, function in functions.items():
            for module in _MODULES:
                if hasattr(module, name):
                    patch.setattr(module, name, function)
        yield


def _inside(places: Array, size: int) -> None:
    if len(places) and not (int(places.min()) >= 0 and int(places.max()) < size):
        raise IndexError(f"places {places.min()} to {places.max()} of {size}")


def _gather(values: Array, places: Array, whole: Any = gather) -> Array:
    """The engine's gather, which takes any place, with the check that it leaves out."""
    _inside(places, len(values))
    return whole(values, places)


def _gather_texts(
    texts: pa.Array, width: int, places: Array, whole: Any = gather_texts
) -> pa.Array:
    """Likewise for texts."""
    _inside(places, len(texts))
    return whole(texts, width, places)


def _scratch(name: str, kind: Any, size: int, whole: Any = scratch) -> Array:
    """A buffer that is used again holds nothing that anybody could count on."""
    made = whole(name, kind, size)
    made.view("u1")[:] = 0xA5 if made.dtype != bool else 1
    return made


@contextmanager
def checked() -> Iterator[None]:
    """Within the block idioms that check nothing are checked."""
    with idioms({"gather": _gather, "gather_texts": _gather_texts, "scratch": _scratch}):
        yield


# --- ways -----------------------------------------------------------------------------------------

BY_NUMBER: Sizes = {"few_remaining_one_in": 0}
"""Every test after the first of a conjunction runs on row numbers."""

BY_RANGE: Sizes = {"few_remaining_one_in": NEVER}
"""All tests run on whole ranges."""

SELECTED: Sizes = {
    "fewest_selected_values": 1,
    "most_buckets": 64,
    "distinct_flags_at_once": 128,
    "most_distinct_flags": NEVER,
}
"""Quantiles by buckets, distinct values by flags, however few there are."""

SORTED: Sizes = {"fewest_selected_values": NEVER, "most_distinct_flags": 0}
"""Quantiles and distinct values by sorting."""

FACTORIZED: Sizes = {"most_counted_slots": 1}
"""Every key is numbered by sorting."""

FEW_NUMBERS: Sizes = {"most_number_codes": 4, "most_time_bins": 4}
"""Numbers and times have no codes, dictionaries do."""

FLAGS_APART: Sizes = {"most_flagged_slots": 1}
"""Every metric with flags is counted apart."""

ZONES: Sizes = {"zone_rows": 4}
"""Minima and maxima of a few rows each."""

TEXTS_APART: Sizes = {
    "fewest_even_texts": 1,
    "fewest_rows_side_by_side": 1,
    "json_rows_at_once": 3,
    "groups_evaluated_at_once": 3,
    "most_column_bytes": 100,
    "rows_evaluated_at_once": 7,
}
"""Columns of a result are made in small pieces by all threads."""

SORTED_APART: Sizes = {"rows_sorted_at_once": 5, "rows_evaluated_at_once": 7}
"""Whole columns are evaluated and sorted in small pieces."""

FORGETFUL: Sizes = {"most_cached_tests": 1, "most_cached_flags": 0}
"""Compiled tests are not kept."""

INDEXED: Sizes = {"fewest_indexed_rows": 1, "indexed_rows_at_once": 64, "fewest_ordered_rows": 1}
"""Indexes are built for few rows."""

ANY: Mapping[str, Sequence[int]] = {
    "first_morsel_rows": [1, 2, 1 << 10],
    "rows_per_slot": [0, 0, 1, 4],
    "most_rows_swept_alone": [0, 1 << 20],
    "zone_rows": [1, 2, 5],
    "few_remaining_one_in": [0, 2, NEVER],
    "texts_matched_at_once": [1, 3, 1 << 15],
    "text_bytes_matched_at_once": [1, 1 << 20],
    "long_pattern": [1, 1 << 6],
    "fewest_indexed_rows": [1, 1, 1, NEVER],
    "indexed_rows_at_once": [1, 3],
    "few_listed_one_in": [1, 8],
    "fewest_ordered_rows": [0, 1, 1 << 12],
    "most_cached_tests": [1, 1024],
    "most_cached_flags": [0, 64 << 20],
    "cached_bytes_without_indexes": [1, 64 << 20],
    "most_cached_bin_texts": [0, 1 << 14],
    "most_indexed_minutes": [0, 1 << 20],
    "rows_evaluated_at_once": [1, 5, 1 << 17],
    "rows_sorted_at_once": [1, 4, 4, 1 << 19],
    "few_rows_to_sort": [0, 0, 0, 1 << 10],
    "near_numbers": [1, 1 << 17],
    "instants_written_at_once": [1, 5, 1 << 16],
    "few_states": [1, 1 << 16],
    "pairs_merged_at_once": [1, 2, 1 << 16],
    "days_written_at_once": [1, 1 << 10],
    "most_number_codes": [2, 1 << 16],
    "most_time_bins": [2, 1 << 20],
    "most_counted_slots": [1, 1 << 24, 1 << 24],
    "always_counted_slots": [1, 1 << 14, 1 << 14],
    "most_multiplied_pairs": [1, 1 << 20],
    "pairs_joined_at_once": [1, 3, 1 << 18],
    "most_flagged_slots": [1, 1 << 16],
    "rows_per_shared_slot": [0, 16],
    "fewest_selected_values": [1, 1, NEVER],
    "most_buckets": [16, 1 << 12],
    "fewest_buckets": [1, 16],
    "most_buckets_of_all": [64, 1 << 20],
    "most_distinct_flags": [0, NEVER],
    "distinct_flags_at_once": [1, 1 << 20],
    "always_counted_pairs": [0, 1 << 12],
    "most_indexed_flags": [1, 1 << 27, 1 << 27],
    "rows_per_cube_slot": [1, 4],
    "always_cube_slots": [1 << 12, 1 << 20],
    "most_cube_slots": [1, 1 << 20, 1 << 20],
    "worth_cube_one_in": [0, 6, 1 << 30],
    "cube_sample_rows": [1, 1 << 12],
    "fewest_even_texts": [1],
    "fewest_rows_side_by_side": [1],
    "json_rows_at_once": [1, 4, 1 << 11],
    "groups_evaluated_at_once": [1, 3, 1 << 17],
    "most_text_bytes_by_width": [0, 1 << 20],
    "most_column_bytes": [0, 100, 1 << 26],
}
"""The sizes that matter of each field that :func:`in_pieces` does not give, to be drawn."""
