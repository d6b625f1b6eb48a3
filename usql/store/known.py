"""Which texts the data holds: for warnings about those in a query that it does not."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from usql.analysis.bound import FieldRef
from usql.catalog import Catalog, Field, FieldType
from usql.catalog.names import respelled
from usql.store.columns import DictionaryColumn, ListColumn, PropertiesColumn, Store
from usql.store.lazy import Watch, watched
from usql.store.tuning import StoreTuning


class Known:
    """The texts that a store holds in each field. Any number of threads may ask; columns of a saved
    store are read when they are asked about, on behalf of ``watch``."""

    def __init__(self, store: Store, watch: Watch | None = None) -> None:
        self._store = store
        self._watch = watch
        self.has_unknown_text = False
        """Whether :meth:`near` was called with a text that the data does not have."""

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog, whose enums have the values of the data in addition to the documented
        ones."""
        known = self._store.catalog
        tables = (
            replace(t, fields=tuple(self._with_values(t.name, f) for f in t.fields)) for t in known
        )
        return replace(known, tables=tuple(tables))

    def near(self, field: FieldRef, text: str) -> tuple[str, ...]:
        """The values, at most three, that ``text`` may be a misspelling of: none where the data has
        it, or where the field's values are not texts. For a property only its own values are
        offered, but a text that occurs under another key counts as known."""
        if field.type is not FieldType.STRING:
            return ()
        column = self._values(field)
        dictionary = None if column is None else column.dictionary
        if dictionary is not None and _place(dictionary, text) is not None:
            return ()
        self.has_unknown_text = True
        if dictionary is None:
            return ()
        meant = respelled(text, _candidates(dictionary, text, self._store.tuning), most=20)
        return tuple(value for value in meant if self._occurs(field, value))[:3]

    def _values(self, field: FieldRef) -> DictionaryColumn | None:
        """The column of a field's entries, or of the values of all keys of a property list."""
        table = self._store.tables[field.table]
        column = watched(table.derived, field.name, self._watch)
        column = column or watched(table.columns, field.name, self._watch)
        if isinstance(column, ListColumn):
            column = column.entries
        elif isinstance(column, PropertiesColumn):
            column = column.values
        return column if isinstance(column, DictionaryColumn) else None

    def _occurs(self, field: FieldRef, value: str) -> bool:
        """Whether a value occurs under the key of the property ``field``."""
        column = watched(self._store.tables[field.table].columns, field.name, self._watch)
        if field.key is None or not isinstance(column, PropertiesColumn):
            return True
        assert isinstance(column.values, DictionaryColumn)
        key = _place(column.keys.dictionary, field.key)
        code = _place(column.values.dictionary, value)
        if key is None or code is None:
            return False
        return bool(np.any((column.values.codes == code) & (column.keys.codes == key)))

    def _with_values(self, table: str, field: Field) -> Field:
        if field.type is not FieldType.ENUM:
            return field
        column = watched(self._store.tables[table].columns, field.name, self._watch)
        column = column.entries if isinstance(column, ListColumn) else column
        most = self._store.tuning.most_enum_values
        if not isinstance(column, DictionaryColumn) or len(column.dictionary) > most:
            return field
        documented = {*field.values, *field.later_values}
        further = (value for value in column.dictionary.to_pylist() if value not in documented)
        return replace(field, later_values=(*field.later_values, *further))


def _rank(dictionary: pa.Array, text: str) -> int:
    """The position of the text, or where it would be inserted, among sorted values."""
    return bisect.bisect_left(range(len(dictionary)), text, key=lambda i: dictionary[i].as_py())


def _place(dictionary: pa.Array, text: str) -> int | None:
    """The position of the text among sorted values; ``None`` if it is not among them."""
    rank = _rank(dictionary, text)
    return rank if rank < len(dictionary) and dictionary[rank].as_py() == text else None


def _candidates(dictionary: pa.Array, text: str, tuning: StoreTuning) -> Iterator[str]:
    """The values to compare a text with: all if they are few, else the neighbours of it and of its
    other spellings."""
    if len(dictionary) <= tuning.most_compared_texts:
        yield from dictionary.to_pylist()
        return
    reach = tuning.compared_neighbours
    bare = text.strip()
    spelled = (text, bare, bare.lower(), bare.upper(), bare.capitalize(), bare.title())
    for form in dict.fromkeys(spelled):
        place = _rank(dictionary, form)
        yield from dictionary[max(0, place - reach) : place + reach].to_pylist()
