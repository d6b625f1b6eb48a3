"""Loaded sessions and the questions one can ask them."""

from __future__ import annotations

import os
import pickle
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypedDict

import pyarrow as pa

from usql import checks
from usql.analysis import Timeframe, check, profile_named
from usql.analysis.bound import FunnelQuery
from usql.asking import QueryOptions, Read
from usql.catalog import PRIMARY, Catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_text
from usql.checks import ProfileName
from usql.clock import Instant, clock_over
from usql.engine import Answer, Engine, Event
from usql.errors import DataError, LimitWarning
from usql.language.diagnostics import Diagnostic
from usql.language.parser import parse
from usql.prepare import Preparer, problems
from usql.result import Result
from usql.result.later import Later
from usql.running import about_nothing, explain, is_enough, run
from usql.store import Store, save
from usql.store.contents import TableContent, contents
from usql.store.export.nested import nested_batches
from usql.store.export.write import write_batches
from usql.store.known import Known
from usql.store.lazy import watched
from usql.store.narrowed import narrowed_store
from usql.store.saved.folder import open_folder
from usql.store.views import take, to_arrow

_DEEP_LINKS = {"userSessionId": pa.string(), "startTime": pa.int64(), "endTime": pa.int64()}

_HELD = ("_store", "_engine", "_prepare", "_known")
"""What open sessions hold, and closed ones do not."""


class _Limits(TypedDict):
    """What sessions were opened with."""

    threads: int | None
    memory_limit: int | None
    index_memory: int | None


