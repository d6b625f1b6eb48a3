"""Conditions over rows of the queried table (LANGUAGE.md §5), compiled once and evaluated per
morsel.

A node of a compiled condition gives a mask over a range of rows or over row numbers, and, where
minima and maxima allow it, a verdict on a whole range.
"""

from __future__ import annotations

from dataclasses import field as dataclass_field
from typing import Protocol

import numpy as np

from usql.analysis.bound import AllOf, AnyOf, Condition, FieldRef, Negation, Test, Timeframe
from usql.catalog.model import PRIMARY
from usql.engine.arrays.native.masks import marked_rows
from usql.engine.arrays.native.runs import expand
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.rows.predicates import (
    Compiled,
    Decided,
    NumberRange,
    Rows,
    at,
    row_count,
    sessions_of,
    some_entry,
)
from usql.engine.rows.zones import Zones
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import NumberColumn
from usql.store.views import expand_runs


class Node:
    """A compiled condition."""

    def mask(self, rows: Rows) -> Bools:
        """Per row of the queried table, whether the condition holds. The caller owns the array."""
        raise NotImplementedError

    def verdict(self, rows: slice) -> bool | None:
        """Whether all rows of a non-empty range match, or none does; ``None`` if the rows must be
        tested."""
        raise NotImplementedError

    def row_ids(self, rows: slice) -> Array | None:
        """The numbers of the matching rows of a range, ascending, if these are few and known
        without testing every row: from an index, or as the rows of few sessions."""
        return None

    @property
    def zoned(self) -> bool:
        """Whether verdicts on parts of a range may differ from that on the whole."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class OfRow(Node):
    """A test of the queried table's own field. ``zones`` is its zone map, if there is one;
    ``ascends``: the rows are in the order of the field, and all have a value."""

    test: Compiled
    zones: Zones | None = None
    ascends: bool = False

    def mask(self, rows: Rows) -> Bools:
        return self.test.mask(rows)

    def verdict(self, rows: slice) -> bool | None:
        if isinstance(self.test, Decided):
            return self.test.fits
        if self.zones is None or not isinstance(self.test, NumberRange):
            return None
        test = self.test
        low, high = self.zones.span(rows)
        if (test.high is not None and low > test.high) or (
            test.low is not None and high < test.low
        ):
            return False
        if test.column.valid is not None:
            return None
        above = test.low is None or low > test.low or (low == test.low and test.low_closed)
        below = test.high is None or high < test.high or (high == test.high and test.high_closed)
        return True if above and below else None

    @property
    def zoned(self) -> bool:
        return self.zones is not None


@dataclass(frozen=True, eq=False)
class OfSession(Node):
    """A condition on the session of each row of a secondary table: ``parent`` is the number of the
    session, ``offsets`` are those of each session's rows."""

    node: Node
    parent: Array
    offsets: Ints

    def mask(self, rows: Rows) -> Bools:
        if not isinstance(rows, slice):
            return self.node.mask(at(self.parent, rows))
        sessions, offsets = sessions_of(self.parent, self.offsets, rows)
        return expand(self.node.mask(sessions), offsets)

    def row_ids(self, rows: slice) -> Array | None:
        """The rows of few sessions, which are contiguous, ascending; ``None`` for many sessions."""
        if rows.stop == rows.start:
            return None
        sessions, offsets = sessions_of(self.parent, self.offsets, rows)
        fits = self.node.mask(sessions)
        if 5 * int(np.count_nonzero(fits)) > 2 * len(fits):
            return None
        return expand_runs(offsets, marked_rows(fits))[0]

    def verdict(self, rows: slice) -> bool | None:
        if rows.stop == rows.start:
            return None
        return self.node.verdict(sessions_of(self.parent, self.offsets, rows)[0])

    @property
    def zoned(self) -> bool:
        return self.node.zoned


