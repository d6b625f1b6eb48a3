"""The query interface that all kinds of sessions share."""

from __future__ import annotations

import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyarrow as pa

from usql import checks
from usql.analysis import Timeframe, check, profile_named
from usql.analysis.bound import FunnelQuery
from usql.asking.clock import Instant, clock_over
from usql.asking.prepare import PreparedQuery, Preparer, problems
from usql.asking.question import QueryOptions, is_about_span
from usql.asking.running import about_nothing, explain, run
from usql.catalog import Catalog
from usql.checks import ProfileName
from usql.engine import Answer, Event
from usql.engine.backend import Backend
from usql.errors import LimitWarning
from usql.language.diagnostics import Diagnostic
from usql.result import Result
from usql.result.later import Later
from usql.store.known import Known


class Queryable(ABC):
    """Sessions that can be queried from any number of threads. ``_engine`` runs the queries that
    ``_prepare`` prepares."""

    _held: ClassVar[tuple[str, ...]] = ("_engine", "_prepare")
    """The attributes that closing deletes."""

    _engine: Backend
    _prepare: Preparer

    def close(self) -> None:
        """Release the sessions, and their memory and files as far as no result needs them. Later
        calls raise ``ValueError``; results that were returned stay valid. ``with`` closes at its
        end; closing again does nothing.

        >>> import usql
        >>> with usql.sample(sessions=10) as sessions:
        ...     result = sessions.query("SELECT COUNT(*) FROM usersession")
        >>> result.rows(), sessions
        ([[10]], <Sessions: closed>)
        """
        for name in self._held:
            self.__dict__.pop(name, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    if not TYPE_CHECKING:  # who misspells a name is told so

        def __getattr__(self, name: str) -> Any:
            if name in type(self)._held:
                raise ValueError("these sessions are closed")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @abstractmethod
    def __len__(self) -> int:
        """How many sessions there are."""

    @property
    @abstractmethod
    def catalog(self) -> Catalog:
        """The tables and fields, including those that the data adds."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """Sentences about what loading left out or found unusual."""

    @property
    @abstractmethod
    def span(self) -> tuple[int, int]:
        """The time that the data covers, in UTC milliseconds: the first ``startTime``, and one past
        the last ``endTime``, which options call ``"data-end"``; ``(0, 0)`` where no session has
        times."""

    @abstractmethod
    def _deep_links(self, answer: Answer) -> Later[pa.Table] | None:
        """The session of each row for the vendor's response, gathered on demand, with nulls for
        fields that the data does not have; ``None`` for groups (LANGUAGE.md §10)."""

    @abstractmethod
    def _known_by(self, query: PreparedQuery) -> Callable[[], Known]:
        """A function that finds out which of the texts in the query's tests occur in the data."""

    def _about_data(self) -> str:
        """The lines about the data that EXPLAIN shows below the plan."""
        return ""

    def _total(self, answer: Answer) -> int | None:
        """The number of rows before the limit, if it is known."""
        return answer.total

    def query(
        self,
        text: str,
        *,
        start: Instant | None = None,
        end: Instant | None = None,
        now: Instant | None = None,
        utc_offset: int = 0,
        profile: ProfileName = "dynatrace",
        parameters: Mapping[str, str] | None = None,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> Result:
        """Run a query.

        ``start`` and ``end`` select the sessions that overlap ``[start, end)``; ``now`` is the
        value of ``$NOW``, by default the current time. Each is a date as in queries, UTC
        milliseconds, a ``datetime`` (UTC unless it has a time zone), a ``date`` (its midnight on
        the local clock), ``"now"``, ``"data-end"`` (one millisecond past the last ``endTime``), or
        a duration before or after ``$NOW`` such as ``"-2h"``. ``utc_offset`` is the local clock's
        offset from UTC in minutes; ``profile`` is ``"dynatrace"`` or ``"offline"``; ``parameters``
        gives the texts of ``${…}`` and ``{{…}}`` placeholders; ``timeout`` in seconds ends a query
        that takes longer, including the time to parse it; ``cancelled``, a ``threading.Event``,
        ends it when another thread sets the event.

        Raises :class:`usql.UsqlError` with all diagnostics if the query is rejected or stopped, and
        ``ValueError`` for an invalid option. Warns with :class:`usql.LimitWarning` if the query has
        no LIMIT and the profile's default limit cut its rows.

        >>> import usql
        >>> sessions = usql.sample(sessions=100, seed=1)
        >>> sessions.query("SELECT cty FROM usersession")
        Traceback (most recent call last):
            ...
        usql.UsqlError: error[USQL202] unknown-field: usersession has no field `cty`.
          --> query:1:8
          |
        1 | SELECT cty FROM usersession
          |        ^^^
          = correction: write city
          = correction: write country
        """
        options = QueryOptions(
            start=start,
            end=end,
            now=now,
            utc_offset=utc_offset,
            profile=profile,
            parameters=parameters,
            timeout=timeout,
            cancelled=cancelled,
        )
        result = self.ask(text, options)
        warn_of_limit(result, stacklevel=2)
        return result

    def ask(self, text: str, options: QueryOptions) -> Result:
        """The result of :meth:`query` without its warning, for programs that show the result's
        ``limit_note`` themselves."""
        began = time.monotonic()
        prepared = self._prepare(text, options)
        known = self._known_by(prepared)
        answer = run(self._engine, prepared, options, began)
        notes = (
            *prepared.notes,
            *answer.notes,
            *about_nothing(
                self._engine, prepared, answer, self.catalog, lambda: self.span, options, began
            ),
        )
        return Result(
            pa.Table.from_arrays(answer.columns, names=[c.name for c in prepared.columns]),
            prepared.columns,
            text=prepared.parsed.text,
            total_rows=self._total(answer),
            explanations=notes,
            limit_note=answer.limit_note,
            diagnostics=Later(lambda: problems(prepared, known())),
            deep_links=self._deep_links(answer),
            is_funnel=isinstance(prepared.bound, FunnelQuery),
            utc_offset=prepared.clock.utc_offset,
        )

    def explain(
        self,
        text: str,
        *,
        start: Instant | None = None,
        end: Instant | None = None,
        now: Instant | None = None,
        utc_offset: int = 0,
        profile: ProfileName = "dynatrace",
        parameters: Mapping[str, str] | None = None,
        analyze: bool = False,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> str:
        """The plan of a query as a tree, with the result at the top; options as in :meth:`query`.
        With ``analyze`` the query runs, and every node shows its rows, the bytes that it read, the
        indexes that it used and its time.

        >>> import usql
        >>> print(usql.sample(sessions=10).explain("SELECT COUNT(*) FROM usersession"))
        Project
           columns: count(*) = count(*)
           └─ Limit
                 count: 50 (default)
              └─ Sort
                    by: one group
                 └─ Group
                       keys: none
                    └─ Scan
                          table: usersession
        """
        began = time.monotonic()
        analyze = checks.flag("analyze", analyze)
        options = QueryOptions(
            start=start,
            end=end,
            now=now,
            utc_offset=utc_offset,
            profile=profile,
            parameters=parameters,
            timeout=timeout,
            cancelled=cancelled,
        )
        prepared = self._prepare(text, options)
        plan = explain(self._engine, prepared, options, analyze, began)
        return plan + self._about_data()

    def check(
        self, text: str, *, profile: ProfileName = "dynatrace", utc_offset: int = 0
    ) -> list[Diagnostic]:
        """All problems of a text with one or more queries, checked against the fields and property
        keys of the data."""
        text = checks.query_text(text)
        offset = checks.utc_offset(utc_offset)
        span = self.span if is_about_span(text, QueryOptions()) else (0, 0)
        clock = clock_over(span, Timeframe(), None, offset)
        return check(text, self.catalog, profile_named(profile), clock)


def warn_of_limit(result: Result, stacklevel: int) -> None:
    """Warn that the default limit cut the rows. The warning points at the code ``stacklevel`` calls
    up."""
    if result.limit_note is not None:
        warnings.warn(result.limit_note, LimitWarning, stacklevel=stacklevel + 1)
