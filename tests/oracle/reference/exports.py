"""An export as the language sees it: typed values, and the fields that the data shows."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from tests.oracle.reference import literals
from tests.places import DATA

Json = dict[str, Any]

SCHEMA = json.loads((DATA / "schema.json").read_text())["tables"]
CHILDREN = {
    t["json_property_of_session"]: n for n, t in SCHEMA.items() if t["json_property_of_session"]
}
LISTS = {n: p for p, n in CHILDREN.items()}
OLDER = {
    "geolocationContinentName": "continent",
    "geolocationCountryName": "country",
    "geolocationRegionName": "region",
    "geolocationCityName": "city",
    "osFamilyName": "osFamily",
    "osVersionName": "osVersion",
    "browserTypeName": "browserType",
    "browserFamilyName": "browserFamily",
    "browserMajorVersionName": "browserMajorVersion",
    "stringTags": "stringProperties",
}
"""What older exports call fields of sessions."""
_OLDER = {name.lower(): today for name, today in OLDER.items()}
_DROPPED = {
    table: {f["name"].lower() for f in definition["fields"] if not f.get("queryable", True)}
    for table, definition in SCHEMA.items()
}
"""Members that no field is made of, in small letters."""
LEGACY = ("errorCount", "httpRequestsWithErrors", "failedImages", "failedXhrRequests")


class Meant(str):
    """Text of a value that no type has; ``value`` is what the export has."""

    value: Any


class Pair(dict[str, Any]):
    """A property as queries see it; ``given`` is what the export has."""

    given: Json


_KINDS = {
    frozenset[type](): "string",
    frozenset({str}): "string",
    frozenset({int}): "long",
    frozenset({float}): "double",
    frozenset({int, float}): "double",
}
"""What the entries of a list that is not documented show."""


class Export:
    """Sessions with every value as its field's type has it. ``kinds``: the type of each field and
    whether it is a list; ``found``: the fields that some row has a value of."""

    def __init__(self, sessions: list[Json]) -> None:
        self.kinds: dict[tuple[str, str], tuple[str, bool]] = {}
        for table, definition in SCHEMA.items():
            for field in definition["fields"]:
                if field.get("queryable", True) and field["type"] != "children":
                    kind = field["type"]
                    is_list = kind.startswith("list<")
                    self.kinds[table, field["name"]] = (kind[5:-1] if is_list else kind, is_list)
        for name in LEGACY:
            self.kinds["useraction", name] = ("integer", False)
        for name in ("isEntryAction", "isExitAction"):
            self.kinds["useraction", name] = ("boolean", False)
        self.documented = frozenset(self.kinds)
        self._names = {table: self._spellings(table) for table in SCHEMA}
        self.sessions = [self._row("usersession", session) for session in sessions]
        self.found = {(t, name) for t in SCHEMA for row in self.rows(t) for name in row}
        for table, name in sorted(self.found - self.documented):
            if name not in CHILDREN:
                self._type(table, name)

    def rows(self, table: str) -> Iterator[Json]:
        """The objects of a table."""
        for session in self.sessions:
            yield from [session] if table == "usersession" else session.get(LISTS[table], [])

    def _spellings(self, table: str) -> dict[str, str]:
        """The documented names of a table's members by their small letters."""
        names = {n.lower(): n for t, n in self.kinds if t == table}
        return names | {n.lower(): n for n in CHILDREN} if table == "usersession" else names

    def _row(self, table: str, given: Json) -> Json:
        if table == "usersession":
            named = {n: v for n, v in given.items() if v is not None and n.lower() in _OLDER}
            rest = {n: v for n, v in given.items() if n.lower() not in _OLDER}
            todays = {n.lower() for n, v in rest.items() if v is not None}
            for name, value in named.items():
                today = _OLDER[name.lower()]
                if today.lower() not in todays:
                    rest[today] = value
            given = rest
        dropped, names = _DROPPED[table], self._names[table]
        row: Json = {}
        for written, value in given.items():
            name = names.get(written.lower(), written)
            name = written if name in given or name in row else name
            if value is None or name.lower() in dropped:
                continue
            if table == "usersession" and name in CHILDREN:
                row[name] = [
                    self._row(CHILDREN[name], child) for child in value if child is not None
                ]
                continue
            kind, is_list = self.kinds.get((table, name), (None, False))
            if kind is not None and kind.startswith("properties<"):
                typed: Any = _pairs(kind[11:-1], value)
            elif is_list:
                typed = [_typed(kind, entry) for entry in value]
            else:
                typed = _typed(kind, value)
            if typed is not None:
                row[name] = typed
        return row

    def _type(self, table: str, name: str) -> None:
        """What the values of a field that is not documented show: its type, and they in it."""
        rows = [row for row in self.rows(table) if name in row]
        values = [row[name] for row in rows]
        entries = [e for v in values if isinstance(v, list) for e in v if e is not None]
        shown = _KINDS.get(frozenset(map(type, entries)))
        if shown is not None and all(isinstance(v, list) for v in values):
            self.kinds[table, name] = (shown, True)
            for row in rows:
                row[name] = [_typed(shown, entry) for entry in row[name]]
            return
        types = {type(value) for value in values}
        kind = "boolean" if types == {bool} else "long" if types == {int} else "string"
        if types <= {int, float} and float in types:
            kind = "double"
        self.kinds[table, name] = (kind, False)
        if kind in ("string", "double"):
            for row in rows:
                value = row[name]
                row[name] = float(value) if kind == "double" else _text(value, str in types)


def _text(value: Any, is_plain: bool) -> str:
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False)
    if is_plain:
        return text
    made = Meant(text)
    made.value = value
    return made


def _pairs(kind: str, value: Any) -> list[Json]:
    if isinstance(value, dict):
        value = [{"key": key, "value": entry} for key, entry in value.items()]
    return [_pair(kind, given) for given in value]


def _pair(kind: str, given: Json) -> Pair:
    pair = Pair(key=given["key"], value=_typed(kind, given.get("value")))
    pair.given = given | pair
    if kind in ("date", "timestamp_ms") and pair["value"] is not None:
        is_digits = not isinstance(given["value"], str)
        pair.given["value"] = pair["value"] if is_digits else given["value"]
    return pair


def _typed(kind: str | None, value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    match kind:
        case "string" | "enum" | "ip":
            return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
        case "boolean":
            return value.lower() == "true" if isinstance(value, str) else value
        case "double":
            return float(value)
        case "integer" | "long":
            return int(literals.whole(value))
        case "date" | "timestamp_ms":
            is_text = isinstance(value, str) and literals.number(value) is None
            return literals.date(value, 0) if is_text else int(literals.whole(value))
    return value
