"""Loaded sessions and the questions one can ask them."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from usql.analysis import Analysis, Clock, analyze, check
from usql.analysis import profile as profile_named
from usql.analysis.bound import (
    BoundQuery,
    Column,
    FunnelQuery,
    GroupQuery,
    KeyRef,
    RowQuery,
    Timeframe,
    type_of,
)
from usql.analysis.profile import Profile
from usql.catalog import PRIMARY, Catalog, FieldType
from usql.engine import Answer, SumOverflow, run
from usql.language.diagnostics import Diagnostic, Severity, UsqlError, diagnostic
from usql.language.literals import parse_date
from usql.language.parser import Parsed, parse, substitute
from usql.planner import explain, plan
from usql.result import ColumnRole, Result, ResultColumn
from usql.store import Store
from usql.store.columns import NumberColumn
from usql.store.nested import nested_batches
from usql.store.views import take, to_arrow
from usql.store.write import write_batches

Instant = int | str | datetime.datetime
"""A point in time: UTC milliseconds, a date as queries write it, or a ``datetime`` (without a zone
it is UTC)."""

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
        self._span = _span(store)

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
        text, parsed, analysis = self._bind(
            text, start, end, now, utc_offset, profile_named(profile), parameters
        )
        assert analysis.bound is not None
        bound = analysis.bound
        try:
            answer = run(plan(bound), self._store, bound.table, utc_offset)
        except SumOverflow as error:
            raise UsqlError(text, [diagnostic("sum-overflow", f"{error}.", parsed.span)]) from None
        return self._result(bound, answer, analysis.notes)

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
        rules = profile_named(profile)
        _, _, analysis = self._bind(text, start, end, now, utc_offset, rules, parameters)
        assert analysis.bound is not None
        return explain(plan(analysis.bound))

    def check(
        self, text: str, *, profile: str = "dynatrace", utc_offset: int = 0
    ) -> list[Diagnostic]:
        """All problems of a text with one query or several, judged with the fields and property
        keys of the data."""
        clock = self._clock(None, None, None, utc_offset)
        return check(text, self.catalog, profile_named(profile), clock)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the sessions in the export's layout, as NDJSON (also ``.gz``, ``.zst``) or Parquet by
        the file's name; ``ValueError`` for another name."""
        write_batches(path, nested_batches(self._store))

    def _bind(
        self,
        text: str,
        start: Instant | None,
        end: Instant | None,
        now: Instant | None,
        utc_offset: int,
        rules: Profile,
        parameters: Mapping[str, str] | None,
    ) -> tuple[str, Parsed, Analysis]:
        if parameters:
            text = substitute(text, parameters)
        parsed = parse(text)
        frame = Timeframe(
            *(None if t is None else milliseconds(t, utc_offset) for t in (start, end))
        )
        clock = self._clock(frame.start, frame.end, now, utc_offset)
        analysis = analyze(parsed, self.catalog, rules, clock, frame)
        holes = [
            replace(d, severity=Severity.ERROR)
            for d in analysis.diagnostics
            if d.name == "placeholder"
        ]
        if analysis.bound is None or holes:
            errors = [d for d in analysis.diagnostics if d.name != "placeholder"]
            raise UsqlError(text, [*errors, *holes])
        return text, parsed, analysis

    def _clock(
        self, start: int | None, end: int | None, now: Instant | None, utc_offset: int
    ) -> Clock:
        """Without a timeframe its variables are the first start and one past the last end."""
        if not -24 * 60 < utc_offset < 24 * 60:
            raise ValueError(f"utc_offset is in minutes, less than a day; {utc_offset} is not")
        instant = time.time_ns() // 1_000_000 if now is None else milliseconds(now, utc_offset)
        first, last = self._span
        return Clock(
            instant, first if start is None else start, last if end is None else end, utc_offset
        )

    def _result(self, bound: BoundQuery, answer: Answer, notes: tuple[str, ...]) -> Result:
        columns = _columns(bound)
        table = pa.Table.from_arrays(list(answer.columns), names=[c.name for c in columns])
        links = None
        if answer.sessions is not None:
            primary = self._store.tables[PRIMARY]
            links = pa.table(
                {
                    name: to_arrow(take(column, answer.sessions))
                    for name in _DEEP_LINKS
                    if (column := primary.columns.get(name)) is not None
                }
            )
        return Result(
            table,
            columns,
            explanations=(*notes, *answer.notes),
            deep_links=links,
            is_funnel=isinstance(bound, FunnelQuery),
        )


def _columns(bound: BoundQuery) -> list[ResultColumn]:
    if isinstance(bound, FunnelQuery):
        return [ResultColumn(step.name, ColumnRole.LEAF, False) for step in bound.steps]
    keys = bound.keys if isinstance(bound, GroupQuery) else ()

    def described(column: Column) -> ResultColumn:
        is_key = isinstance(column.expression, KeyRef)
        moment = type_of(column.expression, keys) is FieldType.TIMESTAMP
        return ResultColumn(column.name, ColumnRole.KEY if is_key else ColumnRole.LEAF, moment)

    assert isinstance(bound, RowQuery | GroupQuery)
    return [described(c) for c in bound.columns]


def _span(store: Store) -> tuple[int, int]:
    """The smallest start and one past the largest end of all sessions; zeros without any."""
    columns = store.tables[PRIMARY].columns
    starts, ends = (
        _valid(column)
        if isinstance(column := columns.get(name), NumberColumn)
        else np.zeros(0, dtype=np.int64)
        for name in ("startTime", "endTime")
    )
    if not len(starts):
        return 0, 0
    # A missing end counts as the start (LANGUAGE.md §4).
    last = max(int(values.max()) for values in (starts, ends) if len(values))
    return int(starts.min()), last + 1


def _valid(column: NumberColumn) -> np.ndarray[Any, np.dtype[Any]]:
    return column.values if column.valid is None else column.values[column.valid]


def milliseconds(instant: Instant, utc_offset: int = 0) -> int:
    """An instant as UTC milliseconds; ``ValueError`` when a string is no date."""
    if isinstance(instant, datetime.datetime):
        aware = instant if instant.tzinfo else instant.replace(tzinfo=datetime.UTC)
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return (aware - epoch) // datetime.timedelta(milliseconds=1)
    if isinstance(instant, str):
        text = instant.strip()
        return int(text) if text.lstrip("-").isdigit() else parse_date(text, utc_offset)
    return instant
