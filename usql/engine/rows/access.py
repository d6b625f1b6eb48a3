"""The data of one query: fields of the queried table's rows, whichever table they lie in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field as made_by

import numpy as np

from usql.analysis.bound import FieldRef, Test
from usql.catalog.model import PRIMARY, FieldType
from usql.engine.arrays.kernels import Array, Ints
from usql.engine.arrays.vectors import Nested, Vector, missing, nbytes
from usql.engine.rows.cache import Derived
from usql.engine.rows.conditions import Node, SomeChild
from usql.engine.rows.predicates import CodeRange, Compiled, Decided, Rows, at, compile_predicate
from usql.engine.rows.row_indexes import digest, node_of, rows_that_fit
from usql.engine.rows.zones import Zones
from usql.engine.runtime.index_cache import FEWEST_ROWS, Arrays
from usql.engine.runtime.limits import Control
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
from usql.store.lazy import under, watched
from usql.store.views import expand_runs, take


@dataclass(frozen=True, slots=True)
class Access:
    """Reads fields for rows of the queried table, within the limits of one run. Indexes are built
    where they are missing if it ``builds``; ``used`` collects the names of those that served,
    ``properties`` the columns of single properties."""

    derived: Derived
    table: str
    utc_offset: int
    control: Control
    builds: bool = True
    used: dict[str, None] = made_by(default_factory=dict)
    properties: dict[tuple[int, str], AnyColumn] = made_by(default_factory=dict)

    @property
    def store(self) -> Store:
        """The queried data."""
        return self.derived.store

    @property
    def data(self) -> TableData:
        """The queried table."""
        return self.store.tables[self.table]

    def bytes_of(self, fields: Iterable[FieldRef]) -> int:
        """Bytes of the columns of fields, as they lie in memory without their dictionaries."""
        return sum(nbytes(self.column(field)) for field in fields)

    def column(self, field: FieldRef) -> AnyColumn:
        """A field over all rows of its own table; nulls where the data does not have it."""
        found = self._found(field)
        if found is not None:
            return found
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

    def _found(self, field: FieldRef) -> AnyColumn | None:
        table = self.store.tables[field.table]
        found = watched(table.derived, field.name, self.control)
        if found is None:
            found = watched(table.columns, field.name, self.control)
        if isinstance(found, PropertiesColumn) and field.key is not None:
            return self._property(found, field.key)
        if isinstance(found, DictionaryColumn) and field.by_address:
            return self.derived.by_address(found, self.control)
        return found

    def _property(self, column: PropertiesColumn, key: str) -> AnyColumn:
        """One property as a column, made once in a run."""
        known = self.properties.get((id(column), key))
        if known is None:
            made = self.derived.property(column, key, self.control)
            known = self.properties.setdefault((id(column), key), made)
        return known

    def test(self, test: Test) -> tuple[Compiled, Zones | None, bool]:
        """A test's predicate on the field's own table, with the zones of a date column, and whether
        the table is in its order."""
        column = self._found(test.field)
        if column is None:
            return Decided(False), None, False
        self.control.check()  # a pattern is read once per distinct value

        def compiled_now() -> Compiled:
            return compile_predicate(column, test.predicate, self.control.check)

        # Of a property it is not kept, since that would hold the property's column.
        is_kept = test.field.key is None
        compiled = self.derived.compiled(test, compiled_now) if is_kept else compiled_now()
        if (
            isinstance(column, NumberColumn)
            and column.type is FieldType.TIMESTAMP
            and not isinstance(compiled, Decided)
        ):
            return compiled, self.derived.zones(column), self.derived.ascends(column)
        return compiled, None, False

    def indexed(self, field: FieldRef, test: Compiled, node: Node) -> Node:
        """The node of a test, or the rows that fit it from an index. Flags of narrow codes that
        lie in the queried table are read no faster than the codes themselves."""
        mark = digest(test)
        is_child = isinstance(node, SomeChild)
        rows = self.store.tables[PRIMARY if is_child else field.table].rows
        if mark is None or rows < FEWEST_ROWS:
            return node
        level = "sessions" if is_child else "rows"
        name = f"{level} with {field.text} in {mark}"

        def make() -> Arrays:
            made = rows_that_fit(node, rows, self.control)
            as_narrow = not is_child and isinstance(test, CodeRange) and test.width == 1
            return {} if as_narrow and "flags" in made else made

        arrays = self.index(name, make)
        return node if not arrays else node_of(name, arrays)

    @property
    def has_indexes(self) -> bool:
        """Whether indexes of the queried table are kept and worth it."""
        return self.derived.indexes.budget > 0 and self.data.rows >= FEWEST_ROWS

    def index(self, name: str, make: Callable[[], Arrays]) -> Arrays | None:
        """An index by name, made now if it is missing and this run builds."""
        found = self.known_index(name)
        if found is None and self.builds:
            found = self.derived.indexes.get(name, make)
            if found:
                self.used[name] = None
        return found

    def known_index(self, name: str) -> Arrays | None:
        """An index by name, if there is one already."""
        found = self.derived.indexes.find(name)
        if found:
            self.used[name] = None
        return found

    def values(self, field: FieldRef, rows: Rows) -> Vector:
        """A field for rows of the queried table: a value, a list, or a list per child (LANGUAGE.md
        §3, §7)."""
        column = self.column(field)
        if field.table == self.table:
            return window(column, rows)
        if self.table != PRIMARY:
            return window(column, at(self.parent, rows))
        entries, offsets = self.entries(field.table, rows)
        found = window(column, entries)
        if isinstance(found, ListColumn | PropertiesColumn):
            return Nested(offsets, found)
        return ListColumn(offsets, found)

    def entries(self, table: str, rows: Rows) -> tuple[Rows, Ints]:
        """The children of sessions and where each session's begin among them."""
        offsets = self.offsets(table)
        if isinstance(rows, slice):
            own = offsets[rows.start : rows.stop + 1]
            return slice(int(own[0]), int(own[-1])), own - own[0]
        return expand_runs(offsets, rows)

    @property
    def parent(self) -> Array:
        """The session of each row of a secondary table."""
        return self.owners(self.table)

    def owners(self, table: str) -> Array:
        """The session of each row of a secondary table."""
        return under(self.store.tables[table].links, "parent", self.control)

    def offsets(self, table: str) -> Ints:
        """Where each session's rows of a secondary table begin."""
        return under(self.store.tables[table].links, "offsets", self.control)


def window(column: AnyColumn, rows: Rows) -> AnyColumn:
    """The column's values in these rows; of a range a view."""
    match column:
        case DictionaryColumn():
            return DictionaryColumn(column.type, at(column.codes, rows), column.dictionary)
        case NumberColumn():
            valid = None if column.valid is None else at(column.valid, rows)
            return NumberColumn(column.type, at(column.values, rows), valid)
    if not isinstance(rows, slice):
        return take(column, rows)
    own = column.offsets[rows.start : rows.stop + 1]
    inner = slice(int(own[0]), int(own[-1]))
    if isinstance(column, ListColumn):
        entries = window(column.entries, inner)
        assert isinstance(entries, Column)
        return ListColumn(own - own[0], entries)
    keys, values = window(column.keys, inner), window(column.values, inner)
    assert isinstance(keys, DictionaryColumn)
    assert isinstance(values, Column)
    return PropertiesColumn(own - own[0], keys, values)
