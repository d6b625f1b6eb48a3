"""Which values a field has in a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reference import literals
from usql.language import syntax as s

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "schema.json").read_text())["tables"]
CHILDREN = {
    t["json_property_of_session"]: n for n, t in SCHEMA.items() if t["json_property_of_session"]
}
LISTS = {n: p for p, n in CHILDREN.items()}
LEGACY = ("errorCount", "httpRequestsWithErrors", "failedImages", "failedXhrRequests")
TEXTS = ("string", "enum", "ip")
WHOLE = ("integer", "long", "timestamp_ms")

Json = dict[str, Any]


class NotModelled(Exception):
    """The evaluator does not understand this: the query is refused or beyond it."""


@dataclass(frozen=True)
class Row:
    """A row of a table: the session, and the child with its place among its kind."""

    session: Json
    child: Json | None = None
    place: int = 0


@dataclass(frozen=True)
class Ref:
    """A resolved field."""

    table: str
    name: str
    key: str | None
    kind: str
    is_list: bool = False

    def multi(self, queried: str) -> bool:
        return self.is_list or (queried == "usersession" and self.table != "usersession")


class World:
    """The sessions of one evaluation and what they show of the fields."""

    def __init__(self, sessions: list[Json], table: str) -> None:
        self.sessions = sessions
        self.table = table
        self.kinds: dict[tuple[str, str], tuple[str, bool]] = {}
        for name, definition in SCHEMA.items():
            for field in definition["fields"]:
                if field.get("queryable", True) and field["type"] != "children":
                    kind = field["type"]
                    is_list = kind.startswith("list<")
                    self.kinds[name, field["name"]] = (kind[5:-1] if is_list else kind, is_list)
        for name in LEGACY:
            self.kinds["useraction", name] = ("integer", False)
        for name in ("isEntryAction", "isExitAction"):
            self.kinds["useraction", name] = ("boolean", False)
        self.documented = set(self.kinds)
        self.found: set[tuple[str, str]] = set()
        for name in SCHEMA:
            self._discover(name)

    def _discover(self, table: str) -> None:
        dropped = {f["name"] for f in SCHEMA[table]["fields"] if not f.get("queryable", True)}
        seen: dict[str, list[Any]] = {}
        for row in self.rows_of(table):
            for name, value in (row.child if row.child is not None else row.session).items():
                if value is not None and name not in dropped and name not in CHILDREN:
                    seen.setdefault(name, []).append(value)
        for name, values in seen.items():
            self.found.add((table, name))
            if (table, name) not in self.kinds:
                self.kinds[table, name] = (_shown(values), False)

    def rows_of(self, table: str) -> list[Row]:
        if table == "usersession":
            return [Row(session) for session in self.sessions]
        return [
            Row(session, child, place)
            for session in self.sessions
            for place, child in enumerate(session.get(LISTS[table]) or [])
        ]

    # --- names

    def resolve(self, node: s.Field) -> Ref:
        names = [node.table.lower()] if node.table else [self.table]
        if not node.table:
            names.append("usersession" if self.table != "usersession" else "useraction")
        for table in names:
            for (owner, name), (kind, is_list) in self.kinds.items():
                if owner == table and name.lower() == node.name.lower():
                    if node.key is None:
                        return Ref(table, name, None, kind, is_list)
                    inner = {"date": "timestamp_ms"}.get(kind[11:-1], kind[11:-1])
                    return Ref(table, name, self._key(table, name, node.key), inner)
        raise NotModelled(node)

    def _key(self, table: str, name: str, key: str) -> str:
        keys = {
            pair["key"]
            for row in self.rows_of(table)
            for pair in (row.child if row.child is not None else row.session).get(name) or []
        }
        if key in keys:
            return key
        return next((k for k in sorted(keys) if k.lower() == key.lower()), key)

    # --- values

    def owners(self, row: Row, table: str) -> list[Row]:
        """The rows of ``table`` that a row of the queried table sees."""
        if table == self.table:
            return [row]
        if table == "usersession":
            return [Row(row.session)]
        children = row.session.get(LISTS[table]) or []
        return [Row(row.session, child, place) for place, child in enumerate(children)]

    def slots(self, row: Row, ref: Ref) -> list[Any]:
        """The field's values in a row, ``None`` where one of several owners has none."""
        slots: list[Any] = []
        for owner in self.owners(row, ref.table):
            value = self.single(owner, ref)
            if ref.is_list:
                entries = list(value or [])
                slots += (
                    entries
                    if entries or ref.table == self.table or self.table != "usersession"
                    else [None]
                )
            else:
                slots.append(value)
        return slots

    def values(self, row: Row, ref: Ref) -> list[Any]:
        """The values that there are."""
        return [v for v in self.slots(row, ref) if v is not None and v != []]

    def single(self, owner: Row, ref: Ref) -> Any:
        """The field of one owner: a value, a list, or ``None``."""
        data = owner.child if owner.child is not None else owner.session
        if ref.name in ("isEntryAction", "isExitAction") and data.get(ref.name) is None:
            return _is_end(owner, ref.name == "isEntryAction")
        value = data.get(ref.name)
        if ref.name in ("stringProperties", "longProperties", "doubleProperties", "dateProperties"):
            inner = ref.kind[11:-1] if ref.key is None else ref.kind
            pairs = [{"key": p["key"], "value": _typed(inner, p["value"])} for p in value or []]
            if ref.key is None:
                return pairs
            return next((p["value"] for p in pairs if p["key"] == ref.key), None)
        return None if value is None else _typed(ref.kind, value)


def _typed(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_typed(kind, v) for v in value]
    if kind in ("date", "timestamp_ms") and isinstance(value, str):
        return literals.date(value, 0)
    if kind == "double":
        return float(value)
    return value


def _shown(values: list[Any]) -> str:
    """The type that the values of an unknown field show."""
    types = {type(v) for v in values}
    if types == {bool}:
        return "boolean"
    if types == {int}:
        return "long"
    return "double" if types <= {int, float} else "string"


def _is_end(row: Row, first: bool) -> bool:
    actions = row.session["userActions"]
    timed = [(a["startTime"], i) for i, a in enumerate(actions) if a.get("startTime") is not None]
    places = timed or [(0, i) for i in range(len(actions))]
    return bool((min(places) if first else max(places))[1] == row.place)


def rank(ref: Ref | None, value: Any) -> Any:
    """What values of a field are ordered by: addresses by address, unreadable ones last."""
    if ref is not None and ref.kind == "ip":
        try:
            return (0, *literals.address(value), value)
        except ValueError:
            return (1, 0, 0, value)
    return value


def as_mapping(row: Row) -> Mapping[str, Any]:
    return row.child if row.child is not None else row.session
