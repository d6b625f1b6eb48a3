"""Which field a column of a table response holds, by its name (LANGUAGE.md §10)."""

from __future__ import annotations

import functools
from dataclasses import replace
from enum import Enum
from typing import Any

from usql.catalog import PRIMARY, FieldType, Table, default_catalog
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.calls import needs_groups
from usql.language.parser import parse
from usql.store.recognition.sessionhood import session_names


class Kind(Enum):
    """What a column holds."""

    FIELD = "a field"
    JSON = "whole sessions"
    METRIC = "something about a group"
    OTHER = "something that is computed"


@dataclass(frozen=True, slots=True)
class Column:
    """A column ``name``. For a field, ``child`` is the list of children that has it, ``None`` for a
    field of sessions; ``field`` is its name in the export; ``key`` is the key of a property."""

    name: str
    kind: Kind
    child: str | None = None
    field: str = ""
    key: str | None = None

    @property
    def holds_sessions(self) -> bool:
        """Whether it holds whole sessions, or a documented field of sessions or of their
        children."""
        return self.kind is Kind.JSON or self.child is not None or self.field in session_names()

    @property
    def target(self) -> tuple[str | None, str, str | None]:
        """Where its values belong: child list, field and key."""
        return self.child, self.field, self.key


@functools.lru_cache(maxsize=1024)
def column(name: str) -> Column:
    """The column with a name. A name that is neither a field nor an expression is an alias, and so
    a further field of the session."""
    node = _expression(name)
    if isinstance(node, s.Json):
        return Column(name, Kind.JSON)
    if isinstance(node, s.Field):
        return _of_field(name, node)
    if node is None:
        return _of_property(name) or Column(name, Kind.FIELD, field=name)
    return Column(name, Kind.METRIC if needs_groups(node) else Kind.OTHER)


def _expression(name: str) -> Any:
    """The expression that a name is the text of; ``None`` if it is none."""
    parsed = parse(f"SELECT {name} FROM usersession")
    if parsed.query is None or any(d.is_error for d in parsed.diagnostics):
        return None
    items = parsed.query.items
    if parsed.query.distinct or len(items) != 1 or items[0].alias or items[0].filter:
        return None
    expression = items[0].expression
    return None if isinstance(expression, s.Star | s.Funnel | s.Hole) else expression


def _of_field(name: str, node: s.Field) -> Column:
    catalog = default_catalog()
    primary = catalog.table(PRIMARY)
    children = {table: child for child, table in primary.children.items()}
    if node.table is None:
        spelling = _spelled(primary, node)
        action = catalog.table("useraction")
        if spelling is None and (action_field := _spelled(action, node)) is not None:
            return Column(name, Kind.FIELD, children["useraction"], action_field, node.key)
        return Column(name, Kind.FIELD, None, spelling or node.name, node.key)
    table = catalog.get(node.table)
    if table is None:
        return Column(name, Kind.FIELD, field=name)
    field = _spelled(table, node) or node.name
    return Column(name, Kind.FIELD, children.get(table.name), field, node.key)


def _of_property(name: str) -> Column | None:
    """The column of a property whose key lacks the quotes that it needs."""
    start, dot, key = name.partition("Properties.")
    if not dot:
        return None
    parsed = column(f'{start}Properties."{key.replace(chr(34), chr(34) * 2)}"')
    return replace(parsed, name=name) if parsed.key else None


def _spelled(table: Table, node: s.Field) -> str | None:
    """The field as the export spells it; ``None`` if it is not documented."""
    field = table.get(node.name)
    if field is None or (node.key is not None and field.type is not FieldType.PROPERTIES):
        return None
    return field.name
