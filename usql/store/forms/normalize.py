"""One session as a Python object: checked field by field, and made canonical.

The slow path of loading: what the fast readers refuse or cannot judge comes here. Values of other
types are accepted where they mean the same: ``12.0`` for a whole number, ``"12"`` for a number,
``131`` for a string, ``"true"`` for a boolean. Everything else is a :class:`BadValue` with its
path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Table
from usql.catalog.model import Projection
from usql.store.bad_data import BadValue
from usql.store.forms.schema import dropped
from usql.store.forms.values import (
    documented_value,
    further_value,
    kind_of,
    list_entries,
    plain,
    unicode,
)


class Normalizer:
    """Makes sessions canonical. The values of further fields are kept as they are, for the reader
    to type once all are known. ``older`` collects the older names that occurred. If the catalog
    loads only some fields, the others are skipped, whatever they hold. With ``finds_all`` it goes
    on after a bad value, to collect all bad values of the session."""

    def __init__(self, catalog: Catalog, *, finds_all: bool = False) -> None:
        self.older: set[str] = set()
        self._finds_all = finds_all
        self._bad: list[BadValue] = []
        self._tables = {t.name: _Shape(catalog, t) for t in catalog}
        self._loaded = catalog.loaded

    def session(self, value: object, path: str = "") -> dict[str, Any]:
        """The canonical object of the session at ``path`` of its source; raises
        :class:`BadValue`."""
        self._bad = []
        row = self._row(self._tables[PRIMARY], value, path)
        if self._bad:
            first, *others = self._bad
            raise BadValue(first.path, first.reason, others)
        return row

    def _row(self, shape: _Shape, value: object, path: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self._note(BadValue(path, f"expected an object, found {kind_of(value)}"))
            return {}
        row: dict[str, Any] = {}
        older: dict[str, tuple[str, Any]] = {}
        for name, held in value.items():
            if not isinstance(name, str):
                self._note(BadValue(path, f"field names must be strings, found {kind_of(name)}"))
                continue
            target = name
            if name not in shape.known:
                target = shape.by_lower.get(name.lower(), name)
                if target in value or target in row:
                    target = name  # the name is there too in the documented or another spelling
            if self._loaded is not None and not shape.takes(self._loaded, target):
                continue
            content = plain(held)
            if content is None or target.lower() in shape.dropped:
                continue
            here = f"{path}.{name}" if path else name
            todays = shape.older.get(name.lower())
            if todays is not None and todays[1] not in older:
                older[todays[1]] = (here, content)
                self.older.add(todays[0])
                continue
            child = shape.children.get(target)
            try:
                if child is not None:
                    row[target] = [
                        self._row(self._tables[child], entry, f"{here}[{i}]")
                        for i, entry in enumerate(list_entries(content, here))
                        if plain(entry) is not None
                    ]
                elif target in shape.fields:
                    row[target] = documented_value(shape.fields[target], content, here)
                else:
                    row[unicode(target, here)] = further_value(content, here)
            except BadValue as bad:
                self._note(bad, shape.fields.get(target), content, here)
        for target, (here, content) in older.items():
            if target not in row:  # the current name wins
                try:
                    row[target] = documented_value(shape.fields[target], content, here)
                except BadValue as bad:
                    self._note(bad, shape.fields[target], content, here)
        return row

    def _note(
        self, bad: BadValue, field: Field | None = None, content: object = None, path: str = ""
    ) -> None:
        """Raise the error, unless all are to be found; then note it, and each bad value of a
        list."""
        if not self._finds_all:
            raise bad
        is_pairs = field is not None and field.type is FieldType.PROPERTIES
        if field is not None and is_pairs and isinstance(content, Mapping):
            parts: list[tuple[Any, str, str]] = [
                ({key: held}, "", "") for key, held in content.items()
            ]
        elif field is not None and (field.is_list or is_pairs) and isinstance(content, list):
            parts = [([entry], f"{path}[0]", f"{path}[{i}]") for i, entry in enumerate(content)]
        else:
            self._bad.append(bad)
            return
        for part, before, after in parts:
            try:
                documented_value(field, part, path)
            except BadValue as one:
                self._bad.append(BadValue(after + one.path.removeprefix(before), one.reason))


class _Shape:
    """A table's names, ready for lookup."""

    def __init__(self, catalog: Catalog, table: Table) -> None:
        self.fields = {f.name: f for f in table.fields}
        self.children = dict(table.children) if table.name == PRIMARY else {}
        self.known = self.fields.keys() | self.children.keys()
        self.by_lower = {n.lower(): n for n in self.known}
        self.dropped = dropped(table)
        self._table = table.name
        self.older = {name.lower(): (name, today) for name, today in table.older.items()}

    def takes(self, loaded: Projection, name: str) -> bool:
        """Whether a field, or a list of children, is loaded."""
        child = self.children.get(name)
        return child in loaded.tables if child else loaded.reads(self._table, name)
