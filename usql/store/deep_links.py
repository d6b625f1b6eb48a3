"""What the vendor's response tells of the session of each row (LANGUAGE.md §10)."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from usql.store.columns import AnyColumn
from usql.store.lazy import Watch, watched
from usql.store.views import Ints, take, to_arrow

LINKS = {"userSessionId": pa.string(), "startTime": pa.int64(), "endTime": pa.int64()}
"""The fields, with the types of their columns."""


def deep_links(
    columns: Mapping[str, AnyColumn], sessions: Ints, watch: Watch | None = None
) -> pa.Table:
    """Of the columns of all sessions those that tell of the session of each row, with nulls for what
    the data does not have."""
    held = {name: watched(columns, name, watch) for name in LINKS}
    return pa.table(
        {
            name: pa.nulls(len(sessions), LINKS[name])
            if column is None
            else to_arrow(take(column, sessions))
            for name, column in held.items()
        }
    )
