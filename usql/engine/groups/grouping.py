"""Grouping: which group slots occur among some rows, and the totals of the same pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from usql.analysis.bound import DateText, FieldRef
from usql.catalog.model import FieldType
from usql.engine.arrays.dates import texts
from usql.engine.arrays.types import Ints
from usql.engine.arrays.vectors import Domain, Values
from usql.engine.groups.aggregates.count import EVERY_ROW
from usql.engine.groups.aggregates.passes import Accumulator, Layout, accumulate, layouts
from usql.engine.groups.aggregates.registry import columns_of
from usql.engine.groups.aggregates.slot_states import Accumulated
from usql.engine.groups.cube_totals import totals_from_cube
from usql.engine.groups.factorized import Counted, factorized
from usql.engine.groups.first_pass import early, first_pass
from usql.engine.groups.groups import Groups
from usql.engine.groups.key_codes import BinCoder, EdgeCoder, KeyCodes
from usql.engine.groups.prefixes import built
from usql.engine.groups.row_group_pairs import Chunk, Slots
from usql.engine.groups.slot_indexes import SlotIndexes, every_chunk, every_pair
from usql.engine.groups.slot_numbers import numbers_of_keys
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source, count_selected
from usql.engine.runtime.index_cache import name_of
from usql.engine.runtime.workers import map_morsels
from usql.planner.keys import GroupKey
from usql.planner.plan import GroupNeeds
from usql.store.columns import DictionaryColumn
from usql.store.widths import unsigned

_SLOT = 16
"""Bytes of an occurring slot per key, and once more."""


def group(source: Source, keys: tuple[GroupKey, ...], needs: GroupNeeds) -> Groups:
    """Group the rows of a source by the keys, computing as much as possible in the same pass.
    Without keys there is one group, even of no rows."""
    access = source.access
    if not keys and not needs.lists and needs.metrics in ((), (EVERY_ROW,)):
        return _counted(source)
    numbers = numbers_of_keys(access, keys)
    if numbers is not None:
        slots = Slots(source, numbers)
        most = max(access.tuning.always_counted_slots, 2 * access.data.rows)
        if slots.space <= min(access.tuning.most_counted_slots, most):
            return _streamed(source, keys, slots, needs)
    counted, chunks = factorized(source, keys)
    capacity = len(counted.numbers) + 1
    added = early(needs, access, capacity)
    slot_states = accumulate(access, chunks, added, capacity) if added else ()
    return built(access.control, keys, counted, slot_states, capacity if chunks else None, chunks)


def _counted(source: Source) -> Groups:
    """One group whose rows are only counted."""
    counts = np.array([count_selected(source)], dtype=np.int64)
    one = np.zeros(1, dtype=np.int64)
    slot_states = Accumulated.of_counts(counts)
    return Groups(1, (), (), (), (), (), one, one, (), None, (slot_states,))


def _streamed(
    source: Source, keys: tuple[GroupKey, ...], slots: Slots, needs: GroupNeeds
) -> Groups:
    """One pass over the morsels for condition, slots, counts and metrics, as far as indexes do not
    have the results."""
    access = source.access
    fields = tuple([k.field for k in slots.keys if k.field is not None])
    indexed = access.has_indexes and len(fields) == len(keys)
    if indexed and not needs.lists and not any(slots.levels):
        metrics = dict.fromkeys((EVERY_ROW, *needs.metrics))
        cube = totals_from_cube(source, slots.keys, tuple(metrics))
        if cube is not None:
            counted = _occurring(slots, cube.counts, [], keys)
            return built(access.control, keys, counted, (cube,))
    indexed = indexed and len(keys) > 0
    if indexed and len(keys) == 1 and slots.keys[0].offsets is not None:
        name = name_of("members", access.table, fields)
        slots.pairs = access.index(name, lambda: every_pair(every_chunk(source, slots)))
    if indexed and source.node is None and not any(slots.levels):
        return _whole(source, keys, slots, needs, fields)
    first = first_pass(needs, slots)
    return _passed(source, keys, slots, first.layouts, first.keeps_pairs)


def _passed(
    source: Source,
    keys: tuple[GroupKey, ...],
    slots: Slots,
    added: Sequence[Layout],
    keep: bool,
) -> Groups:
    access = source.access
    parts = [Accumulator(access, layout, slots.capacity) for layout in added]
    levels: list[dict[int, Ints]] = [{} for _ in range(access.control.threads)]
    takes_runs = not keep and slots.has_runs and all(part.takes_runs for part in parts)
    if takes_runs:
        for part in parts:
            part.use_running_sums()

    def work(worker: int, morsel: tuple[slice, bool]) -> Chunk | None:
        runs = slots.runs(*morsel) if takes_runs else None
        if runs is not None:
            for part in parts:
                part.add_runs(worker, morsel[0], *runs)
            return None
        chunk_and_levels = slots.chunk(*morsel)
        if chunk_and_levels is None:
            return None
        chunk, counted = chunk_and_levels
        for level, numbers in counted:
            size = slots.capacity // slots.strides[level] + 1
            counts = np.bincount(numbers, minlength=size)
            known = levels[worker].get(level)
            levels[worker][level] = counts if known is None else known + counts
        for part in parts:
            part.add(worker, chunk.rows, chunk.places, chunk.ids)
        if not keep:
            return None
        access.control.reserve(chunk.nbytes, "group members")
        return chunk

    # Every morsel costs a pass over the slots; for runs from indexes that is the only cost.
    least = access.tuning.rows_per_slot * parts[0].size
    if takes_runs and slots.knows_runs and all(part.knows_runs for part in parts):
        least = access.data.rows
    morsels = slots.cut(source.morsels(least=least))
    results = map_morsels(work, morsels, access.control, source.threads)
    chunks = tuple([c for c in results if c is not None])
    slot_states = tuple([part.finish() for part in parts])
    counts = slot_states[0].counts[: slots.space]
    counted = _occurring(slots, counts, levels, keys)
    capacity = slots.capacity if chunks else None
    return built(access.control, keys, counted, slot_states, capacity, chunks)


def _whole(
    source: Source,
    keys: tuple[GroupKey, ...],
    slots: Slots,
    needs: GroupNeeds,
    fields: tuple[FieldRef, ...],
) -> Groups:
    """The groups of a whole table: their sizes from an index, metrics of sorted or distinct values
    from other indexes, the rest from one pass over the rows."""
    access = source.access
    indexes = SlotIndexes(source, slots, fields)
    metrics = needs.metrics
    served = [m for m in metrics if indexes.serves(m, metrics)]
    others = [m for m in metrics if m not in served and m != EVERY_ROW]
    added = [m for m in first_pass(needs, slots).metrics if m in others]
    late = needs.lists or any(m not in added for m in others)
    if added:
        cube = totals_from_cube(source, slots.keys, (EVERY_ROW, *added))
        if cube is None:
            parts = layouts(access, columns_of(added), slots.capacity)
            passed = _passed(source, keys, slots, parts, late)
            return replace(passed, indexes=indexes)
        counted = _occurring(slots, cube.counts, [], keys)
        capacity = slots.capacity if late else None
        groups = built(access.control, keys, counted, (cube,), capacity)
        return replace(groups, indexes=indexes)
    sizes = indexes.sizes()
    slot_states = Accumulated.of_counts(sizes)
    counted = _occurring(slots, sizes, [], keys)
    capacity = slots.capacity if late else None
    return replace(built(access.control, keys, counted, (slot_states,), capacity), indexes=indexes)


def _occurring(
    slots: Slots, counts: Ints, levels: list[dict[int, Ints]], keys: tuple[GroupKey, ...]
) -> Counted:
    numbers = counts.nonzero()[0] if keys else np.zeros(1, dtype=np.int64)
    slots.access.control.reserve(_SLOT * (1 + len(keys)) * len(numbers), "groups")
    codes: list[Ints] = []
    domains: list[Domain] = []
    times: list[Ints | None] = []
    prefixes: list[tuple[Ints, Ints] | None] = []
    for level, (coded, key) in enumerate(zip(slots.keys, keys, strict=True)):
        stride = slots.strides[level]
        code = numbers if stride == 1 else numbers // stride
        if level:
            code = code % slots.sizes[level]
        domain, starts = coded.coder.values(), None
        if domain is None:
            code, domain, starts = _bin_texts(slots.access, coded, key, code)
        codes.append(code)
        domains.append(domain)
        times.append(starts)
        level_counts = [counted[level] for counted in levels if level in counted]
        prefixes.append(
            (numbers // slots.strides[level], np.sum(level_counts, axis=0))
            if level_counts
            else None
        )
    return Counted(numbers, codes, domains, times, counts[numbers], prefixes)


def _bin_texts(
    access: Access, coded: KeyCodes, key: GroupKey, code: Ints
) -> tuple[Ints, Values, Ints]:
    """Codes of time bins converted to codes of their texts, with the texts, and the bins' first
    instants."""
    coder, expression = coded.coder, key.expression
    assert isinstance(coder, BinCoder | EdgeCoder)
    assert isinstance(expression, DateText)
    valid = code != coder.size - 1
    starts = np.where(valid, coder.starts(code), 0)
    count = coder.size - 1
    most = min(access.tuning.most_cached_bin_texts, 2 * len(code))
    if isinstance(coder, BinCoder) and count <= most:
        ordered, text_codes = access.cache.even_texts(
            expression.format, coder.first, coder.step, count, access.control
        )
        text_codes = text_codes[code[valid]]
    else:
        ordered, text_codes = texts(access.control, expression.format, starts[valid])
    column = DictionaryColumn(FieldType.STRING, np.zeros(0, unsigned(len(ordered))), ordered)
    codes = np.full(len(code), len(ordered), dtype=np.int64)
    codes[valid] = text_codes
    return codes, Values(column, len(ordered)), starts
