"""The frequent values of loaded sessions, for completion."""

from __future__ import annotations

import functools
from collections.abc import Callable

from usql.language.diagnostics import UsqlError
from usql.queryable import Queryable

_MOST = 200
_LONGEST = 5.0
"""Seconds."""


def frequent_values(sessions: Queryable) -> Callable[[str], list[str]]:
    """A function that returns the values of a field, the most frequent first, at most 200; for a
    property list its keys; none if counting them takes more than five seconds. Fields are given as
    ``table.field``; each is read once.

    >>> import usql
    >>> frequent_values(usql.open([{"city": "Linz"}, {"city": "Wien"}, {"city": "Wien"}]))(
    ...     "usersession.city"
    ... )
    ['Wien', 'Linz']
    """

    @functools.cache
    def values(field: str) -> list[str]:
        table, _, name = field.partition(".")
        keys = sessions.catalog.property_keys.get((table, name))
        if keys is not None:
            return list(keys)
        query = f"SELECT {field}, COUNT(*) FROM {table} GROUP BY {field} LIMIT {_MOST}"
        try:
            rows = sessions.query(query, timeout=_LONGEST).rows()
        except UsqlError:  # a field that cannot be a key has no values to offer, either
            return []
        return [str(value) for value, _ in rows if value is not None]

    return values
