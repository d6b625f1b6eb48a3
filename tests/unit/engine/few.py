"""A few sessions with what matters of lists and children, their values as plain lists, and what a
query binds over them."""

from __future__ import annotations

import functools
from typing import Any

from tests.unit.engine.pieces import cache_of, prepared_of
from usql.analysis.bound import Condition, Expression, FieldRef, RowQuery
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.runtime.limits import Control

HOUR, DAY = 3_600_000, 86_400_000


def _action(name: str | None, duration: int | None, goals: list[Any] | None, at: int | None) -> Any:
    found = {"name": name, "duration": duration, "matchingConversionGoals": goals, "startTime": at}
    return {key: value for key, value in found.items() if value is not None}


def _pairs(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


SESSIONS: list[dict[str, Any]] = [
    {
        "city": "Linz",
        "duration": 7,
        "startTime": 30 * DAY + 5,
        "score": 1.5,
        "marks": [3, -1],
        "userActions": [
            _action("a", 5, ["x", "y", "x"], HOUR) | {"marks": [4, 0, 4], "notes": [1, None]},
            _action("b", None, None, 2 * HOUR + 1),
            _action("a", 5, [None], DAY + HOUR + 7)
            | {"marks": [], "stringProperties": _pairs(step="3")},
        ],
        "matchingConversionGoals": ["x", None, "y"],
        "stringProperties": _pairs(tier="gold", step="1") + _pairs(tier="old"),
    },
    {"duration": 2**40, "startTime": DAY - 1, "score": -0.5, "matchingConversionGoals": [None]},
    {
        "city": "Graz",
        "duration": -3,
        "startTime": 31 * DAY,
        "userActions": [_action(None, 0, ["z"], HOUR)],
        "stringProperties": _pairs(step="2"),
    },
    {"userActions": []},
    {
        "city": "Linz",
        "duration": 7,
        "startTime": 30 * DAY + HOUR,
        "score": 2.5,
        "userActions": [
            _action("c", 9, [], -HOUR) | {"marks": [7], "notes": [5]},
            _action("a", -(2**40), ["y", "z"], HOUR + 59_999),
        ],
        "matchingConversionGoals": ["y", "y"],
        "stringProperties": _pairs(tier="silver"),
    },
    {"city": "Wels", "duration": 0, "score": 1.5, "userActions": [_action(None, None, None, None)]},
    {"city": "Graz", "startTime": -1, "stringProperties": _pairs(tier="gold")},
]
"""Sessions; in them user actions, of which a session may have none."""

FIELDS = {
    "usersession": [
        "city",
        "duration",
        "startTime",
        "score",
        "matchingConversionGoals",
        "marks",
        "stringProperties.tier",
        "useraction.name",
        "useraction.duration",
        "useraction.marks",
        "useraction.notes",
        "useraction.stringProperties.step",
        "useraction.matchingConversionGoals",
        "endTime",
        "useraction.endTime",
        "userevent.name",
    ],
    "useraction": [
        "name",
        "duration",
        "matchingConversionGoals",
        "marks",
        "usersession.city",
        "usersession.duration",
        "usersession.matchingConversionGoals",
        "usersession.stringProperties.tier",
        "usersession.endTime",
    ],
}
"""Fields seen from the rows of a table; some that no row has."""


def rows_of(table: str) -> list[tuple[Any, Any]]:
    """Per row of a table its session and, of an action, itself."""
    if table == "usersession":
        return [(session, None) for session in SESSIONS]
    return [(s, a) for s in SESSIONS for a in s.get("userActions", [])]


def _own(row: Any, name: str) -> list[Any]:
    name, _, key = name.partition(".")
    if name in ("matchingConversionGoals", "marks", "notes"):
        return list(row.get(name) or [])
    if key:
        return [next((p["value"] for p in row.get(name, []) if p["key"] == key), None)]
    return [row.get(name)]


def values_of(table: str, field: str) -> list[list[Any]]:
    """The values of a field per row, missing ones too; of a list field all entries."""
    home, _, name = field.partition(".")
    if home not in ("usersession", "useraction", "userevent"):
        home, name = table, field
    found = []
    for session, action in rows_of(table):
        if home == table:
            found.append(_own(session if action is None else action, name))
        elif home == "usersession":
            found.append(_own(session, name))
        else:
            children = session.get("userActions", []) if home == "useraction" else []
            found.append([v for child in children for v in _own(child, name)])
    return found


def lists_of(field: str) -> list[list[list[Any]]]:
    """The lists of a list field of actions per session, one for each action."""
    _, _, name = field.partition(".")
    return [[_own(child, name) for child in s.get("userActions", [])] for s in SESSIONS]


@functools.cache
def _cache(index_memory: int) -> Cache:
    return cache_of(SESSIONS, index_memory=index_memory)


def access(table: str, control: Control | None = None, index_memory: int = 0) -> Access:
    """The sessions, read as a query of the table does."""
    return Access(_cache(index_memory), table, 0, control or Control())


def _bound(text: str, found: Access) -> RowQuery:
    store = found.cache.store
    bound = prepared_of(store, text).bound
    assert isinstance(bound, RowQuery)
    return bound


def expression(found: Access, text: str) -> Expression:
    """An expression over the rows that are read."""
    return _bound(f"SELECT {text} FROM {found.table}", found).columns[0].expression


def field(found: Access, text: str) -> FieldRef:
    """A field, seen from the rows that are read."""
    made = expression(found, text)
    assert isinstance(made, FieldRef)
    return made


def condition(found: Access, text: str) -> Condition:
    """A condition on the rows that are read."""
    where = _bound(f"SELECT * FROM {found.table} WHERE {text}", found).where
    assert where is not None
    return where
