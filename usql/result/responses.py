"""The vendor's two response forms as plain Python objects, ready for ``json`` (LANGUAGE.md §10)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

Columns = Sequence[list[Any]]
"""The values of each column."""


MISSING_KEY = "null"
"""What stands in a table response for a missing key; other missing values are ``null``."""


def json_value(value: Any) -> Any:
    """A value as strict JSON allows it: no NaN, no infinities."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [json_value(v) for v in value]
    if isinstance(value, dict):
        return {k: json_value(v) for k, v in value.items()}
    return value


def table_response(
    names: Sequence[str],
    columns: Columns,
    explanations: Sequence[str] | None,
    additional: tuple[Sequence[str], Columns] | None,
) -> dict[str, Any]:
    """``columnNames`` and ``values``, with explanations and additional columns if given. A missing
    key is :data:`MISSING_KEY`."""
    response: dict[str, Any] = {
        "extrapolationLevel": 1,
        "columnNames": list(names),
        "values": rows_of(columns),
    }
    if additional is not None:
        response["additionalColumnNames"] = list(additional[0])
        response["additionalValues"] = rows_of(additional[1])
    if explanations is not None:
        response["explanations"] = list(explanations)
    return response


def rows_of(columns: Iterable[list[Any]]) -> list[list[Any]]:
    """The rows of some columns of values."""
    return list(map(list, zip(*columns, strict=True)))


def tree_response(
    names: Sequence[str], keys: Sequence[bool], columns: Columns, explanations: Sequence[str] | None
) -> dict[str, Any]:
    """``branchNames`` and ``leafNames``; ``values`` are nested by the keys with an array of leaves
    at the end, or without keys one array per leaf, column by column.

    Several rows may have the same key texts: those of a key that is not selected, or a missing key
    and the string ``"null"``. A tree has one place for them, which the first row takes; the
    explanations count the others.
    """
    branches = [i for i, is_key in enumerate(keys) if is_key]
    leaves = [i for i, is_key in enumerate(keys) if not is_key]
    values: Any
    left_out = 0
    if branches:
        values = {}
        paths = zip(*([key_text(v) for v in columns[i]] for i in branches), strict=True)
        ends = rows_of(columns[i] for i in leaves) if leaves else ([] for _ in columns[branches[0]])
        for (*above, last), end in zip(paths, ends, strict=True):
            node = values
            for key in above:
                node = node.setdefault(key, {})
            if last in node:
                left_out += 1
            else:
                node[last] = end
    else:
        values = [columns[i] for i in leaves]
    response: dict[str, Any] = {
        "extrapolationLevel": 1,
        "branchNames": [names[i] for i in branches],
        "leafNames": [names[i] for i in leaves],
        "values": values,
    }
    if explanations is not None:
        response["explanations"] = [*explanations, *_left_out(left_out)]
    return response


def _left_out(rows: int) -> list[str]:
    if not rows:
        return []
    subject = "1 row has" if rows == 1 else f"{rows} rows have"
    return [f"{subject} the same keys as an earlier one; the tree shows the first of each."]


def key_text(value: Any) -> str:
    """A key as the name of a JSON member."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