@dataclass(frozen=True, eq=False)
class SomeChild(Node):
    """Some child of the session matches. ``offsets`` are those of each session's children in one
    table."""

    test: Compiled
    offsets: Ints
    zones: Zones | None = None

    def mask(self, rows: Rows) -> Bools:
        return some_entry(self.offsets, rows, self.test.mask)

    def verdict(self, rows: slice) -> bool | None:
        children = slice(int(self.offsets[rows.start]), int(self.offsets[rows.stop]))
        if children.stop == children.start:
            return False
        verdict = OfRow(self.test, self.zones).verdict(children)
        return False if verdict is False else None

    @property
    def zoned(self) -> bool:
        return self.zones is not None


@dataclass(frozen=True, eq=False)
class All(Node):
    """All parts hold. The parts are tested in order, each only on the remaining rows: with masks
    over the whole range while many remain, then by row numbers."""

    parts: tuple[Node, ...]
    control: Control = dataclass_field(default_factory=Control)

    def mask(self, rows: Rows) -> Bools:
        return _successively(self.parts, rows, False, self.control)

    def row_ids(self, rows: slice) -> Array | None:
        for index, part in enumerate(self.parts):
            numbers = part.row_ids(rows)
            if numbers is not None:
                others = self.parts[:index] + self.parts[index + 1 :]
                return numbers.compress(_successively(others, numbers, False, self.control))
        return None

    def verdict(self, rows: slice) -> bool | None:
        verdicts = [part.verdict(rows) for part in self.parts]
        return False if False in verdicts else True if None not in verdicts else None

    @property
    def zoned(self) -> bool:
        return any(p.zoned for p in self.parts)


@dataclass(frozen=True, eq=False)
class Some(Node):
    """Some part holds; each part is tested on the rows that do not match yet."""

    parts: tuple[Node, ...]
    control: Control = dataclass_field(default_factory=Control)

    def mask(self, rows: Rows) -> Bools:
        return _successively(self.parts, rows, True, self.control)

    def verdict(self, rows: slice) -> bool | None:
        verdicts = [part.verdict(rows) for part in self.parts]
        return True if True in verdicts else False if None not in verdicts else None

    @property
    def zoned(self) -> bool:
        return any(p.zoned for p in self.parts)


@dataclass(frozen=True, eq=False)
class Not(Node):
    """The part does not hold."""

    part: Node

    def mask(self, rows: Rows) -> Bools:
        return ~self.part.mask(rows)

    def verdict(self, rows: slice) -> bool | None:
        verdict = self.part.verdict(rows)
        return None if verdict is None else not verdict

    @property
    def zoned(self) -> bool:
        return self.part.zoned


@dataclass(frozen=True, eq=False)
class Overlaps(Node):
    """The session overlaps ``[start, end)``: it starts before the end, and ends at or after the
    start; a missing end equals the start (LANGUAGE.md §4)."""

    starts: NumberColumn
    ends: NumberColumn | None
    timeframe: Timeframe
    start_zones: Zones
    end_zones: Zones | None

    def mask(self, rows: Rows) -> Bools:
        begin = at(self.starts.values, rows).astype(np.int64, copy=False)
        size = row_count(rows)
        valid = self.starts.valid
        mask = np.ones(size, dtype=np.bool_) if valid is None else at(valid, rows).copy()
        if self.timeframe.end is not None:
            mask &= begin < self.timeframe.end
        if self.timeframe.start is not None:
            finish = begin
            if self.ends is not None:
                finish = at(self.ends.values, rows).astype(np.int64, copy=False)
                if self.ends.valid is not None:
                    finish = np.where(at(self.ends.valid, rows), finish, begin)
            mask &= finish >= self.timeframe.start
        return mask

    def verdict(self, rows: slice) -> bool | None:
        start, end = self.timeframe.start, self.timeframe.end
        first, last = self.start_zones.span(rows)
        if end is not None and first >= end:
            return False
        latest = last if self.end_zones is None else max(last, self.end_zones.span(rows)[1])
        if start is not None and latest < start:
            return False
        if self.starts.valid is not None or (self.ends is not None and self.ends.valid is not None):
            return None
        earliest_end = first if self.end_zones is None else self.end_zones.span(rows)[0]
        inside = (end is None or last < end) and (start is None or earliest_end >= start)
        return True if inside else None

    @property
    def zoned(self) -> bool:
        return True


