"""What the name of a column in a table response says (LANGUAGE.md §10): which field it holds."""

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
from usql.store.recognition.sessionhood import documented


class Kind(Enum):
    """What a column holds."""

    FIELD = "a field"
    JSON = "whole sessions"
    METRIC = "something about a group"
    OTHER = "something that is computed"


@dataclass(frozen=True, slots=True)
class Column:
    """A column ``name``. Of a field: ``child`` is the session's list of children that has it,
    ``None`` for the session's own; ``field`` its name in the export; ``key`` that of a property."""

    name: str
    kind: Kind
    child: str | None = None
    field: str = ""
    key: str | None = None

    @property
    def holds_sessions(self) -> bool:
        """Whether it holds a documented field of sessions or of their children, or whole ones."""
        return self.kind is Kind.JSON or self.child is not None or self.field in documented()

    @property
    def target(self) -> tuple[str | None, str, str | None]:
        """Where its values belong."""
        return self.child, self.field, self.key


@functools.lru_cache(maxsize=1024)
def column(name: str) -> Column:
    """The column of a name. One that is neither a field nor an expression is an alias: a further
    field of the session."""
    node = _expression(name)
    if isinstance(node, s.Json):
        return Column(name, Kind.JSON)
    if isinstance(node, s.Field):
        return _of_field(name, node)
    if node is None:
        return _of_property(name) or Column(name, Kind.FIELD, field=name)
    return Column(name, Kind.METRIC if needs_groups(node) else Kind.OTHER)


def _expression(name: str) -> Any:
    """The expression that a name spells; ``None`` if it spells none."""
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
        own = _spelled(primary, node)
        action = catalog.table("useraction")
        if own is None and (found := _spelled(action, node)) is not None:
            return Column(name, Kind.FIELD, children["useraction"], found, node.key)
        return Column(name, Kind.FIELD, None, own or node.name, node.key)
    table = catalog.get(node.table)
    if table is None:
        return Column(name, Kind.FIELD, field=name)
    field = _spelled(table, node) or node.name
    return Column(name, Kind.FIELD, children.get(table.name), field, node.key)


def _of_property(name: str) -> Column | None:
    """The column of a property whose key stands there without the quotes that it needs."""
    start, dot, key = name.partition("Properties.")
    if not dot:
        return None
    found = column(f'{start}Properties."{key.replace(chr(34), chr(34) * 2)}"')
    return replace(found, name=name) if found.key else None


def _spelled(table: Table, node: s.Field) -> str | None:
    """The field as the export spells it; ``None`` if it is not documented."""
    found = table.get(node.name)
    if found is None or (node.key is not None and found.type is not FieldType.PROPERTIES):
        return None
    return found.name
