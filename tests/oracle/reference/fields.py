"""Which values a field has in a row."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from tests.oracle.reference import literals
from tests.oracle.reference.exports import LISTS, Export, Json
from usql.language import syntax as s

TEXTS = ("string", "enum", "ip")
WHOLE = ("integer", "long", "timestamp_ms")


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
    """The sessions of one evaluation, seen from the rows of the queried table."""

    def __init__(self, export: Export, table: str) -> None:
        self.export = export
        self.kinds = export.kinds
        self.sessions = export.sessions
        self.table = table
        self._refs: dict[tuple[str | None, str, str | None], Ref] = {}

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
        """The field that a name means. Raises :class:`NotModelled` for an unknown one."""
        name = (node.table, node.name, node.key)
        if name not in self._refs:
            self._refs[name] = self._resolved(node)
        return self._refs[name]

    def _resolved(self, node: s.Field) -> Ref:
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
        keys = {pair["key"] for row in self.export.rows(table) for pair in row.get(name, [])}
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
        """The field's values in a row, ``None`` where one of several owners has none; of a list
        field the entries of all."""
        slots: list[Any] = []
        for owner in self.owners(row, ref.table):
            value = self.single(owner, ref)
            slots += (value or []) if ref.is_list else [value]
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
        if ref.key is None:
            is_properties = ref.kind.startswith("properties<")
            return [] if value is None and is_properties else value
        return next((p["value"] for p in value or [] if p["key"] == ref.key), None)


def as_value(ref: Ref | None, value: Any) -> Any:
    """A value as groups have it: of an address that maps one of IPv4, that one."""
    if ref is None or ref.kind != "ip":
        return value
    try:
        mapped = getattr(ipaddress.ip_address(value.strip()), "ipv4_mapped", None)
    except ValueError:
        return value
    return value if mapped is None else str(mapped)


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
