"""The rows that a plan reads: morsels of the queried table, and the matching rows in them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from usql.analysis.bound import Condition, Timeframe
from usql.catalog.model import PRIMARY
from usql.engine.arrays.native.masks import marked_rows
from usql.engine.arrays.types import Bools, Ints
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import (
    All,
    Never,
    Node,
    OfRow,
    OfSession,
    Overlaps,
    compile_condition,
    conjunction,
)
from usql.engine.rows.predicates import NumberRange, Rows
from usql.engine.runtime.tuning import Tuning
from usql.engine.runtime.workers import map_morsels
from usql.errors import InternalError
from usql.planner.plan import Filter, Plan, Scan
from usql.store.columns import NumberColumn
from usql.store.lazy import watched


@dataclass(eq=False)
class Source:
    """The rows that a Scan, with a Filter above it or without, stands for.

    ``weight``: how many rows of its largest table the query reads per row. ``remaining``: the rows
    of the last reading that minima and maxima could not leave out, if it ``is_read`` at all;
    ``threads``: how many these are worth; ``seconds``: what testing the condition took, and
    ``matches``: how many rows match, an entry a morsel each.
    """

    access: Access
    condition: Condition | None = None
    timeframe: Timeframe = Timeframe()
    weight: int = 1
    remaining: int = 0
    is_read: bool = False
    threads: int = 1
    seconds: list[float] = field(default_factory=list)
    matches: list[int] = field(default_factory=list)

    @cached_property
    def node(self) -> Node | None:
        """The compiled condition and timeframe; ``None`` if every row matches."""
        return _node(self.access, self.timeframe, self.condition)

    def fits(self, rows: slice, every: bool) -> Bools | None:
        """Per row, whether it matches; ``None`` if all do, which ``every`` says in advance."""
        if every or self.node is None:
            self.matches.append(rows.stop - rows.start)
            return None
        mask = self._timed(self.node, rows)
        matches = int(np.count_nonzero(mask))
        self.matches.append(matches)
        return None if matches == len(mask) else mask

    def row_ids(self, rows: slice, every: bool) -> Ints | None:
        """The numbers of the matching rows, if these are few and known without testing every
        row."""
        if every or self.node is None:
            return None
        began = time.perf_counter()
        numbers = self.node.row_ids(rows)
        if numbers is not None:
            self.seconds.append(time.perf_counter() - began)
            self.matches.append(len(numbers))
        return numbers

    def fitting_sessions(self, sessions: Rows) -> Bools:
        """Per session, whether its rows match, for a condition on sessions only."""
        assert isinstance(self.node, OfSession)
        return self._timed(self.node.node, sessions)

    @property
    def elapsed(self) -> float:
        """The approximate clock time spent on testing the condition."""
        return sum(self.seconds) / max(min(self.access.control.threads, len(self.seconds)), 1)

    @property
    def share(self) -> float:
        """The share of the table that the last reading could not skip."""
        rows = self.access.data.rows
        return self.remaining / rows if rows else 0.0

    def notes(self) -> dict[str, str]:
        """What minima and maxima skipped, for EXPLAIN; empty if nothing."""
        shown = {}
        rows = self.access.data.rows
        if self.is_read and self.remaining < rows:
            # The smallest ranges that minima and maxima distinguish.
            unit = 2 * self.access.tuning.zone_rows
            remaining, all_ = -(-self.remaining // unit), -(-rows // unit)
            shown["morsels"] = f"{remaining} of {all_}, the others lie outside"
        if self.access.used:
            shown["indexes"] = "; ".join(self.access.used)
        return shown

    def _timed(self, node: Node, rows: Rows) -> Bools:
        began = time.perf_counter()
        mask = node.mask(rows)
        self.seconds.append(time.perf_counter() - began)
        return mask

    def morsels(self, least: int = 1, sweeps: bool = False) -> list[tuple[slice, bool]]:
        """Ranges of at least ``least`` rows that may contain matches, each with whether all its
        rows match; larger ranges if it ``sweeps``, when nothing but the condition is computed.
        Minima and maxima may make them shorter."""
        tuning, weight = self.access.tuning, max(self.weight, 1)
        span = None if self.node is None else _span(self.node)
        every = (slice(0, self.access.data.rows), self.node is None)
        within, exact = every if span is None else span
        rows = within.stop - within.start
        size = tuning.sweep_rows if sweeps else tuning.morsel_rows
        step = max(least, size // weight, 1)
        if sweeps and rows * weight <= tuning.most_rows_swept_alone:
            step = max(rows, 1)
        if rows > tuning.most_uncut_rows and step < rows:
            # Equally many for each thread, so that all end at the same time.
            threads = self.access.control.threads
            rounds = -(-rows // (step * threads))
            step = -(-rows // (rounds * threads))
        if self.node is not None and self.node.row_ids(slice(0, 0)) is not None:
            step = max(rows, 1)  # an index is asked once
        zone = tuning.zone_rows if self.node is not None and self.node.zoned else None
        morsels: list[tuple[slice, bool]] = []
        for first in range(within.start, within.stop, step):
            part = slice(first, min(first + step, within.stop))
            morsels += [(part, True)] if exact else _joined(_pruned(self.node, part, zone))
        self.remaining = sum([part.stop - part.start for part, _ in morsels])
        self.is_read = True
        few = self.remaining * weight <= tuning.most_rows_grouped_alone
        self.threads = 1 if few else self.access.control.threads
        return morsels


def source(access: Access, plan: Plan, weight: int = 1) -> Source:
    """The source for a plan of Scan, or of Filter over Scan."""
    match plan:
        case Scan(timeframe=timeframe):
            return Source(access, None, timeframe, weight)
        case Filter(input=Scan(timeframe=timeframe), condition=condition):
            return Source(access, condition, timeframe, weight)
    raise InternalError(f"{type(plan).__name__} gives no rows")


def _node(access: Access, timeframe: Timeframe, condition: Condition | None) -> Node | None:
    parts: list[Node] = []
    if timeframe.start is not None or timeframe.end is not None:
        overlaps = _overlaps(access, timeframe)
        parts.append(
            overlaps
            if access.table == PRIMARY
            else OfSession(overlaps, access.parent, access.offsets(access.table))
        )
    if condition is not None:
        parts.append(compile_condition(access, condition))
    return conjunction(parts, access.control) if parts else None


def _overlaps(access: Access, timeframe: Timeframe) -> Node:
    columns = access.store.tables[PRIMARY].columns
    starts, ends = (watched(columns, n, access.control) for n in ("startTime", "endTime"))
    if not isinstance(starts, NumberColumn):
        return Never()
    finish = ends if isinstance(ends, NumberColumn) else None
    zones = access.cache.zones
    return Overlaps(
        starts, finish, timeframe, zones(starts), None if finish is None else zones(finish)
    )


def _span(node: Node) -> tuple[slice, bool] | None:
    """The range that contains all matching rows, as far as the order of the rows determines it, and
    whether every row in it matches."""
    match node:
        case OfRow(test=NumberRange() as test, ascends=True):
            values = test.column.values
            first, last = 0, len(values)
            if test.low is not None:
                lower: Literal["left", "right"] = "left" if test.low_closed else "right"
                first = int(values.searchsorted(values.dtype.type(test.low), lower))
            if test.high is not None:
                upper: Literal["left", "right"] = "right" if test.high_closed else "left"
                last = int(values.searchsorted(values.dtype.type(test.high), upper))
            return slice(first, max(first, last)), True
        case OfSession(node=inner, offsets=offsets):
            span = _span(inner)
            if span is None:
                return None
            sessions, exact = span
            return slice(int(offsets[sessions.start]), int(offsets[sessions.stop])), exact
        case All(parts=parts):
            spans = [_span(part) for part in parts]
            limited = [span for span in spans if span is not None]
            if not limited:
                return None
            first = max(rows.start for rows, _ in limited)
            last = min(rows.stop for rows, _ in limited)
            exact = len(limited) == len(parts) and all(exact for _, exact in limited)
            return slice(first, max(first, last)), exact
    return None


def _pruned(node: Node | None, rows: slice, zone: int | None) -> list[tuple[slice, bool]]:
    """The parts of a range that may contain matches, each with whether all its rows match. A range
    is split as long as minima and maxima, each of ``zone`` rows, may distinguish its halves."""
    verdict = True if node is None else node.verdict(rows)
    if verdict is not None:
        return [(rows, True)] if verdict else []
    halves = () if zone is None else _halves(rows, zone)
    parts = [part for half in halves for part in _pruned(node, half, zone)]
    undecided = not halves or parts == [(half, False) for half in halves]
    return [(rows, False)] if undecided else parts


def _joined(parts: list[tuple[slice, bool]]) -> list[tuple[slice, bool]]:
    """Ranges, with adjacent ones of equal verdict joined."""
    joined: list[tuple[slice, bool]] = []
    for rows, every in parts:
        if joined and joined[-1][1] == every and joined[-1][0].stop == rows.start:
            joined[-1] = (slice(joined[-1][0].start, rows.stop), every)
        else:
            joined.append((rows, every))
    return joined


def _halves(rows: slice, zone: int) -> tuple[slice, ...]:
    if rows.stop - rows.start < 4 * zone:
        return ()
    middle = (rows.start + rows.stop) // 2 // zone * zone
    return slice(rows.start, middle), slice(middle, rows.stop)


def selected(source: Source) -> Ints:
    """The numbers of all matching rows, ascending."""
    control = source.access.control

    def work(_: int, morsel: tuple[slice, bool]) -> Ints:
        numbers = _numbers(source, *morsel)
        control.reserve(numbers.nbytes, "row numbers")
        return numbers

    parts = map_morsels(work, source.morsels(sweeps=True), control)
    if len(parts) == 1:
        return parts[0]
    with control.working(sum(part.nbytes for part in parts), "row numbers"):
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def first_selected(source: Source, most: int) -> tuple[Ints, int | None]:
    """The numbers of the first ``most`` matching rows, and the number of all matches, ``None`` if
    some rows were not read. Reads no further than necessary: one morsel after the other, beginning
    with small ones."""
    parts: list[Ints] = []
    tuning = source.access.tuning
    remaining, at, step = most, 0, tuning.first_morsel_rows
    end = source.access.data.rows
    read = total = 0
    while at < end and remaining > 0:
        source.access.control.check()
        piece = slice(at, min(at + step, end))
        verdict = True if source.node is None else source.node.verdict(piece)
        if verdict is not False:
            numbers = _numbers(source, piece, verdict is True)
            total += len(numbers)
            parts.append(numbers[:remaining])
            remaining -= len(parts[-1])
            read += piece.stop - piece.start
        at, step = piece.stop, min(2 * step, tuning.morsel_rows)
    source.remaining, source.is_read = read, True
    numbers = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
    if source.node is None:
        return numbers, end
    return numbers, total if at >= end else None


def count_selected(source: Source) -> int:
    """The number of matching rows."""

    def work(_: int, morsel: tuple[slice, bool]) -> None:
        if source.row_ids(*morsel) is None:
            source.fits(*morsel)

    map_morsels(work, source.morsels(sweeps=True), source.access.control)
    return sum(source.matches)


def _numbers(source: Source, rows: slice, every: bool) -> Ints:
    numbers = source.row_ids(rows, every)
    if numbers is not None:
        return numbers
    mask = source.fits(rows, every)
    if mask is None:
        return np.arange(rows.start, rows.stop, dtype=np.int64)
    return marked_rows(mask, rows.start)


def narrowed(rows: Rows, mask: Bools | None, tuning: Tuning) -> tuple[Rows, Bools | None]:
    """The rows that a mask leaves for a further test, and the mask: the rows unchanged while many
    remain, otherwise the numbers of the remaining ones."""
    if mask is None:
        return rows, None
    remaining = int(np.count_nonzero(mask))
    if remaining * tuning.few_remaining_one_in > len(mask):
        return rows, None if remaining == len(mask) else mask
    if isinstance(rows, slice):
        return marked_rows(mask, rows.start), None
    return rows[marked_rows(mask)], None
