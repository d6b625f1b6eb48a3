"""Which rows a plan reads: morsels of the queried table, and those among their rows that fit."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from usql.analysis.bound import Condition, Timeframe
from usql.catalog.model import PRIMARY
from usql.engine.arrays.kernels import Bools, Ints, places_of
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import (
    FEW,
    All,
    Never,
    Node,
    OfSession,
    Overlaps,
    Own,
    compile_condition,
    conjunction,
)
from usql.engine.rows.predicates import NumberRange, Rows
from usql.engine.rows.zones import BLOCK
from usql.engine.runtime.workers import map_morsels
from usql.errors import InternalError
from usql.planner.plan import Filter, Plan, Scan
from usql.store.columns import NumberColumn
from usql.store.lazy import watched

MORSEL = 1 << 19
"""Rows of a morsel, counted in the largest table that the query reads."""

SWEEP = 1 << 21
"""Rows of a morsel where a condition is all there is to compute."""

_FEW_TO_SWEEP = 1 << 20
"""Rows whose condition one thread tests as soon as two would."""

_FEW = 1 << 18
"""Rows that one thread groups as soon as two would, which have to wake and to take turns."""

_SMALL = 1 << 15
"""Rows that are not worth cutting."""


@dataclass(eq=False)
class Source:
    """The rows that a Scan, with a Filter above it or without, stands for.

    ``weight``: how many rows of its largest table the query reads per row. ``left``: the rows of the
    last reading that minima and maxima could not leave out, if it ``is_read`` at all; ``threads``:
    how many these are worth; ``seconds``: what testing the condition took, ``fitted``: the rows
    that fit, an entry a morsel each.
    """

    access: Access
    condition: Condition | None = None
    timeframe: Timeframe = Timeframe()
    weight: int = 1
    left: int = 0
    is_read: bool = False
    threads: int = 1
    seconds: list[float] = field(default_factory=list)
    fitted: list[int] = field(default_factory=list)

    @cached_property
    def node(self) -> Node | None:
        """The compiled condition and timeframe; ``None`` where every row fits."""
        return _node(self.access, self.timeframe, self.condition)

    def fits(self, rows: slice, every: bool) -> Bools | None:
        """Per row, whether it fits; ``None`` if all do, which ``every`` knows beforehand."""
        if every or self.node is None:
            self.fitted.append(rows.stop - rows.start)
            return None
        mask = self._timed(self.node, rows)
        hits = int(np.count_nonzero(mask))
        self.fitted.append(hits)
        return None if hits == len(mask) else mask

    def listed(self, rows: slice, every: bool) -> Ints | None:
        """The numbers of the rows that fit, where they are few and known without a look at each."""
        if every or self.node is None:
            return None
        began = time.perf_counter()
        numbers = self.node.hits(rows)
        if numbers is not None:
            self.seconds.append(time.perf_counter() - began)
            self.fitted.append(len(numbers))
        return numbers

    def fitting_sessions(self, sessions: Rows) -> Bools:
        """Per session, whether its rows fit, for a condition on sessions alone."""
        assert isinstance(self.node, OfSession)
        return self._timed(self.node.node, sessions)

    @property
    def elapsed(self) -> float:
        """About the current time that testing the condition took."""
        return sum(self.seconds) / max(min(self.access.control.threads, len(self.seconds)), 1)

    @property
    def share(self) -> float:
        """The share of the table that the last reading could not leave out."""
        rows = self.access.data.rows
        return self.left / rows if rows else 0.0

    def notes(self) -> dict[str, str]:
        """What minima and maxima left out, in words; nothing if they did not."""
        shown = {}
        rows = self.access.data.rows
        if self.is_read and self.left < rows:
            shown["morsels"] = f"{_units(self.left)} of {_units(rows)}, the others lie outside"
        if self.access.used:
            shown["indexes"] = "; ".join(self.access.used)
        return shown

    def _timed(self, node: Node, rows: Rows) -> Bools:
        began = time.perf_counter()
        mask = node.mask(rows)
        self.seconds.append(time.perf_counter() - began)
        return mask

    def morsels(self, least: int = 1, size: int = MORSEL) -> list[tuple[slice, bool]]:
        """Ranges of about ``size`` rows of the largest table, or ``least`` of the queried one, that
        may hold fitting rows, and whether all of theirs fit. Minima and maxima may cut them
        shorter."""
        span = None if self.node is None else _span(self.node)
        within, exact = (slice(0, self.access.data.rows), False) if span is None else span
        rows = within.stop - within.start
        step = max(least, size // max(self.weight, 1), 1)
        if size == SWEEP and rows * max(self.weight, 1) <= _FEW_TO_SWEEP:
            step = max(rows, 1)
        if rows > _SMALL and step < rows:
            # As many for each thread, so that all end at once.
            threads = self.access.control.threads
            rounds = -(-rows // (step * threads))
            step = -(-rows // (rounds * threads))
        if self.node is not None and self.node.hits(slice(0, 0)) is not None:
            step = max(rows, 1)  # an index is asked once
        zoned = self.node is not None and self.node.zoned
        found: list[tuple[slice, bool]] = []
        for first in range(within.start, within.stop, step):
            part = slice(first, min(first + step, within.stop))
            found += [(part, True)] if exact else _joined(_pruned(self.node, part, zoned))
        self.left = sum(part.stop - part.start for part, _ in found)
        self.is_read = True
        few = self.left * max(self.weight, 1) <= _FEW
        self.threads = 1 if few else self.access.control.threads
        return found


def source(access: Access, plan: Plan, weight: int = 1) -> Source:
    """The source that a plan of Scan, or Filter over Scan, stands for."""
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
    return conjunction(parts, access.control.check) if parts else None


def _overlaps(access: Access, timeframe: Timeframe) -> Node:
    columns = access.store.tables[PRIMARY].columns
    starts, ends = (watched(columns, n, access.control) for n in ("startTime", "endTime"))
    if not isinstance(starts, NumberColumn):
        return Never()
    finish = ends if isinstance(ends, NumberColumn) else None
    zones = access.derived.zones
    return Overlaps(
        starts, finish, timeframe, zones(starts), None if finish is None else zones(finish)
    )


def _span(node: Node) -> tuple[slice, bool] | None:
    """Where all rows that fit lie, as far as the order of the rows tells, and whether every row
    there fits."""
    match node:
        case Own(test=NumberRange() as test, ascends=True):
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
            found = _span(inner)
            if found is None:
                return None
            sessions, exact = found
            return slice(int(offsets[sessions.start]), int(offsets[sessions.stop])), exact
        case All(parts=parts):
            spans = [_span(part) for part in parts]
            known = [found for found in spans if found is not None]
            if not known:
                return None
            first = max(rows.start for rows, _ in known)
            last = min(rows.stop for rows, _ in known)
            exact = len(known) == len(parts) and all(exact for _, exact in known)
            return slice(first, max(first, last)), exact
    return None


def _pruned(node: Node | None, rows: slice, zoned: bool) -> list[tuple[slice, bool]]:
    """The parts of a range that may hold fitting rows, and whether all of theirs do. A range is
    split as long as minima and maxima may tell its halves apart."""
    verdict = True if node is None else node.verdict(rows)
    if verdict is not None:
        return [(rows, True)] if verdict else []
    halves = _halves(rows) if zoned else ()
    parts = [part for half in halves for part in _pruned(node, half, zoned)]
    undecided = not halves or parts == [(half, False) for half in halves]
    return [(rows, False)] if undecided else parts


def _joined(parts: list[tuple[slice, bool]]) -> list[tuple[slice, bool]]:
    """Ranges with neighbours of one verdict joined."""
    made: list[tuple[slice, bool]] = []
    for rows, every in parts:
        if made and made[-1][1] == every and made[-1][0].stop == rows.start:
            made[-1] = (slice(made[-1][0].start, rows.stop), every)
        else:
            made.append((rows, every))
    return made


def _units(rows: int) -> int:
    """Rows in the smallest ranges that minima and maxima tell apart, as EXPLAIN counts them."""
    return -(-rows // (2 * BLOCK))


def _halves(rows: slice) -> tuple[slice, ...]:
    if rows.stop - rows.start < 4 * BLOCK:
        return ()
    middle = (rows.start + rows.stop) // 2 // BLOCK * BLOCK
    return slice(rows.start, middle), slice(middle, rows.stop)


def selected(found: Source) -> Ints:
    """The numbers of all rows that fit, ascending."""
    control = found.access.control

    def work(_: int, morsel: tuple[slice, bool]) -> Ints:
        numbers = _numbers(found, *morsel)
        control.reserve(numbers.nbytes, "row numbers")
        return numbers

    parts = map_morsels(work, found.morsels(size=SWEEP), control)
    if len(parts) == 1:
        return parts[0]
    with control.working(sum(part.nbytes for part in parts), "row numbers"):
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def first_selected(found: Source, most: int) -> tuple[Ints, int | None]:
    """The numbers of the first ``most`` rows that fit, and how many fit in all: ``None`` where rows
    were left unread. Reads no further than it needs to: one morsel after the other, beginning
    with small ones."""
    parts: list[Ints] = []
    left, at, step = most, 0, 1024
    end = found.access.data.rows
    read = total = 0
    while at < end and left > 0:
        found.access.control.check()
        piece = slice(at, min(at + step, end))
        verdict = True if found.node is None else found.node.verdict(piece)
        if verdict is not False:
            numbers = _numbers(found, piece, verdict is True)
            total += len(numbers)
            parts.append(numbers[:left])
            left -= len(parts[-1])
            read += piece.stop - piece.start
        at, step = piece.stop, min(2 * step, MORSEL)
    found.left, found.is_read = read, True
    numbers = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
    if found.node is None:
        return numbers, end
    return numbers, total if at >= end else None


def count_selected(found: Source) -> int:
    """How many rows fit."""

    def work(_: int, morsel: tuple[slice, bool]) -> None:
        if found.listed(*morsel) is None:
            found.fits(*morsel)

    map_morsels(work, found.morsels(size=SWEEP), found.access.control)
    return sum(found.fitted)


def _numbers(found: Source, rows: slice, every: bool) -> Ints:
    numbers = found.listed(rows, every)
    if numbers is not None:
        return numbers
    mask = found.fits(rows, every)
    if mask is None:
        return np.arange(rows.start, rows.stop, dtype=np.int64)
    numbers = places_of(mask, int(np.count_nonzero(mask)))
    numbers += rows.start
    return numbers


def narrowed(rows: Rows, mask: Bools | None) -> tuple[Rows, Bools | None]:
    """Rows of which a mask says which are left, ready for a further test: as they are while many
    are left, else the numbers of those that are."""
    if mask is None:
        return rows, None
    left = int(np.count_nonzero(mask))
    if left * FEW > len(mask):
        return rows, None if left == len(mask) else mask
    numbers = places_of(mask, left)
    return (numbers + rows.start if isinstance(rows, slice) else rows[numbers]), None
