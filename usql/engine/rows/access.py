"""The data of one query: fields of the queried table's rows, whichever table holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field as dataclass_field

import numpy as np

from usql.analysis.bound import FieldRef, Test
from usql.catalog.model import PRIMARY, FieldType
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import Nested, Vector, missing, nbytes
from usql.engine.rows.cache import Cache
from usql.engine.rows.conditions import Node, SomeChild
from usql.engine.rows.predicates import (
    CodeRange,
    Compiled,
    Decided,
    NumberRange,
    Rows,
    at,
    compile_predicate,
)
from usql.engine.rows.row_indexes import digest, node_of, rows_that_fit
from usql.engine.rows.zones import Zones
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning
from usql.frozen import dataclass
from usql.store.columns import (
    AnyColumn,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
    Store,
    TableData,
)
from usql.store.lazy import load_for, watched
from usql.store.views import expand_runs, take


@dataclass(frozen=True, slots=True)
class Access:
    """Reads fields for rows of the queried table, within the limits of one run; a context manager
    that returns at its end what the run has reserved. Missing indexes are
    built if it ``builds``; ``used`` collects the names of the indexes that were used,
    ``properties`` the columns of single properties."""

    cache: Cache
    table: str
    utc_offset: int
    control: Control
    builds: bool = True
    used: dict[str, None] = dataclass_field(default_factory=dict)
    properties: dict[tuple[int, str], AnyColumn] = dataclass_field(default_factory=dict)
    store: Store = dataclass_field(init=False)
    """The queried data."""
    data: TableData = dataclass_field(init=False)
    """The queried table."""
    tuning: Tuning = dataclass_field(init=False)
    """The sizes and thresholds of the engine."""

    def __post_init__(self) -> None:
        # Read several times per column and query: looked up once.
        object.__setattr__(self, "store", self.cache.store)
        object.__setattr__(self, "data", self.cache.store.tables[self.table])
        object.__setattr__(self, "tuning", self.control.tuning)

    def __enter__(self) -> Access:
        return self

    def __exit__(self, *_: object) -> None:
        self.control.release(self.control.used)

    def bytes_of(self, fields: Iterable[FieldRef]) -> int:
        """Bytes in memory of the columns of fields, without their dictionaries."""
        return sum(nbytes(self.column(field)) for field in fields)

    def column(self, field: FieldRef) -> AnyColumn:
        """A field over all rows of its own table; nulls if the data does not have it."""
        column = self._existing_column(field)
        if column is not None:
            return column
        table = self.store.tables[field.table]
        kind = field.value_type or field.type if field.type is FieldType.PROPERTIES else field.type
        nothing = missing(
            kind, 0 if field.is_list or field.type is FieldType.PROPERTIES else table.rows
        )
        offsets = np.zeros(table.rows + 1, dtype=np.int64)
        if field.type is FieldType.PROPERTIES:
            keys = missing(FieldType.STRING, 0)
            return PropertiesColumn(offsets, keys, nothing)  # type: ignore[arg-type]  # a dictionary
        return ListColumn(offsets, nothing) if field.is_list else nothing

    def _existing_column(self, field: FieldRef) -> AnyColumn | None:
        place = (field.table, field.name)
        column = self.cache.columns.get(place)
        if column is None:
            table = self.store.tables[field.table]
            columns = table.derived if field.name in table.derived else table.columns
            column = watched(columns, field.name, self.control)
            if column is None:
                return None
            self.cache.columns[place] = column
        if isinstance(column, PropertiesColumn) and field.key is not None:
            return self._property(column, field.key)
        if isinstance(column, DictionaryColumn) and field.by_address:
            return self.cache.by_address(column, self.control)
        return column

    def _property(self, column: PropertiesColumn, key: str) -> AnyColumn:
        """One property as a column, made once per run."""
        values = self.properties.get((id(column), key))
        if values is None:
            computed = self.cache.property(column, key, self.control)
            values = self.properties.setdefault((id(column), key), computed)
        return values

    def test(self, test: Test) -> tuple[Compiled, Zones | None, bool]:
        """A test's predicate on the field's own table, the zone map of a date column, and whether
        the table is in the order of the field."""
        if test.field.key is None:
            compiled = self.cache.compiled(test, lambda: self._compiled(test))
        else:  # not cached, since that would keep the property's column alive
            compiled = self._compiled(test)
        if isinstance(compiled, NumberRange) and compiled.column.type is FieldType.TIMESTAMP:
            column = compiled.column
            return compiled, self.cache.zones(column), self.cache.ascends(column)
        return compiled, None, False

    def _compiled(self, test: Test) -> Compiled:
        column = self._existing_column(test.field)
        if column is None:
            return Decided(False)
        self.control.check()  # a pattern is matched once per distinct value
        return compile_predicate(column, test.predicate, self.control)

    def indexed(self, field: FieldRef, test: Compiled, node: Node) -> Node:
        """The node of a test, or a node with its matching rows from an index. Flags of narrow codes
        in the queried table are no faster to read than the codes themselves."""
        is_child = isinstance(node, SomeChild)
        rows = self.store.tables[PRIMARY if is_child else field.table].rows
        mark = None if rows < self.tuning.fewest_indexed_rows else digest(test)
        if mark is None:
            return node
        level = "sessions" if is_child else "rows"
        name = f"{level} with {field.text} in {mark}"

        def make() -> Arrays:
            matching = rows_that_fit(node, rows, self.control)
            as_narrow = not is_child and isinstance(test, CodeRange) and test.width == 1
            return {} if as_narrow and "flags" in matching else matching

        arrays = self.index(name, make)
        return node if not arrays else node_of(name, arrays)

    @property
    def has_indexes(self) -> bool:
        """Whether indexes of the queried table are kept and worthwhile."""
        fewest = self.tuning.fewest_indexed_rows
        return self.cache.indexes.budget > 0 and self.data.rows >= fewest

    def index(self, name: str, make: Callable[[], Arrays]) -> Arrays | None:
        """An index by name; built now if it is missing and this run builds indexes."""
        arrays = self.known_index(name)
        if arrays is None and self.builds:
            arrays = self.cache.indexes.get(name, make)
            if arrays:
                self.used[name] = None
        return arrays

    def known_index(self, name: str) -> Arrays | None:
        """An index by name, if it already exists."""
        arrays = self.cache.indexes.find(name)
        if arrays:
            self.used[name] = None
        return arrays

    def values(self, field: FieldRef, rows: Rows) -> Vector:
        """A field for rows of the queried table: a value, a list, or a list per child (LANGUAGE.md
        §3, §7)."""
        column = self.column(field)
        if field.table == self.table:
            return window(column, rows)
        if self.table != PRIMARY:
            return window(column, at(self.parent, rows))
        entries, offsets = self.entries(field.table, rows)
        of_children = window(column, entries)
        if isinstance(of_children, ListColumn | PropertiesColumn):
            return Nested(offsets, of_children)
        return ListColumn(offsets, of_children)

    def entries(self, table: str, rows: Rows) -> tuple[Rows, Ints]:
        """The children of sessions, and the offset of each session's first child among them."""
        offsets = self.offsets(table)
        if isinstance(rows, slice):
            row_offsets = offsets[rows.start : rows.stop + 1]
            return slice(int(row_offsets[0]), int(row_offsets[-1])), row_offsets - row_offsets[0]
        return expand_runs(offsets, rows)

    @property
    def parent(self) -> Array:
        """The session of each row of a secondary table."""
        return load_for(self.store.tables[self.table].links, "parent", self.control)

    def offsets(self, table: str) -> Ints:
        """The offsets of each session's rows in a secondary table."""
        return load_for(self.store.tables[table].links, "offsets", self.control)


def window(column: AnyColumn, rows: Rows) -> AnyColumn:
    """The column's values in these rows; for a range a view."""
    match column:
        case DictionaryColumn():
            return DictionaryColumn(column.type, at(column.codes, rows), column.dictionary)
        case NumberColumn():
            valid = None if column.valid is None else at(column.valid, rows)
            return NumberColumn(column.type, at(column.values, rows), valid)
    if not isinstance(rows, slice):
        return take(column, rows)
    row_offsets = column.offsets[rows.start : rows.stop + 1]
    inner = slice(int(row_offsets[0]), int(row_offsets[-1]))
    if isinstance(column, ListColumn):
        entries = window(column.entries, inner)
        assert isinstance(entries, Column)
        return ListColumn(row_offsets - row_offsets[0], entries)
    keys, values = window(column.keys, inner), window(column.values, inner)
    assert isinstance(keys, DictionaryColumn)
    assert isinstance(values, Column)
    return PropertiesColumn(row_offsets - row_offsets[0], keys, values)
