"""Metrics of groups from a cube, if one can answer them (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field as dataclass_field

from usql.analysis.bound import AllOf, Condition, FieldRef, Metric, Timeframe, tested_fields
from usql.catalog.model import FieldType
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.aggregates.registry import columns_of, has_columns_of
from usql.engine.groups.aggregates.state import Kind, StateColumn
from usql.engine.groups.cube import Cube, Grid
from usql.engine.groups.key_codes import KeyCodes, key_codes
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.frozen import dataclass

_IN_CUBE = frozenset({Kind.ROWS, Kind.VALUES, Kind.SUM, Kind.HIGH})


def is_in_cube(metric: Metric) -> bool:
    """Whether a cube can answer a metric."""
    return has_columns_of(metric, _IN_CUBE)


@dataclass(frozen=True, eq=False)
class CubeTotals:
    """Totals read from a cube (:class:`usql.engine.groups.aggregates.slot_states.SlotStates`);
    ``_where`` is the condition that all share."""

    columns: frozenset[StateColumn]
    _cube: Cube
    _grid: Grid
    _where: Condition | None
    _known: dict[tuple[int, Condition | None], Array] = dataclass_field(default_factory=dict)

    @property
    def counts(self) -> Ints:
        """The number of pairs per slot of the keys."""
        return self._reduced(self._grid.rows, None)

    def read(self, column: StateColumn) -> Array | None:
        """A column by slot of the keys."""
        if column.kind is Kind.HIGH:  # the sums of a grid stay within 64 bits
            return None
        return self._reduced(self._array(column), column.where)

    def _reduced(self, array: Array, where: Condition | None) -> Array:
        """An array of the grid by slot of the keys; each is added up once."""
        name = (id(array), where)
        if name not in self._known:
            self._known[name] = self._cube.reduced(array, (self._where, where))
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


def totals_from_cube(
    source: Source, keys: Sequence[KeyCodes], metrics: Sequence[Metric]
) -> CubeTotals | None:
    """The metrics of a source's rows by slot of the keys, which are plain fields; ``None`` if no
    cube can answer them or is worth building."""
    if not all(is_in_cube(m) for m in metrics):
        return None
    access = source.access
    split = _split(access, source)
    if split is None:
        return None
    zone, where = split
    conditions = [c for c in (where, *(m.where for m in metrics)) if c is not None]
    tested = dict.fromkeys(f for c in conditions for f in tested_fields(c))
    if any(f.multi for f in tested):
        return None  # a test of any of a row's values cannot be evaluated on a single value
    key_fields = {k.field for k in keys}
    dimensions = [key_codes(access, f) for f in tested if f not in key_fields]
    if any(d is None for d in dimensions):
        return None
    cube = Cube(source, zone, [d for d in dimensions if d is not None], keys)
    if not cube.is_small:
        return None
    fields = list(dict.fromkeys(m.field for m in metrics if m.field is not None))
    grid = cube.grid(fields)
    if grid is None:
        return None
    totals = CubeTotals(frozenset(columns_of(metrics)), cube, grid, where)
    if not any(k.offsets is not None for k in keys):
        source.matches.append(int(totals.counts.sum()))
    return totals


def sizes_with(source: Source, keys: Sequence[KeyCodes], field: FieldRef) -> Ints | None:
    """The number of rows of a whole table by code of a further field, which has one value per row,
    and slot of the keys: a two-dimensional array; ``None`` if no cube can answer it."""
    codes = key_codes(source.access, field)
    if codes is None or codes.offsets is not None:
        return None
    cube = Cube(source, None, [codes], keys)
    grid = cube.grid(()) if cube.is_small else None
    return None if grid is None else grid.rows.reshape(codes.coder.size, -1)


def _split(access: Access, source: Source) -> tuple[Source | None, Condition | None] | None:
    """What a source asks for, split into a range of time and a condition on dimensions; ``None`` if
    the range does not correspond to blocks of rows."""
    parts = source.condition.parts if isinstance(source.condition, AllOf) else (source.condition,)
    ranges = [p for p in parts if p is not None and any(map(_is_time, tested_fields(p)))]
    others = tuple(p for p in parts if p is not None and p not in ranges)
    where = AllOf(others) if len(others) > 1 else others[0] if others else None
    if not ranges and source.timeframe == Timeframe():
        return None, where
    range_of = AllOf(tuple(ranges)) if len(ranges) > 1 else ranges[0] if ranges else None
    zone = Source(access, range_of, source.timeframe, source.weight)
    return (zone, where) if zone.node is not None and zone.node.zoned else None


def _is_time(field: FieldRef) -> bool:
    return field.type is FieldType.TIMESTAMP
