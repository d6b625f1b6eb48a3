"""Data sets of parts that are loaded from rows, in the memory of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from usql.analysis.bound import Condition, Timeframe
from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.frozen import dataclass
from usql.store import Store, load


@dataclass(frozen=True, eq=False)
class RowsPart:
    """A part of rows that are loaded whenever it is opened."""

    rows: Sequence[dict[str, Any]]

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        return load(
            self.rows, catalog=catalog, fields=projection, memory_limit=memory_limit, threads=1
        )


class KeptPart:
    """A part of rows that are loaded once for each choice of fields: the rounds of a question, and
    questions that read the same, ask one store."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._part = RowsPart(rows)
        self._stores: dict[Any, tuple[Catalog, Store]] = {}

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        fields = projection and (frozenset(projection.tables.items()), projection.hidden)
        known = self._stores.get((fields, memory_limit))
        if known is None or known[0] is not catalog:
            known = catalog, self._part.open(catalog, projection, memory_limit)
            self._stores[fields, memory_limit] = known
        return known[1]


class MemoryDataset:
    """Parts of sessions, of which the whole is loaded to tell what it holds."""

    def __init__(
        self,
        parts: Sequence[Sequence[dict[str, Any]]],
        kind: type[RowsPart | KeptPart] = RowsPart,
    ) -> None:
        self.parts = [kind(rows) for rows in parts]
        self._rows = [row for rows in parts for row in rows]

    @cached_property
    def whole(self) -> Store:
        """All sessions in one store."""
        return load(self._rows)

    @property
    def catalog(self) -> Catalog:
        return self.whole.catalog

    @property
    def span(self) -> tuple[int, int]:
        return self.whole.span

    @property
    def sessions(self) -> int:
        return self.whole.sessions

    @property
    def notes(self) -> tuple[str, ...]:
        return self.whole.notes

    def touched(self, timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        return range(len(self.parts))


def cut(rows: Sequence[Any], count: int) -> list[Sequence[Any]]:
    """The rows in so many parts, of which some may be empty."""
    ends = [len(rows) * i // count for i in range(count + 1)]
    return [rows[first:end] for first, end in pairwise(ends)]
