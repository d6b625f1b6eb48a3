"""What parts answer beside what the whole data answers."""

from __future__ import annotations

import usql
from tests.compare import equal


def same(found: usql.Result, whole: usql.Result) -> None:
    """The results say the same: rows in their order, types, notes, links. How many rows there are
    beyond a limit without an order may be known of the whole alone."""
    assert equal(found.rows(), whole.rows()), (found.rows(), whole.rows())
    assert found.schema == whole.schema
    assert found._table.schema.types == whole._table.schema.types
    assert found.limit_note == whole.limit_note
    if found.total_rows is not None:
        assert found.total_rows == whole.total_rows
        assert found.explanations == whole.explanations
    links = [None if r._deep_links is None else r._deep_links.get() for r in (found, whole)]
    assert links[0] == links[1]
