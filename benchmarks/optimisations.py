"""The optimisations of the engine, and how each is switched off.

The answers stay the same: thresholds (:class:`usql.engine.runtime.tuning.Tuning`) get values with which
the simpler way is always taken, and where there is no threshold, functions get substitutes.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

import usql.engine
from usql.engine.arrays import native as kernels
from usql.engine.arrays.sorting import numbered, value_counts
from usql.engine.groups import cube_totals
from usql.engine.groups.aggregates.passes import accumulate
from usql.engine.groups.aggregates.registry import is_additive
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import All
from usql.engine.rows.predicates import CodeSet
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.native import Native

NEVER = 1 << 62
"""A size that nothing reaches."""


@dataclass(frozen=True)
class Optimisation:
    """One of them. ``does``: what, in a sentence. ``sizes``: the thresholds that switch it off;
    ``instead``: substitutes by the full names of what they stand for. ``only_threads``: on one thread it
    does nothing."""

    name: str
    does: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    instead: Mapping[str, Any] = field(default_factory=dict)
    only_threads: bool = False

    @property
    def tuning(self) -> Tuning:
        """That of an engine without it."""
        return replace(DEFAULT, **self.sizes)

    def switches(self) -> list[Switch]:
        """The places that are changed where it is off."""
        return [Switch.at(name, substitute) for name, substitute in self.instead.items()]


@dataclass(frozen=True)
class Switch:
    """An attribute, with what it is, and what it is without an optimisation."""

    owner: Any
    name: str
    on: Any
    off: Any

    @staticmethod
    def at(name: str, off: Any) -> Switch:
        """By the full name. ``AttributeError`` or ``ImportError`` where there is none."""
        owner_name, _, attribute = name.rpartition(".")
        owner = pkgutil.resolve_name(owner_name)
        return Switch(owner, attribute, getattr(owner, attribute), off)


@contextmanager
def switched(switches: Sequence[Switch], on: bool) -> Iterator[None]:
    """Within the block they are on, or off. To be set costs the same either way."""
    for one in switches:
        setattr(one.owner, one.name, one.on if on else one.off)
    try:
        yield
    finally:
        for one in switches:
            setattr(one.owner, one.name, one.on)


def _without_index(*kinds: str) -> dict[str, Any]:
    """No index whose name begins with one of these words is found or built."""
    index, known_index = Access.index, Access.known_index

    def asked(access: Access, name: str, make: Any) -> Any:
        return None if name.startswith(kinds) else index(access, name, make)

    def asked_if_known(access: Access, name: str) -> Any:
        return None if name.startswith(kinds) else known_index(access, name)

    access = "usql.engine.rows.access.Access"
    return {f"{access}.index": asked, f"{access}.known_index": asked_if_known}


def _everywhere(name: str, substitute: Any, package: ModuleType = usql.engine) -> dict[str, Any]:
    """In each module of a package that has a function of this name."""
    modules = [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    having = [one for one in modules if hasattr(importlib.import_module(one), name)]
    return {f"{module}.{name}": substitute for module in having}


def _conjunction(parts: Any, control: Any) -> Any:
    return parts[0] if len(parts) == 1 else All(tuple(parts), control)


def _split(access: Any, source: Any, whole: Any = cube_totals._split) -> Any:
    split = whole(access, source)
    return split if split is None or split[0] is None else None


def _numbered(control: Any, values: Any) -> Any:
    distinct, numbers = numbered(control, values)
    first = np.empty(len(distinct), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(values) - 1, -1, -1)
    return first, numbers


def _sizes(indexes: Any) -> Any:
    (counted,) = accumulate(indexes._access, indexes.every(), (), indexes._slots.capacity)
    return counted.counts[: indexes._slots.space]


def _take(values: Any, places: Any) -> Any:
    return values.take(places, mode="clip") if len(values) else values[places]


class _NoNode:
    """No node of a condition is one."""


OPTIMISATIONS = (
    # --- conditions
    Optimisation(
        "tests by row number",
        "Where few rows are left of a conjunction, further tests read only these.",
        {"few_remaining_one_in": NEVER},
    ),
    Optimisation(
        "rows of few sessions",
        "Where a condition leaves few sessions, their children are listed instead of tested.",
        instead={"usql.engine.rows.conditions.OfSession.row_ids": lambda self, rows: None},
    ),
    Optimisation(
        "tests of sessions together",
        "Several tests of a child's session are one, whose result is spread to the children once.",
        instead=_everywhere("conjunction", _conjunction),
    ),
    Optimisation(
        "one range of codes",
        "A test whose codes are one range is two comparisons instead of a look-up.",
        instead={"usql.engine.rows.predicates._by_code": CodeSet},
    ),
    Optimisation(
        "ranges of an ascending column",
        "In a table in the order of its times the rows of a range of time are searched for.",
        instead={"usql.engine.rows.scan._span": lambda node: None},
    ),
    Optimisation(
        "zone maps",
        "Blocks of rows whose smallest and largest time lie outside of a range are not read.",
        {"zone_rows": NEVER},
    ),
    Optimisation(
        "compiled tests kept",
        "What a test means for a column's codes is known when the same query comes again.",
        {"most_cached_tests": 0},
    ),
    Optimisation(
        "growing morsels",
        "A query with LIMIT and without order reads few rows first, then more.",
        {"first_morsel_rows": DEFAULT.morsel_rows},
    ),
    Optimisation(
        "columns of properties kept",
        "The column of a property key is kept for the next query, also without indexes.",
        {"cached_bytes_without_indexes": 0},
    ),
    # --- indexes
    Optimisation(
        "indexes of rows",
        "The rows that meet a test of texts, by number or as flags.",
        instead={"usql.engine.rows.access.Access.indexed": lambda self, field, test, node: node},
    ),
    Optimisation(
        "few rows by number",
        "Such an index of few rows has their numbers instead of flags.",
        {"few_listed_one_in": NEVER},
    ),
    Optimisation(
        "order of rows kept",
        "The order of all rows, or of those of an index, by fields.",
        {"fewest_ordered_rows": NEVER},
    ),
    Optimisation(
        "index of minutes",
        "Where each minute begins in an ascending column of times.",
        instead=_without_index("minutes of"),
    ),
    Optimisation(
        "index of running sums",
        "The sum of a column up to each row, for the sums of ranges of rows.",
        instead=_without_index("running sums of"),
    ),
    Optimisation(
        "index of pairs",
        "The distinct values of a key with several values per row, row by row.",
        instead=_without_index("members of"),
    ),
    Optimisation(
        "index of sizes",
        "The number of rows of each group of a whole table.",
        instead={"usql.engine.groups.slot_indexes.SlotIndexes.sizes": _sizes},
    ),
    Optimisation(
        "index of sorted values",
        "The values of a field in order in each group of a whole table, and their sums.",
        instead=_without_index("sorted values of"),
    ),
    Optimisation(
        "sums from sorted values",
        "Where values are in order for a quantile, they also give counts, sums and extremes.",
        instead={"usql.engine.groups.slot_indexes._OF_SORTED": frozenset()},
    ),
    Optimisation(
        "index of distinct values",
        "The distinct values of a field in each group of a whole table.",
        instead=_without_index("distinct values of"),
    ),
    Optimisation(
        "cubes",
        "Counts and sums by all keys and tested fields, from which a query adds up what it needs.",
        {"most_cube_slots": 0},
    ),
    Optimisation(
        "cubes by blocks of time",
        "Cubes have blocks of rows as a dimension, for ranges of time.",
        instead={"usql.engine.groups.cube_totals._split": _split},
    ),
    Optimisation(
        "frequencies from cubes",
        "TOP lists read how often each value occurs in each group from a cube.",
        instead={"usql.engine.groups.slot_indexes.sizes_with": lambda source, keys, field: None},
    ),
    # --- keys
    Optimisation(
        "keys as codes",
        "Groups are numbered by the codes of their keys instead of by sorting.",
        {"most_counted_slots": 1},
    ),
    Optimisation(
        "numbers as codes",
        "Whole numbers near each other are their own codes.",
        {"most_number_codes": 0},
    ),
    Optimisation(
        "times as codes",
        "Bins of times are numbered by arithmetic.",
        {"most_time_bins": 0},
    ),
    Optimisation(
        "months and years as codes",
        "Bins of months and years are numbered by searching for their edges.",
        instead={"usql.engine.groups.key_codes._edges": lambda *_: None},
    ),
    Optimisation(
        "parts of dates as codes",
        "Hours, days and other parts of dates are read from a table by bins.",
        instead={"usql.engine.groups.key_codes._parts": lambda *_: None},
    ),
    Optimisation(
        "sessions tested where their keys are read",
        "Of children by keys of their session, the session's own tests are part of its key.",
        instead={"usql.engine.groups.row_group_pairs.OfSession": _NoNode},
    ),
    Optimisation(
        "runs of time bins",
        "Rows in the order of their times are runs of one bin each, which are searched for.",
        instead={"usql.engine.groups.row_group_pairs.Slots.has_runs": property(lambda self: False)},
    ),
    Optimisation(
        "texts of bins kept",
        "The texts of time bins are kept for the next query with the same bins.",
        {"most_cached_bin_texts": 0},
    ),
    Optimisation(
        "slots that ascend are groups",
        "Slots in order without repeats are the numbers of the groups, which need not be sorted.",
        instead={"usql.engine.groups.prefixes._numbered": _numbered},
    ),
    # --- metrics
    Optimisation(
        "late metrics",
        "Metrics that only few shown groups need are computed once these are known.",
        instead=_everywhere(
            "early",
            lambda needs, access, slots: [m for m in needs.metrics if is_additive(m)],
        ),
    ),
    Optimisation(
        "metrics of one field with the count",
        "Of late metrics those that share the pass with the count are computed with it.",
        {"rows_per_shared_slot": NEVER},
    ),
    Optimisation(
        "flags of metrics apart",
        "Metrics with many flags and slots are counted one by one.",
        {"most_flagged_slots": NEVER},
    ),
    Optimisation(
        "metrics counted together",
        "The conditions of metrics are bits of the slot, so that one count answers for all.",
        {"most_flagged_slots": 1},
    ),
    Optimisation(
        "quantiles by histogram",
        "Only the values of the buckets that hold the wanted ranks are sorted.",
        {"fewest_selected_values": NEVER},
    ),
    Optimisation(
        "distinct values by flags",
        "A flag for each group and value instead of sorting the pairs.",
        {"most_distinct_flags": 0},
    ),
    Optimisation(
        "pairs counted in a table",
        "Pairs of a group and a value are counted in an array where they fill it, else sorted.",
        instead={
            f"usql.engine.groups.aggregates.{module}.value_counts_below": lambda control, values, most: (
                value_counts(control, values)
            )
            for module in ("top_list", "value_pairs")
        },
    ),
    # --- order and columns of the result
    Optimisation(
        "first rows of an order",
        "Where few rows of an order are shown, the others are left out before it is sorted.",
        instead={
            "usql.engine.arrays.stable_order._first_candidates": lambda columns, most: np.arange(
                len(columns[0])
            )
        },
    ),
    Optimisation(
        "keys of an order in one number",
        "The keys of an order and the row are sorted as one number.",
        {"few_rows_to_sort": NEVER},
    ),
    Optimisation(
        "few rows by one key after the other",
        "Few rows are sorted key by key, without making one number of the keys.",
        {"few_rows_to_sort": 0},
    ),
    Optimisation(
        "near numbers by a table",
        "Days and other numbers near each other are numbered by a table instead of by sorting.",
        {"near_numbers": 0},
    ),
    Optimisation(
        "texts of one width",
        "Texts that are equally long are gathered without reading where each begins.",
        {"fewest_even_texts": NEVER},
    ),
    Optimisation(
        "bytes of texts by the longest",
        "The bytes of few texts are reserved as if each were as long as the longest.",
        {"most_text_bytes_by_width": 0},
    ),
    # --- arrays
    Optimisation(
        "kernels in C",
        "What is done for each row of an array is done by compiled code instead of by numpy.",
        instead=_everywhere("native", lambda: Native(None), kernels),
    ),
    Optimisation(
        "gathering by Arrow",
        "Many values at given places are taken by Arrow, without a check of the places.",
        instead=_everywhere("gather", _take),
    ),
    Optimisation(
        "buffers used again",
        "Each thread keeps the arrays that it works in.",
        instead=_everywhere("scratch", lambda name, kind, size: np.empty(size, dtype=kind)),
    ),
    # --- threads
    Optimisation(
        "larger sweeps",
        "Conditions alone are tested in larger morsels.",
        {"sweep_rows": DEFAULT.morsel_rows, "most_rows_swept_alone": 0},
        only_threads=True,
    ),
    Optimisation(
        "few rows on one thread",
        "Few rows are grouped by one thread, others in as many morsels for each.",
        {"most_uncut_rows": 0, "most_rows_grouped_alone": 0},
        only_threads=True,
    ),
    Optimisation(
        "columns side by side",
        "Columns of many rows of a result are made by all threads.",
        {"fewest_rows_side_by_side": NEVER},
        only_threads=True,
    ),
)
"""All, in the order of a query's stages."""

