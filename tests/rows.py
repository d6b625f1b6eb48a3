"""Rows that a test is about only in part, made whole: sessions (LANGUAGE.md §10a)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa


def sessions(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with a list of user actions, which makes each a session whatever else it has."""
    return [{"userActions": [], **row} for row in rows]


def session_table(table: pa.Table) -> pa.Table:
    """The table with empty lists of user actions, which make its rows sessions."""
    kind = pa.list_(pa.struct([("name", pa.string())]))
    return table.append_column("userActions", pa.array([[]] * table.num_rows, kind))
