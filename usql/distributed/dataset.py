"""A set of parts that a query reads, each of which a worker opens for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from usql.analysis.bound import Condition, Timeframe
from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.store import Store


class Part(Protocol):
    """Some whole sessions of a data set. It only says where they are, so its pickle is small: it is
    opened where it is read, by any number of processes and any number of times."""

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        """The part's sessions, in its own order.

        ``catalog``: that of the whole data set, as the store has it from then on; fields that only
        some parts have, or have in another type, are of the type that they have there.
        ``projection``: the fields to load, ``None`` for all. ``memory_limit``: bytes that the load
        may hold, as in :func:`usql.store.load`.

        Raises :class:`usql.errors.DataError` for bad data, and where the part is gone or is another
        one than the data set lists.
        """


class Dataset(Protocol):
    """Parts that are queried together. Their order is that of the data: where a query does not
    determine the order of rows, those of earlier parts come first. A data set does not change while
    it is open."""

    @property
    def parts(self) -> Sequence[Part]:
        """All parts, including empty ones."""

    @property
    def catalog(self) -> Catalog:
        """The tables and fields with those that the parts add: one type for all parts. The keys of
        properties are looked for when they are first asked for."""

    @property
    def span(self) -> tuple[int, int]:
        """The smallest start and one past the largest end of all sessions, in milliseconds; zeros
        without any (:attr:`usql.store.Store.span`). It is looked for when it is first asked for."""

    @property
    def sessions(self) -> int:
        """The number of sessions."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out of the data or found unusual."""

    def touched(self, timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        """The numbers, ascending, of the parts that may hold a session that overlaps the timeframe
        (LANGUAGE.md §4) and has a row that meets ``where``; all parts if nothing is known about
        their contents."""
