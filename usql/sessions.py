"""Loaded sessions and the questions one can ask them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import pyarrow as pa

from usql.analysis import Timeframe, check
from usql.analysis import profile as profile_named
from usql.analysis.bound import FunnelQuery
from usql.catalog import PRIMARY, Catalog
from usql.clock import Instant, check_offset, clock_over, span_of
from usql.engine import Answer, Engine, SumOverflow
from usql.language.diagnostics import Diagnostic, UsqlError, diagnostic
from usql.planner import explain
from usql.prepare import Prepared, Preparer
from usql.result import Result
from usql.store import Store
from usql.store.nested import nested_batches
from usql.store.views import take, to_arrow
from usql.store.write import write_batches

_DEEP_LINKS = ("userSessionId", "startTime", "endTime")


class Sessions:
    """User sessions in memory, ready to be queried from any number of threads.

    >>> import usql
    >>> sessions = usql.sample(sessions=100, seed=1)
    >>> len(sessions)
    100
    >>> sessions.query("SELECT COUNT(*) FROM usersession").rows()
    [[100]]
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine = Engine(store)
        self._span = span_of(store)
        self._prepare = Preparer(store.catalog, self._span)

    def __len__(self) -> int:
        return self._store.sessions

    def __repr__(self) -> str:
        rows = ", ".join(f"{t.rows} {name}" for name, t in self._store.tables.items())
        return f"<Sessions: {rows}>"

    @property
    def catalog(self) -> Catalog:
        """The tables and fields, with those that the data adds."""
        return self._store.catalog

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what loading left out or found odd."""
        return self._store.notes

    def query(
        self,
        text: str,
        *,
        start: Instant | None = None,
        end: Instant | None = None,
        now: Instant | None = None,
        utc_offset: int = 0,
        profile: str = "dynatrace",
        parameters: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a query.

        ``start`` and ``end`` select the sessions that overlap ``[start, end)``; ``now`` is what
        ``$NOW`` means (the clock's time without it); ``utc_offset`` in minutes moves the local
        clock; ``profile`` is ``"dynatrace"`` or ``"offline"``; ``parameters`` gives the texts of
        ``${…}`` and ``{{…}}`` placeholders.

        Raises :class:`usql.UsqlError` with all diagnostics when the query is refused, and
        ``ValueError`` for a wrong option.

        >>> import usql
        >>> sessions = usql.sample(sessions=100, seed=1)
        >>> sessions.query("SELECT cty FROM usersession")
        Traceback (most recent call last):
            ...
        usql.language.diagnostics.UsqlError: error[USQL202] unknown-field: usersession has no field `cty`.
          --> query:1:8
          |
        1 | SELECT cty FROM usersession
          |        ^^^
          = correction: write city
          = correction: write country
        """
        prepared = self._prepare(
            text,
            start=start,
            end=end,
            now=now,
            utc_offset=utc_offset,
            profile=profile,
            parameters=parameters,
        )
        answer = self._run(prepared)
        return Result(
            pa.Table.from_arrays(answer.columns, names=[c.name for c in prepared.columns]),
            prepared.columns,
            explanations=(*prepared.notes, *answer.notes),
            deep_links=self._deep_links(answer),
            is_funnel=isinstance(prepared.bound, FunnelQuery),
        )

    def explain(
        self,
        text: str,
        *,
        start: Instant | None = None,
        end: Instant | None = None,
        now: Instant | None = None,
        utc_offset: int = 0,
        profile: str = "dynatrace",
        parameters: Mapping[str, str] | None = None,
    ) -> str:
        """The plan of a query as a tree, the result on top; options as in :meth:`query`.

        >>> import usql
        >>> print(usql.sample(sessions=10).explain("SELECT COUNT(*) FROM usersession"))
        Project
           columns: count(*) = count(*)
           └─ Limit
                 count: 50 (default)
              └─ Sort
                    by: frequency of the keys
                 └─ Group
                       keys: none
                    └─ Scan
                          table: usersession
        """
        prepared = self._prepare(
            text,
            start=start,
            end=end,
            now=now,
            utc_offset=utc_offset,
            profile=profile,
            parameters=parameters,
        )
        return explain(prepared.plan)

    def check(
        self, text: str, *, profile: str = "dynatrace", utc_offset: int = 0
    ) -> list[Diagnostic]:
        """All problems of a text with one query or several, judged with the fields and property
        keys of the data."""
        check_offset(utc_offset)
        clock = clock_over(self._span, Timeframe(), None, utc_offset)
        return check(text, self.catalog, profile_named(profile), clock)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the sessions in the export's layout, as NDJSON (also ``.gz``, ``.zst``) or Parquet by
        the file's name; ``ValueError`` for another name."""
        write_batches(path, nested_batches(self._store))

    def _run(self, prepared: Prepared) -> Answer:
        table = prepared.bound.table
        try:
            return self._engine.run(prepared.plan, table, prepared.utc_offset)
        except SumOverflow as error:
            overflow = diagnostic("sum-overflow", f"{error}.", prepared.span)
            raise UsqlError(prepared.text, [overflow]) from None

    def _deep_links(self, answer: Answer) -> Callable[[], pa.Table] | None:
        """The session of each row for the vendor's response, gathered when it is asked for; of
        groups there is none (LANGUAGE.md §10)."""
        sessions = answer.sessions
        if sessions is None:
            return None
        columns = self._store.tables[PRIMARY].columns
        return lambda: pa.table(
            {
                name: to_arrow(take(columns[name], sessions))
                for name in _DEEP_LINKS
                if name in columns
            }
        )
