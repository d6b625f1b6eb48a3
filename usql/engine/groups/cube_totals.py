"""Metrics of groups from a summary, where one serves (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field as made_by

from usql.analysis.bound import AllOf, Condition, FieldRef, Metric, Timeframe, tested_fields
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Array, Ints
from usql.engine.groups.aggregates.registry import columns_of, has_columns_of
from usql.engine.groups.aggregates.state import Kind, StateColumn
from usql.engine.groups.cube import Grid, Summary
from usql.engine.groups.key_codes import KeyCodes, key_codes
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.frozen import dataclass

_IN_CUBE = frozenset({Kind.ROWS, Kind.VALUES, Kind.SUM, Kind.HIGH})


def is_summable(metric: Metric) -> bool:
    """Whether a summary can answer for a metric."""
    return has_columns_of(metric, _IN_CUBE)


@dataclass(frozen=True, eq=False)
class Summarized:
    """Totals read from a summary (:class:`usql.engine.groups.aggregates.totals.Totals`): ``_where``
    is the condition of all."""

    columns: frozenset[StateColumn]
    _summary: Summary
    _grid: Grid
    _where: Condition | None
    _known: dict[tuple[int, Condition | None], Array] = made_by(default_factory=dict)

    @property
    def counts(self) -> Ints:
        """Members per cell of the keys."""
        return self._reduced(self._grid.rows, None)

    def read(self, column: StateColumn) -> Array | None:
        """A column by cell of the keys."""
        if column.kind is Kind.HIGH:  # the sums of a grid stay within 64 bits
            return None
        return self._reduced(self._array(column), column.where)

    def _reduced(self, array: Array, where: Condition | None) -> Array:
        """An array of the grid by cell of the keys; each is added up once."""
        name = (id(array), where)
        if name not in self._known:
            self._known[name] = self._summary.reduced(array, (self._where, where))
        return self._known[name]

    def _array(self, column: StateColumn) -> Array:
        field = column.field
        if field is None:
            return self._grid.rows
        match column.kind:
            case Kind.ROWS:
                return self._grid.having[field]
            case Kind.VALUES:
                return self._grid.values[field]
            case Kind.SUM:
                return self._grid.sums[field]
        raise KeyError(column)


def summarized(
    found: Source, keys: Sequence[KeyCodes], metrics: Sequence[Metric]
) -> Summarized | None:
    """The metrics of a source's rows by cell of the keys, which are plain fields; ``None`` where no
    summary serves or is worth making."""
    if not all(is_summable(m) for m in metrics):
        return None
    access = found.access
    split = _split(access, found)
    if split is None:
        return None
    zone, where = split
    conditions = [c for c in (where, *(m.where for m in metrics)) if c is not None]
    tested = dict.fromkeys(f for c in conditions for f in tested_fields(c))
    if any(f.multi for f in tested):
        return None  # what some value of a row fits, no single value tells
    own = {k.field for k in keys}
    dimensions = [key_codes(access, f) for f in tested if f not in own]
    if any(d is None for d in dimensions):
        return None
    summary = Summary(found, zone, [d for d in dimensions if d is not None], keys)
    if not summary.is_small:
        return None
    asked = list(dict.fromkeys(m.field for m in metrics if m.field is not None))
    grid = summary.grid(asked)
    if grid is None:
        return None
    made = Summarized(frozenset(columns_of(metrics)), summary, grid, where)
    if not any(k.offsets is not None for k in keys):
        found.fitted.append(int(made.counts.sum()))
    return made


def sizes_with(found: Source, keys: Sequence[KeyCodes], field: FieldRef) -> Ints | None:
    """The rows of a whole table by code of a further field, which has one value a row, and cell of
    the keys: an array of two dimensions; ``None`` where no summary serves."""
    codes = key_codes(found.access, field)
    if codes is None or codes.offsets is not None:
        return None
    summary = Summary(found, None, [codes], keys)
    grid = summary.grid(()) if summary.is_small else None
    return None if grid is None else grid.rows.reshape(codes.coder.size, -1)


def _split(access: Access, found: Source) -> tuple[Source | None, Condition | None] | None:
    """What a source asks for, as a range of time and a condition on dimensions; ``None`` where its
    range cannot be told by blocks of rows."""
    parts = found.condition.parts if isinstance(found.condition, AllOf) else (found.condition,)
    ranges = [p for p in parts if p is not None and any(map(_is_time, tested_fields(p)))]
    others = tuple(p for p in parts if p is not None and p not in ranges)
    where = AllOf(others) if len(others) > 1 else others[0] if others else None
    if not ranges and found.timeframe == Timeframe():
        return None, where
    range_of = AllOf(tuple(ranges)) if len(ranges) > 1 else ranges[0] if ranges else None
    zone = Source(access, range_of, found.timeframe, found.weight)
    return (zone, where) if zone.node is not None and zone.node.zoned else None


def _is_time(field: FieldRef) -> bool:
    return field.type is FieldType.TIMESTAMP
