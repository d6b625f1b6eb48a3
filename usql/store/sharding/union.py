"""What the parts of a large set of data have together: fields of one type, and keys of properties."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa

from usql.catalog import Catalog, Field, Origin, default_catalog
from usql.store.batches.encode import data_field, held_field, type_of
from usql.store.batches.flat import FlatBatch
from usql.store.columns import AnyColumn, DictionaryColumn, ListColumn, NumberColumn, Store
from usql.store.compact import plain_type
from usql.store.forms.further import common_type


class Union:
    """Is told of parts, one after the other, of which it keeps no rows."""

    def __init__(self) -> None:
        self._documented: dict[str, dict[str, Field]] = {}
        self._holding: dict[str, dict[str, set[pa.DataType]]] = {}
        self._empty: dict[str, dict[str, set[pa.DataType]]] = {}
        self._keys: dict[tuple[str, str], set[str]] = {}

    def add(self, store: Store) -> None:
        """One part more. Columns of fields that no export documents are read."""
        for table in default_catalog():
            known = {field.name for field in table.fields}
            columns = store.tables[table.name].columns
            for field in store.catalog.table(table.name).fields:
                if field.origin is not Origin.DATA:
                    continue
                if field.name in known:
                    self._documented.setdefault(table.name, {})[field.name] = field
                else:
                    self._add(table.name, field, columns.get(field.name))
        for place, names in store.catalog.property_keys.items():
            self._keys.setdefault(place, set()).update(names)

    def _add(self, table: str, field: Field, column: AnyColumn | None) -> None:
        kind = type_of(field)
        if isinstance(column, ListColumn) and not column.offsets[-1]:
            kind = pa.list_(pa.null())  # no entry shows of which type they are
        kinds = self._holding if column is not None and _has_values(column) else self._empty
        kinds.setdefault(table, {}).setdefault(field.name, set()).add(kind)

    def describe(self, batch: FlatBatch, held: Mapping[str, Collection[str]]) -> None:
        """One source more, by its schema: a batch of no rows that has its further fields. ``held``: of
        each table the names of all columns that may have a value."""
        for table in default_catalog():
            names = held.get(table.name, ())
            for field in table.fields:
                if field.origin in (Origin.LEGACY, Origin.DERIVED) and field.name in names:
                    self._documented.setdefault(table.name, {})[field.name] = held_field(field)
            columns = batch[table.name].columns if table.name in batch else {}
            for name, column in columns.items():
                kind = plain_type(column.type)
                if table.get(name) is None and not pa.types.is_null(kind):
                    kinds = self._holding if name in names else self._empty
                    kinds.setdefault(table.name, {}).setdefault(name, set()).add(kind)

    @property
    def data_fields(self) -> dict[str, tuple[Field, ...]]:
        """The fields per table that the data adds, each of the type that all parts together give it;
        one that has a value nowhere is of the type that its sources say."""
        return {table.name: tuple(self._data_fields(table.name)) for table in default_catalog()}

    def _data_fields(self, table: str) -> list[Field]:
        ordered = [field.name for field in default_catalog().table(table).fields]
        documented = self._documented.get(table, {})
        kinds = self._empty.get(table, {}) | self._holding.get(table, {})
        further = (data_field(name, common_type(kinds[name])) for name in sorted(kinds))
        return [*(documented[name] for name in ordered if name in documented), *further]

    @property
    def catalog(self) -> Catalog:
        """The catalog with these fields, without keys of properties."""
        return default_catalog().with_data(self.data_fields, {})

    @property
    def keys(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The keys of properties, sorted."""
        return {place: tuple(sorted(names)) for place, names in self._keys.items()}


def _has_values(column: AnyColumn) -> bool:
    match column:
        case DictionaryColumn():
            return len(column.dictionary) > 0
        case NumberColumn():
            return len(column) > 0 and (column.valid is None or bool(column.valid.any()))
        case _:
            return len(column) > 0