@dataclass(frozen=True, eq=False)
class Never(Node):
    """No row matches."""

    def mask(self, rows: Rows) -> Bools:
        return np.zeros(row_count(rows), dtype=np.bool_)

    def verdict(self, rows: slice) -> bool | None:
        return False

    @property
    def zoned(self) -> bool:
        return False


def _successively(parts: tuple[Node, ...], rows: Rows, stop_at: bool, control: Control) -> Bools:
    """Evaluate the parts one after the other. A row is decided as soon as a part gives
    ``stop_at``."""
    size = row_count(rows)
    if not parts:
        return np.full(size, not stop_at)
    mask = parts[0].mask(rows)
    for index, part in enumerate(parts[1:], 1):
        control.check()
        fits = int(np.count_nonzero(mask))
        undecided = size - fits if stop_at else fits
        if not undecided:
            break
        if undecided * control.tuning.few_remaining_one_in < size:
            open_rows = np.flatnonzero(mask != stop_at)
            numbers = open_rows + rows.start if isinstance(rows, slice) else rows[open_rows]
            mask[open_rows] = _successively(parts[index:], numbers, stop_at, control)
            break
        if stop_at:
            mask |= part.mask(rows)
        else:
            mask &= part.mask(rows)
    return mask


# --- compiling ------------------------------------------------------------------------------------


class Compiler(Protocol):
    """What compilation needs of the data; see ``usql.engine.rows.access.Access``."""

    @property
    def table(self) -> str:
        """The queried table."""

    @property
    def control(self) -> Control:
        """The limits of the run."""

    def test(self, test: Test) -> tuple[Compiled, Zones | None, bool]:
        """The compiled predicate on the field's own table, its zone map if there is one, and
        whether the table is in the order of the field."""

    def indexed(self, field: FieldRef, test: Compiled, node: Node) -> Node:
        """The node of a test, or a node that uses an index."""

    def offsets(self, table: str) -> Ints:
        """The offsets of each session's rows in a secondary table."""

    @property
    def parent(self) -> Array:
        """The session of each row of the queried secondary table."""


def compile_condition(access: Compiler, condition: Condition) -> Node:
    """The condition on the rows of the queried table."""
    match condition:
        case Test(field=field):
            test, zones, ascends = access.test(condition)
            if field.table == access.table:
                return access.indexed(field, test, OfRow(test, zones, ascends))
            if access.table == PRIMARY:
                offsets = access.offsets(field.table)
                return access.indexed(field, test, SomeChild(test, offsets, zones))
            on_sessions = access.indexed(field, test, OfRow(test, zones, ascends))
            return OfSession(on_sessions, access.parent, access.offsets(access.table))
        case Negation(part=part):
            return Not(compile_condition(access, part))
        case AllOf(parts=parts):
            return conjunction([compile_condition(access, p) for p in parts], access.control)
        case AnyOf(parts=parts):
            nodes = tuple(compile_condition(access, p) for p in parts)
            return Some(nodes, access.control)


def conjunction(parts: list[Node], control: Control) -> Node:
    """The conjunction of several nodes. Tests of the session are combined, so that their result is
    spread to the session's rows once; they come first, since they are evaluated once per
    session."""
    if len(parts) == 1:
        return parts[0]
    of_session = [p for p in parts if isinstance(p, OfSession)]
    if len(of_session) > 1:
        joined = All(tuple(p.node for p in of_session), control)
        others = [p for p in parts if not isinstance(p, OfSession)]
        session = of_session[0]
        parts = [OfSession(joined, session.parent, session.offsets), *others]
    flat = [inner for p in parts for inner in (p.parts if isinstance(p, All) else (p,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat), control)
