"""usql: User Session Query Language over exported user sessions, in memory.

>>> import usql
>>> [d.name for d in usql.check("SELECT cty FROM usersession")]
['unknown-field']
>>> usql.format("select city from usersession where country='Spain'")
'SELECT city FROM usersession WHERE country = "Spain"'

Only the language is loaded with the package; numpy and pyarrow come with the first data.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from usql import checks
from usql.checks import ProfileName
from usql.errors import DataError, Error, LimitWarning
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, UsqlError
from usql.language.rules import Severity
from usql.version import __version__ as __version__

if TYPE_CHECKING:
    import pyarrow as pa
    from IPython.core.interactiveshell import InteractiveShell

    from usql.asking.clock import Instant
    from usql.engine import Event
    from usql.result import ColumnRole, FunnelStep, Result, ResultColumn, Row
    from usql.result.chart import Chart
    from usql.sessions import Sessions
    from usql.store import Progress
    from usql.translation import Translation

__all__ = [
    "Chart",
    "ColumnRole",
    "DataError",
    "Diagnostic",
    "Edit",
    "Error",
    "Fix",
    "FunnelStep",
    "LimitWarning",
    "ProfileName",
    "Progress",
    "Result",
    "ResultColumn",
    "Row",
    "Sessions",
    "Severity",
    "Span",
    "Translation",
    "UsqlError",
    "check",
    "format",
    "open",
    "query",
    "sample",
    "shard",
    "translate",
    "tune_allocator",
]


def open(
    source: Any,
    *,
    fields: Iterable[str] | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    rejects: str | os.PathLike[str] | None = None,
    duplicates: Literal["keep", "drop"] = "keep",
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
    memory_limit: int | None = None,
    index_memory: int | None = None,
) -> Sessions:
    """Load exported user sessions.

    ``source``: a path to NDJSON, a JSON array (both also ``.gz`` or ``.zst``), Parquet or Arrow
    files; a folder, also of a table of Delta Lake or Iceberg, a glob pattern, a URL (``file``,
    ``s3``, ``gs``, ``abfs``; others by fsspec), or a list of these; a binary file object, or
    ``"-"`` for standard input (which can be read only in order: NDJSON, JSON, also compressed, and
    Arrow streams); a ``deltalake.DeltaTable``, a pyiceberg table, a pyarrow dataset; a
    ``pyarrow.Table`` or anything with ``__arrow_c_stream__`` in the export's nested layout (pandas,
    Polars, DuckDB); an iterable of dicts; a table response of the vendor or of
    :meth:`usql.Result.to_table_response` without groups. A row without any field of ``usersession``
    is bad data. On a terminal a load that takes longer than a second shows its progress, unless
    ``progress`` is given, which is then called instead.

    ``fields``: the fields to load, written as in queries, ``useraction.*`` for all of a table and
    ``*`` for all of usersession; by default everything. ``userSessionId``, ``startTime``,
    ``endTime`` and ``partNumber`` are always loaded. A query that names another field is rejected
    (``not-loaded``); fields that are not read are not checked; ``save`` and ``write`` need all
    fields.
    ``ValueError`` for a name that is neither documented nor in the data.

    Bad data raises :class:`usql.DataError` with file, line, field path and reason. With
    ``on_error="skip"`` bad rows are left out, counted in ``Sessions.notes``, and written unchanged
    to the file ``rejects`` if one is given.

    Sessions whose ``userSessionId``, ``startTime`` and ``partNumber`` occurred before, in the same
    source or an earlier one, are counted in ``Sessions.notes``; ``duplicates="drop"`` leaves them
    out, and reports how many differed from the first.

    A folder that :meth:`usql.Sessions.save` or :func:`usql.shard` wrote is mapped into memory, at
    the same cost for any size. ``threads``: the number of threads for the load and for each query,
    by default ``USQL_THREADS`` or the number of processors. ``memory_limit``: the bytes of columns
    that the load may hold, and that all queries running at once may build together before they are
    stopped; columns of several sources, which are joined when queries first use them, count as the
    latter and stay. By default the load may hold three quarters of the machine's memory, and all
    queries of the process share half of it. ``index_memory``: the bytes of indexes that are kept
    between queries in addition, by default an eighth of the machine's memory, but no more than a
    quarter of ``memory_limit``; 0 for none.

    >>> import usql
    >>> usql.open([{"city": "Linz"}, {"city": "Wien"}]).query("SELECT city FROM usersession").rows()
    [['Linz'], ['Wien']]
    """
    from usql.catalog.projection import lacking
    from usql.once import Opening, opened

    opening = Opening(
        on_error=on_error,
        rejects=rejects,
        duplicates=duplicates,
        progress=progress,
        threads=threads,
        memory_limit=memory_limit,
        index_memory=index_memory,
    )
    sessions = opened(source, opening, fields)
    loaded = sessions.catalog.loaded
    if loaded is not None and (problem := lacking(loaded, sessions.catalog)):
        raise ValueError(f"fields: {problem}")
    return sessions


def query(
    text: str,
    data: Any,
    *,
    on_error: Literal["stop", "skip"] = "stop",
    rejects: str | os.PathLike[str] | None = None,
    duplicates: Literal["keep", "drop"] = "keep",
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
    memory_limit: int | None = None,
    start: Instant | None = None,
    end: Instant | None = None,
    now: Instant | None = None,
    utc_offset: int = 0,
    profile: ProfileName = "dynatrace",
    parameters: Mapping[str, str] | None = None,
    timeout: float | None = None,
    cancelled: Event | None = None,
) -> Result:
    """Run a single query over data that is not kept: only the fields that it needs are read, which
    is faster; fields that are not read are not checked.

    ``data`` and the first options are those of :func:`usql.open`, the others those of
    :meth:`usql.Sessions.query`, and so are the errors. ``on_error="skip"`` and
    ``duplicates="drop"`` depend on whole sessions, so they read everything.

    >>> import usql
    >>> usql.query("SELECT city FROM usersession", [{"city": "Linz"}, {"city": "Wien"}]).rows()
    [['Linz'], ['Wien']]
    """
    from usql.asking.question import QueryOptions, reading_once, refuse_early

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
    read = reading_once()
    refuse_early(text, options, data, read)
    from usql.once import Opening, opened_for
    from usql.queryable import warn_of_limit

    opening = Opening(
        on_error=on_error,
        rejects=rejects,
        duplicates=duplicates,
        progress=progress,
        threads=threads,
        memory_limit=memory_limit,
        index_memory=0,
    )
    result = opened_for(text, options, data, opening, read).ask(text, options)
    warn_of_limit(result, stacklevel=2)
    return result


def check(
    text: str, *, profile: ProfileName = "dynatrace", utc_offset: int = 0
) -> list[Diagnostic]:
    """All problems of a text with one or more queries, without any data.

    >>> import usql
    >>> usql.check("SELECT COUNT(*) FROM usersession")
    []
    """
    from usql.analysis import Clock, profile_named
    from usql.analysis import check as check_text
    from usql.catalog import default_catalog

    text = checks.query_text(text)
    offset = checks.utc_offset(utc_offset)
    now = time.time_ns() // 1_000_000
    clock = Clock(now, now - 7_200_000, now, offset)
    return check_text(text, default_catalog(), profile_named(profile), clock)


def format(text: str) -> str:
    """The canonical text of one or more queries; comments are kept.

    Raises :class:`usql.UsqlError` if the text is not a query. Names are not checked.

    >>> import usql
    >>> usql.format("select count(*) from usersession group by city")
    'SELECT COUNT(*) FROM usersession GROUP BY city'
    """
    from usql.editor.formatting import format_text
    from usql.language.parser import parse_script

    errors = [
        d for one in parse_script(checks.query_text(text)) for d in one.diagnostics if d.is_error
    ]
    if errors:
        raise UsqlError(text, errors)
    return format_text(text)


def shard(
    source: Any,
    folder: str | os.PathLike[str],
    *,
    sessions: int = 1_000_000,
    on_error: Literal["stop", "skip"] = "stop",
    rejects: str | os.PathLike[str] | None = None,
    duplicates: Literal["keep", "drop"] = "keep",
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
    memory_limit: int | None = None,
) -> None:
    """Sort the sessions of a source by ``startTime`` and cut them into shards: a folder of saved
    stores with at most ``sessions`` sessions each, which :func:`open` opens like one store. The
    source may be many times larger than memory: the process takes at most ``memory_limit`` bytes for
    it (by default three quarters of the machine's memory, at least 128 MB), and sorted sessions are
    on the disk of ``folder`` until the end.

    A shard has at most 10 million rows of child tables, and fewer sessions if the memory limit
    requires it. Sessions with the same start keep the source's order, those without a start come
    last. Repeated sessions are counted across all shards, or left out; the notes are those of the
    sessions that :func:`open` returns.

    ``source`` and the other options are those of :func:`open`, and so are the errors. The folder is
    written completely or not at all, and replaces shards in its place;
    :class:`usql.errors.PlaceTaken`, a ``FileExistsError``, if it holds anything else.
    """
    from usql.progress import bar
    from usql.store.sharding.shard import shard as write_shards

    with bar() as report:
        write_shards(
            source,
            folder,
            sessions=sessions,
            on_error=on_error,
            rejects=rejects,
            duplicates=duplicates,
            progress=report if progress is None else progress,
            threads=threads,
            memory_limit=memory_limit,
        )


def translate(
    text: str,
    *,
    to: Literal["spark", "duckdb"] = "spark",
    source: str = "usersession",
    layout: Literal["nested", "flat"] = "nested",
    schema: pa.Schema | str | os.PathLike[str] | None = None,
    start: Instant | None = None,
    end: Instant | None = None,
    now: Instant | None = None,
    utc_offset: int = 0,
    profile: ProfileName = "dynatrace",
    parameters: Mapping[str, str] | None = None,
) -> Translation:
    """A query in the SQL of Spark or DuckDB, for places where usql does not run: the SQL returns
    the same rows over tables of the same sessions.

    ``layout="nested"``: ``source`` is a table with a row for each session, whose children are lists
    of structs, as ``usql convert`` writes them to Parquet. ``layout="flat"``: a table of sessions
    and one for each kind of child, joined by the column ``sessionRow``, the number of the session's
    row; ``source`` is a prefix of their names, such as ``lake.`` for ``lake.usersession`` and
    ``lake.useraction`` (the name of the table of sessions means the same).

    ``schema``, a pyarrow schema or a Parquet file in the nested layout, describes the columns of
    the tables, including those of undocumented fields, and their types; without it the tables have
    the documented fields. The other options are those of :meth:`usql.Sessions.query`.

    ``UsqlError`` for a query that is rejected or that the dialect cannot express
    (``untranslatable``), ``ValueError`` for an invalid option, ``OSError`` for a schema file that
    cannot be read. Needs sqlglot: ``pip install 'usql-engine[translate]'``.

    >>> import usql
    >>> made = usql.translate("SELECT city FROM usersession WHERE bounce = TRUE LIMIT 3", to="duckdb")
    >>> print(made.sql.partition("NULL\\n")[2])
    SELECT
      city AS "city"
    FROM usersession
    WHERE
      bounce = TRUE
    LIMIT 3
    <BLANKLINE>
    """
    try:
        from usql.translation import translate as translated
    except ModuleNotFoundError as missing:
        if missing.name != "sqlglot":
            raise
        raise ModuleNotFoundError(
            "translate needs sqlglot: pip install 'usql-engine[translate]'", name="sqlglot"
        ) from None
    return translated(
        text,
        to=to,
        source=source,
        layout=layout,
        schema=schema,
        start=start,
        end=end,
        now=now,
        utc_offset=utc_offset,
        profile=profile,
        parameters=parameters,
    )


def sample(sessions: int = 1000, seed: int = 1) -> Sessions:
    """Sessions of a fictional shop and travel site; the same seed gives the same sessions.

    >>> import usql
    >>> usql.sample(sessions=10, seed=1)
    <Sessions: 10 usersession, 120 useraction, 26 userevent, 3 usererror, 0 usersyntheticevent>
    """
    from usql.samples import generate
    from usql.sessions import Sessions
    from usql.store import load

    sessions = checks.whole_number("sessions", sessions, 0)
    seed = checks.whole_number("seed", seed, 0)
    return Sessions(load(generate(sessions, seed)))


def tune_allocator() -> None:
    """Make the C library keep some memory that queries free for the next query, which makes them
    faster: by default it returns every array of some megabytes to the system, and each page of the
    next array costs a page fault. It works with glibc only and affects the whole process, which
    keeps up to half a gigabyte of freed memory, so the decision is left to the program. The command
    does it.

    >>> import usql
    >>> usql.tune_allocator()
    """
    from usql.store.memory import tune_allocator

    tune_allocator()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext usql``: adds cells ``%%usql``, which contain a query, to a notebook; ``%usql
    --help`` explains them."""
    from usql.notebook.magic import register

    register(shell, open)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext usql``."""
    from usql.notebook.magic import forget

    forget(shell)


def __getattr__(name: str) -> Any:
    """Classes and modules that need numpy and pyarrow, imported when they are first asked for."""
    if name == "Sessions":
        from usql.sessions import Sessions

        return Sessions
    if name in ("ColumnRole", "FunnelStep", "Result", "ResultColumn", "Row"):
        import usql.result

        return getattr(usql.result, name)
    if name == "Chart":
        from usql.result.chart import Chart

        return Chart
    if name == "Translation":
        from usql.translation import Translation

        return Translation
    if name == "Progress":
        from usql.store import Progress

        return Progress
    if name == "live":
        import usql.live

        return usql.live
    if name == "processes":
        import usql.processes

        return usql.processes
    if name == "server":
        import usql.server

        return usql.server
    if name == "spark":
        import usql.spark

        return usql.spark
    raise AttributeError(f"module 'usql' has no attribute {name!r}")
