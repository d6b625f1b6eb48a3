"""The vendor's two response forms as plain Python objects, ready for ``json`` (LANGUAGE.md §10)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Rows = Sequence[Sequence[Any]]


def json_value(value: Any) -> Any:
    """A value as strict JSON has it: no NaN, no infinities."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [json_value(v) for v in value]
    if isinstance(value, dict):
        return {k: json_value(v) for k, v in value.items()}
    return value


def table_response(
    names: Sequence[str],
    keys: Sequence[bool],
    rows: Rows,
    explanations: Sequence[str] | None,
    additional: tuple[Sequence[str], Rows] | None,
) -> dict[str, Any]:
    """``columnNames`` and ``values``; explanations and additional columns when given. A missing
    value is ``null``, a missing key the string ``"null"``."""
    response: dict[str, Any] = {
        "extrapolationLevel": 1,
        "columnNames": list(names),
        "values": [
            [
                "null" if is_key and value is None else json_value(value)
                for value, is_key in zip(row, keys, strict=True)
            ]
            for row in rows
        ],
    }
    if additional is not None:
        response["additionalColumnNames"] = list(additional[0])
        response["additionalValues"] = [json_value(list(row)) for row in additional[1]]
    if explanations is not None:
        response["explanations"] = list(explanations)
    return response


def tree_response(
    names: Sequence[str], keys: Sequence[bool], rows: Rows, explanations: Sequence[str] | None
) -> dict[str, Any]:
    """``branchNames`` and ``leafNames``; ``values`` nested by the keys with an array of leaves at the
    end, or without keys one array per leaf, column by column.

    Rows may share their keys' texts: those of a key that is not selected, or a missing key and the
    string ``"null"``. A tree has one place for them; the first row takes it, and the explanations
    count the others.
    """
    branches = [i for i, is_key in enumerate(keys) if is_key]
    leaves = [i for i, is_key in enumerate(keys) if not is_key]
    values: Any
    left_out = 0
    if branches:
        values = {}
        for row in rows:
            node = values
            for index in branches[:-1]:
                node = node.setdefault(key_text(row[index]), {})
            last = key_text(row[branches[-1]])
            if last in node:
                left_out += 1
            else:
                node[last] = [json_value(row[i]) for i in leaves]
    else:
        values = [[json_value(row[i]) for row in rows] for i in leaves]
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
