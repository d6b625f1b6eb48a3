"""Grouping: which cells of the keys occur among some rows, and what is added up on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from usql.analysis.bound import DateText, FieldRef, Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.dates import texts
from usql.engine.arrays.kernels import Ints
from usql.engine.arrays.vectors import Factors, every_value
from usql.engine.groups.aggregates.count import EVERY_ROW
from usql.engine.groups.aggregates.passes import accumulators, run_totals
from usql.engine.groups.aggregates.registry import columns_of
from usql.engine.groups.aggregates.totals import Accumulated
from usql.engine.groups.cell_indexes import CellIndexes, all_members, every_chunk
from usql.engine.groups.cube_totals import summarized
from usql.engine.groups.factorized import Counted, factorized
from usql.engine.groups.first_pass import early, keeps_members
from usql.engine.groups.groups import Groups
from usql.engine.groups.key_codes import BinCoder, EdgeCoder, KeyCodes, key_codes
from usql.engine.groups.members import Cells, Chunk
from usql.engine.groups.prefixes import built
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source, count_selected
from usql.engine.runtime.index_cache import name_of
from usql.engine.runtime.workers import map_morsels
from usql.planner.keys import GroupKey
from usql.planner.plan import GroupNeeds
from usql.store.columns import DictionaryColumn
from usql.store.widths import unsigned

_MOST_CELLS = 1 << 24
_FEWEST_CELLS = 1 << 14
"""Cells that are counted in an array, however few rows there are."""

_CELL = 16
"""Bytes that a cell that occurs takes for each key and once more."""

_MOST_KEPT_TEXTS = 1 << 14
"""Texts of time bins that are kept for the next query with the same bins."""


def group(found: Source, keys: tuple[GroupKey, ...], needs: GroupNeeds) -> Groups:
    """Group the rows of a source by the keys, computing on the way what can be. Without keys there
    is one group, also of no rows."""
    access = found.access
    if not keys and not needs.lists and {*needs.metrics} <= {EVERY_ROW}:
        return _counted(found)
    coded = [key_codes(access, key.expression) for key in keys]
    if all(c is not None for c in coded):
        cells = Cells(found, [c for c in coded if c is not None])
        if cells.space <= min(_MOST_CELLS, max(_FEWEST_CELLS, 2 * access.data.rows)):
            return _streamed(found, keys, cells, needs)
    counted, chunks = factorized(found, keys)
    slots = len(counted.numbers) + 1
    added = early(needs, access, slots)
    totals = run_totals(access, chunks, added, slots) if added else ()
    return built(access.control, keys, counted, totals, slots if chunks else None, chunks)


def _counted(found: Source) -> Groups:
    """One group of which only the rows are counted."""
    counts = np.array([count_selected(found)], dtype=np.int64)
    one = np.zeros(1, dtype=np.int64)
    totals = Accumulated.of_counts(counts)
    counted = Counted(one, (), (), (), counts, ())
    return built(found.access.control, (), counted, (totals,))


def _streamed(found: Source, keys: tuple[GroupKey, ...], cells: Cells, needs: GroupNeeds) -> Groups:
    """One pass over the morsels: filter, cells, counts and metrics; or what indexes know of it."""
    access = found.access
    fields = [k.field for k in cells.keys if k.field is not None]
    indexed = access.has_indexes and len(fields) == len(keys)
    asked = tuple(dict.fromkeys((EVERY_ROW, *needs.metrics)))
    if indexed and not needs.lists and not any(cells.levels):
        summary = summarized(found, cells.keys, asked)
        if summary is not None:
            counted = _occurring(cells, summary.counts, [], keys)
            return built(access.control, keys, counted, (summary,))
    indexed = indexed and len(keys) > 0
    if indexed and len(keys) == 1 and cells.keys[0].offsets is not None:
        name = name_of("members", access.table, fields)
        cells.members = access.index(name, lambda: all_members(every_chunk(found, cells)))
    if indexed and found.node is None and not any(cells.levels):
        return _whole(found, keys, cells, needs, fields)
    added = early(needs, access, cells.space)
    return _passed(found, keys, cells, added, keeps_members(needs, added))


def _passed(
    found: Source, keys: tuple[GroupKey, ...], cells: Cells, added: Sequence[Metric], keep: bool
) -> Groups:
    access = found.access
    parts = accumulators(access, columns_of(added), cells.slots)
    levels: list[dict[int, Ints]] = [{} for _ in range(access.control.threads)]
    takes_runs = not keep and cells.has_runs and all(part.takes_runs for part in parts)
    if takes_runs:
        for part in parts:
            part.use_running_sums()

    def work(worker: int, morsel: tuple[slice, bool]) -> Chunk | None:
        runs = cells.runs(*morsel) if takes_runs else None
        if runs is not None:
            for part in parts:
                part.add_runs(worker, morsel[0], *runs)
            return None
        made = cells.chunk(*morsel)
        if made is None:
            return None
        chunk, counted = made
        for level, numbers in counted:
            size = cells.slots // cells.strides[level] + 1
            added = np.bincount(numbers, minlength=size)
            known = levels[worker].get(level)
            levels[worker][level] = added if known is None else known + added
        for part in parts:
            part.add(worker, chunk.rows, chunk.places, chunk.ids)
        if not keep:
            return None
        access.control.reserve(chunk.nbytes, "group members")
        return chunk

    # Every morsel costs a pass over the cells; what indexes know of runs costs nothing else.
    least = 4 * parts[0].size
    if takes_runs and cells.knows_runs and all(part.knows_runs for part in parts):
        least = access.data.rows
    morsels = cells.cut(found.morsels(least=least))
    made = map_morsels(work, morsels, access.control, found.threads)
    chunks = tuple(c for c in made if c is not None)
    totals = tuple(part.finish() for part in parts)
    counts = totals[0].counts[: cells.space]
    counted = _occurring(cells, counts, levels, keys)
    slots = cells.slots if chunks else None
    return built(access.control, keys, counted, totals, slots, chunks)


def _whole(
    found: Source,
    keys: tuple[GroupKey, ...],
    cells: Cells,
    needs: GroupNeeds,
    fields: list[FieldRef],
) -> Groups:
    """The groups of a whole table: their sizes from an index, what is asked of sorted or distinct
    values from others, the rest from one pass over the rows."""
    access = found.access
    indexes = CellIndexes(found, cells, fields)
    asked = needs.metrics
    served = [m for m in asked if indexes.serves(m, asked)]
    others = [m for m in asked if m not in served and m != EVERY_ROW]
    added = [m for m in early(needs, access, cells.space) if m in others]
    late = needs.lists or any(m not in added for m in others)
    if added:
        groups = _passed(found, keys, cells, added, late)
        return replace(groups, indexes=indexes)
    sizes = indexes.sizes()
    totals = Accumulated.of_counts(sizes)
    counted = _occurring(cells, sizes, [], keys)
    slots = cells.slots if late else None
    return replace(built(access.control, keys, counted, (totals,), slots), indexes=indexes)


def _occurring(
    cells: Cells, counts: Ints, levels: list[dict[int, Ints]], keys: tuple[GroupKey, ...]
) -> Counted:
    numbers = np.flatnonzero(counts != 0) if keys else np.zeros(1, dtype=np.int64)
    cells.access.control.reserve(_CELL * (1 + len(keys)) * len(numbers), "groups")
    codes: list[Ints] = []
    factors: list[Factors] = []
    times: list[Ints | None] = []
    prefixes: list[tuple[Ints, Ints] | None] = []
    for level, (coded, key) in enumerate(zip(cells.keys, keys, strict=True)):
        stride = cells.strides[level]
        code = numbers if stride == 1 else numbers // stride
        if level:
            code = code % cells.sizes[level]
        values, starts = coded.coder.values(), None
        if values is None:
            code, values, starts = _bin_texts(cells.access, coded, key, code)
        codes.append(code)
        factors.append(values)
        times.append(starts)
        own = [counted[level] for counted in levels if level in counted]
        prefixes.append((numbers // cells.strides[level], np.sum(own, axis=0)) if own else None)
    return Counted(numbers, codes, factors, times, counts[numbers], prefixes)


def _bin_texts(
    access: Access, coded: KeyCodes, key: GroupKey, code: Ints
) -> tuple[Ints, Factors, Ints]:
    """Codes of time bins as codes of their texts, with the texts, and the bins' first instants."""
    coder, expression = coded.coder, key.expression
    assert isinstance(coder, BinCoder | EdgeCoder)
    assert isinstance(expression, DateText)
    valid = code != coder.size - 1
    starts = np.where(valid, coder.starts(code), 0)
    count = coder.size - 1
    if isinstance(coder, BinCoder) and count <= min(_MOST_KEPT_TEXTS, 2 * len(code)):
        ordered, found = access.derived.even_texts(
            expression.format, coder.first, coder.step, count, access.control
        )
        found = found[code[valid]]
    else:
        ordered, found = texts(access.control, expression.format, starts[valid])
    column = DictionaryColumn(FieldType.STRING, np.zeros(0, unsigned(len(ordered))), ordered)
    made = np.full(len(code), len(ordered), dtype=np.int64)
    made[valid] = found
    return made, every_value(column), starts