class Sessions:
    """User sessions in memory, ready to be queried from any number of threads. Sessions that were
    opened from a saved store can be pickled: another process opens the store for itself.

    >>> import usql
    >>> sessions = usql.sample(sessions=100, seed=1)
    >>> len(sessions)
    100
    >>> sessions.query("SELECT COUNT(*) FROM usersession").rows()
    [[100]]
    """

    __module__ = "usql"

    def __init__(
        self,
        store: Store,
        *,
        threads: int | None = None,
        memory_limit: int | None = None,
        index_memory: int | None = None,
        read: Read = parse,
    ) -> None:
        self._store = store
        self._limits = _Limits(
            threads=threads, memory_limit=memory_limit, index_memory=index_memory
        )
        self._engine = Engine(store, threads, memory_limit, index_memory)
        self._span = store.span
        self._prepare = Preparer(store.catalog, self._span, read)
        self._known = Known(store, self._engine.watch())

    def close(self) -> None:
        """Let go of the sessions and, where no result needs them, of their memory and files. What is
        asked of them from then on is a ``ValueError``; results that they gave stay whole. ``with``
        closes at its end; closing again does nothing.

        >>> import usql
        >>> with usql.sample(sessions=10) as sessions:
        ...     result = sessions.query("SELECT COUNT(*) FROM usersession")
        >>> result.rows(), sessions
        ([[10]], <Sessions: closed>)
        """
        for name in _HELD:
            self.__dict__.pop(name, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    if not TYPE_CHECKING:  # who misspells a name is told so

        def __getattr__(self, name: str) -> Any:
            if name in _HELD:
                raise ValueError("these sessions are closed")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __len__(self) -> int:
        return self._store.sessions

    def __copy__(self) -> Sessions:
        """The same: sessions do not change."""
        return self

    def __deepcopy__(self, _: dict[int, object]) -> Sessions:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Where sessions were opened from a saved store, its place and the options; another process
        opens it again. Others cannot be pickled."""
        saved = self._store.saved
        if saved is None:
            raise pickle.PicklingError(
                "sessions in memory cannot be pickled; save them with "
                "sessions.save('NAME.usqlstore') and pickle usql.open('NAME.usqlstore'), which each "
                "process opens for itself, at the same cost at any size"
            )
        kept = (saved.seal, self.notes, self._limits, self.catalog.loaded)
        return _opened_again, (str(saved.folder), *kept)

    def __repr__(self) -> str:
        if "_store" not in self.__dict__:
            return "<Sessions: closed>"
        loaded = self.catalog.loaded
        rows = ", ".join(
            f"{t.rows} {name}"
            for name, t in self._store.tables.items()
            if loaded is None or name in loaded.tables
        )
        named = "" if loaded is None else f"; {projection_text(loaded, self.catalog)}"
        return f"<Sessions: {rows}{named}>"

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
        profile: ProfileName = "dynatrace",
        parameters: Mapping[str, str] | None = None,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> Result:
        """Run a query.

        ``start`` and ``end`` select the sessions that overlap ``[start, end)``; ``now`` is what
        ``$NOW`` means (the clock's time without it). Each is a date as queries write it, UTC
        milliseconds, a ``datetime`` (without a zone it is UTC), a ``date`` (its midnight on the
        local clock), ``"now"``, ``"data-end"`` (one past the last ``endTime``), or a duration
        before or after ``$NOW`` such as ``"-2h"``. ``utc_offset`` in minutes moves the local clock;
        ``profile`` is ``"dynatrace"`` or ``"offline"``; ``parameters`` gives the texts of
        ``${…}`` and ``{{…}}`` placeholders; ``timeout`` in seconds ends a query that takes longer,
        reading its text included; ``cancelled``, a ``threading.Event``, ends it when another thread
        sets it.

        Raises :class:`usql.UsqlError` with all diagnostics when the query is refused or stopped, and
        ``ValueError`` for a wrong option. Warns with :class:`usql.LimitWarning` when the query has
        no LIMIT and the profile's default one cut its rows.

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
        """What :meth:`query` gives, without its warning: for programs that show the result's
        ``limit_note`` to people themselves."""
        began = time.monotonic()
        prepared, known = self._prepare(text, options), self._known
        answer = run(self._engine, prepared, options, began)
        notes = (
            *prepared.notes,
            *answer.notes,
            *about_nothing(
                self._engine, prepared, answer, self.catalog, self._span, options, began
            ),
        )
        return Result(
            pa.Table.from_arrays(answer.columns, names=[c.name for c in prepared.columns]),
            prepared.columns,
            text=prepared.parsed.text,
            total_rows=None if self._store.ended_early else answer.total,
            explanations=notes,
            limit_note=answer.limit_note,
            diagnostics=Later(lambda: problems(prepared, known)),
            deep_links=self._deep_links(answer),
            is_funnel=isinstance(prepared.bound, FunnelQuery),
        )

    def is_enough(self, text: str, options: QueryOptions) -> bool:
        """Whether the answer to a query of rows that has a LIMIT and no order stays what it is,
        whatever sessions follow."""
        prepared = self._prepare(text, options)
        return is_enough(self._engine, prepared, Known(self._store), options)

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
        """The plan of a query as a tree, the result on top; options as in :meth:`query`. With
        ``analyze`` the query runs, and every node tells its rows, the bytes it read, the indexes
        it used and its time.

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
        found = explain(self._engine, prepared, options, analyze, began)
        loaded, left_out = self.catalog.loaded, self._store.left_out
        if loaded is not None:
            found += (
                f"\nloaded: {projection_text(loaded, self.catalog)}; other fields are not checked"
            )
        if left_out is not None and left_out.count:
            found += (
                f"\nleft out: {left_out.count:,} of {left_out.parts:,} row groups and files, of which "
                "only keys, times and tested fields are read"
            )
        return found

    def check(
        self, text: str, *, profile: ProfileName = "dynatrace", utc_offset: int = 0
    ) -> list[Diagnostic]:
        """All problems of a text with one query or several, judged with the fields and property
        keys of the data."""
        text = checks.query_text(text)
        offset = checks.utc_offset(utc_offset)
        clock = clock_over(self._span, Timeframe(), None, offset)
        return check(text, self.catalog, profile_named(profile), clock)

    def contents(self) -> Iterator[TableContent]:
        """What the columns hold, field by field: how many values, how many distinct ones, the
        smallest, the largest and the most frequent."""
        return contents(self._store)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the sessions in the export's layout, as NDJSON (also ``.gz``, ``.zst``) or Parquet by
        the file's name; ``ValueError`` for another name, and of sessions that were opened with some
        fields only. docs/DATA.md tells, in "What ``JSON`` and
        ``write`` change", in what they differ from the export's own text."""
        if self.catalog.loaded is not None:
            raise ValueError("some fields only are loaded; write sessions that are opened with all")
        write_batches(path, nested_batches(self._store))

    def save(self, folder: str | os.PathLike[str], *, indexes: bool = False) -> None:
        """Save the sessions as a folder that ``usql.open`` opens by memory map, at the same cost at
        any size; with the indexes that queries have built so far if asked. An earlier store there
        is replaced as a whole. ``ValueError`` of sessions that were opened with some fields only;
        :class:`usql.errors.PlaceTaken`, a ``FileExistsError``, if the folder holds anything else."""
        save(self._store, folder, self._engine.saved_indexes() if indexes else {})

    def _deep_links(self, answer: Answer) -> Later[pa.Table] | None:
        """The session of each row for the vendor's response, gathered when it is asked for, with
        nulls for what the data does not have; of groups there is none (LANGUAGE.md §10)."""
        sessions = answer.sessions
        if sessions is None:
            return None
        columns, watch = self._store.tables[PRIMARY].columns, self._engine.watch()

        def gathered() -> pa.Table:
            held = {name: watched(columns, name, watch) for name in _DEEP_LINKS}
            return pa.table(
                {
                    name: pa.nulls(len(sessions), _DEEP_LINKS[name])
                    if column is None
                    else to_arrow(take(column, sessions))
                    for name, column in held.items()
                }
            )

        return Later(gathered)


__test__ = {"Sessions": Sessions}  # doctests are sought by the module that a class names


def warn_of_limit(result: Result, stacklevel: int) -> None:
    """Warn the caller of a function, which is so many levels above it, that the default limit cut
    the rows."""
    if result.limit_note is not None:
        warnings.warn(result.limit_note, LimitWarning, stacklevel=stacklevel + 1)


def _opened_again(
    folder: str,
    seal: str,
    notes: tuple[str, ...],
    limits: _Limits,
    loaded: Projection | None,
) -> Sessions:
    """Unpickled sessions. ``DataError`` if their store is gone, or is another one by now: answers
    would be of other sessions than those that were pickled."""
    store = open_folder(folder)
    if store.saved is None or store.saved.seal != seal:
        reason = (
            "the store was saved anew since these sessions were opened; open it again, and pickle "
            "the sessions that this gives"
        )
        raise DataError(reason, source=folder)
    return Sessions(narrowed_store(replace(store, notes=notes), loaded), **limits)
