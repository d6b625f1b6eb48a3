"""The values that loaded sessions have, for completion."""

from __future__ import annotations

import functools
from collections.abc import Callable

from usql.language.diagnostics import UsqlError
from usql.sessions import Sessions

_MOST = 200


def frequent_values(sessions: Sessions) -> Callable[[str], list[str]]:
    """A function that gives the values of a field, the most frequent first, at most 200; of a
    property list its keys. Fields are given as ``table.field``; each is read once.

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
            rows = sessions.query(query).rows()
        except UsqlError:  # a field that cannot be a key has no values to offer
            return []
        return [str(value) for value, _ in rows if value is not None]

    return values
