"""What makes a row a session, decided the same way for rows and for columns (LANGUAGE.md §10a).

A session has a documented field of ``usersession``, or a list of children. In a file that was not
named it must also have what query results lack: its key, its start, or children.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pyarrow as pa

from usql.catalog import PRIMARY, default_catalog
from usql.store.compute import ScalarAggregateOptions, filled, pc

_KEYS = ("userSessionId", "startTime")
_MOST_NAMED = 5
_LONGEST_NAME = 40


@functools.cache
def children() -> frozenset[str]:
    """The names of the lists of children."""
    return frozenset(default_catalog().table(PRIMARY).children)


@functools.cache
def child_fields() -> frozenset[str]:
    """The fields that children have and sessions do not."""
    tables = [table for table in default_catalog() if table.name != PRIMARY]
    return frozenset(f.name for table in tables for f in table.fields) - session_names()


@functools.cache
def session_names() -> frozenset[str]:
    """The names that make a row a session: the documented fields that are loaded, and the lists of
    children."""
    return frozenset(f.name for f in default_catalog().table(PRIMARY).fields) | children()


@functools.cache
def _written() -> frozenset[str]:
    """The same names, and older ones for them, in lower case."""
    older = default_catalog().table(PRIMARY).older
    return frozenset(name.lower() for name in session_names().union(older))


def why_no_session(row: Mapping[str, Any], is_found: bool, names: Collection[str]) -> str | None:
    """Why a canonical row (see ``normalize``) is not a session; ``None`` if it is one. ``names``
    are the names in its source."""
    known = session_names()
    if not any(name in known and value is not None for name, value in row.items()):
        return _has_none("this is not a session", "members", names)
    if is_found and not _tells_itself(row):
        return _RESULT
    return why_a_result(names) if is_found else None


_RESULT = (
    "this may be a row of a result, since it has neither userSessionId nor startTime nor children; "
    "name the file itself if its rows are sessions"
)


def why_a_result(names: Collection[Any]) -> str | None:
    """Why rows with members or columns of these names are rows of a query result, ``None`` if they
    need not be: some names occur only in results."""
    odd = [name for name in names if _is_of_query(str(name).lower())]
    if not odd:
        return None
    return (
        f"this is a row of a result, as {first_names(odd)} tells; name the file itself if its rows are "
        "sessions"
    )


def _is_of_query(name: str) -> bool:
    """Whether a name is a field with its table, or an expression."""
    table, dot, _ = name.partition(".")
    return (name.endswith(")") and "(" in name) or bool(dot and default_catalog().get(table))


def _tells_itself(row: Mapping[str, Any]) -> bool:
    return any(row.get(name) is not None for name in _KEYS) or any(
        row.get(name) for name in children()
    )


def are_sessions(columns: Mapping[str, pa.Array], is_found: bool) -> bool:
    """Whether every row of these columns, given by their canonical names, is a session."""
    if is_found and not (why_a_result(columns) is None and _all_rows(_telling(columns))):
        return False
    known = session_names()
    return _all_rows(_valid(c) for name, c in columns.items() if name in known)


def _telling(columns: Mapping[str, pa.Array]) -> Iterable[pa.Array | None]:
    yield from (_valid(columns[name]) for name in _KEYS if name in columns)
    for name in children() & columns.keys():
        if not pa.types.is_null(columns[name].type):
            yield filled(pc.greater(pc.list_value_length(columns[name]), 0), False)


def _valid(column: pa.Array) -> pa.Array | None:
    """Where the column has a value; ``None`` for everywhere."""
    return pc.is_valid(column) if column.null_count else None


def _all_rows(masks: Iterable[pa.Array | None]) -> bool:
    """Whether each row is in one of the masks."""
    together: pa.Array | None = None
    for mask in masks:
        if mask is None:
            return True
        together = mask if together is None else pc.or_(together, mask)
    options = ScalarAggregateOptions(min_count=0)
    return together is not None and pc.all(together, options=options).as_py() is True


def why_no_table(names: Collection[str], is_found: bool) -> str | None:
    """Why a table with these column names holds no session; ``None`` if it may hold some."""
    lower = {str(name).lower() for name in names}
    if lower.isdisjoint(_written()):
        return _has_none("there is no session in the table", "columns", names)
    if is_found and lower.isdisjoint(name.lower() for name in children().union(_KEYS)):
        return _RESULT
    return why_a_result(names) if is_found else None


def _has_none(what: str, parts: str, names: Collection[str]) -> str:
    if not names:
        return f"{what}: it has no {parts}"
    return (
        f"{what}: none of its {parts} ({first_names(names)}) is a field of usersession with a value"
    )


def first_names(names: Collection[str]) -> str:
    """The first few of some names, as text."""
    shown = [
        name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
        for name in (str(name) for name, _ in zip(names, range(_MOST_NAMED), strict=False))
    ]
    remaining = len(names) - len(shown)
    return ", ".join(shown) + (f" and {remaining} more" if remaining else "")