_PIECES = "a size of pieces of work, between which the limits of a run are checked"
_MEMORY = "bounds the memory of an optimisation, or of what is kept"
_WORTH = "from when on another optimisation of this table is worth its cost"

OTHERS = {
    "morsel_rows": _PIECES,
    "rows_per_slot": "keeps time in proportion: each morsel costs a pass over all slots",
    "texts_matched_at_once": _PIECES,
    "text_bytes_matched_at_once": _PIECES,
    "long_pattern": _PIECES,
    "fewest_indexed_rows": _WORTH,
    "indexed_rows_at_once": _PIECES,
    "most_cached_flags": _MEMORY,
    "most_indexed_minutes": _MEMORY,
    "rows_evaluated_at_once": _PIECES,
    "rows_sorted_at_once": _PIECES,
    "instants_written_at_once": _PIECES,
    "days_written_at_once": _PIECES,
    "always_counted_slots": _MEMORY,
    "most_multiplied_pairs": _MEMORY,
    "pairs_joined_at_once": _PIECES,
    "most_buckets": _WORTH,
    "fewest_buckets": _WORTH,
    "most_buckets_of_all": _MEMORY,
    "distinct_flags_at_once": _PIECES,
    "always_counted_pairs": _WORTH,
    "most_indexed_flags": _MEMORY,
    "rows_per_cube_slot": _MEMORY,
    "always_cube_slots": _MEMORY,
    "worth_cube_one_in": _WORTH,
    "cube_sample_rows": _WORTH,
    "few_states": _MEMORY,
    "pairs_merged_at_once": _PIECES,
    "json_rows_at_once": _PIECES,
    "groups_evaluated_at_once": _PIECES,
    "most_column_bytes": _MEMORY,
}
"""The thresholds that switch no optimisation, and why they stay."""
