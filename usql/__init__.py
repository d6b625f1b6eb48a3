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

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from usql.clock import Instant
    from usql.engine import Event
    from usql.result import ColumnRole, FunnelStep, Result, ResultColumn, Row
    from usql.sessions import Sessions
    from usql.store import Progress

__version__ = "0.1.0"

__all__ = [
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
    "UsqlError",
    "check",
    "format",
    "open",
    "query",
    "sample",
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
    ``"-"`` for standard input (in order alone: NDJSON, JSON, also compressed, and Arrow streams); a
    ``deltalake.DeltaTable``, a table of pyiceberg, a dataset of pyarrow; a ``pyarrow.Table`` or
    anything with ``__arrow_c_stream__`` in the export's nested layout (pandas,
    Polars, DuckDB); an iterable of dicts; a table response of the vendor or of
    :meth:`usql.Result.to_table_response` without groups. A row without any field of ``usersession``
    is bad data. On a terminal a load of more than a second shows how far it is, unless ``progress``
    is given, which is then called instead.

    ``fields``: the fields to load, written as in queries, ``useraction.*`` for all of a table and
    ``*`` for all of usersession; by default everything. Beside them ``userSessionId``,
    ``startTime``, ``endTime`` and ``partNumber`` are loaded. A query that names another one is
    refused (``not-loaded``); what is not read is not checked; ``save`` and ``write`` want all fields.
    ``ValueError`` for a name that is neither documented nor in the data.

    Bad data raises :class:`usql.DataError` with file, line, field path and reason. With
    ``on_error="skip"`` bad rows are left out, counted in ``Sessions.notes``, and written unchanged
    to the file ``rejects`` if one is given.

    Sessions whose ``userSessionId``, ``startTime`` and ``partNumber`` came before, in the same
    source or an earlier one, are counted in ``Sessions.notes``; ``duplicates="drop"`` leaves them
    out, and tells how many had other content than the first.

    A folder that :meth:`usql.Sessions.save` wrote is opened by memory map, at the same cost at any
    size. ``threads``: how many work on the load and on each query, by default ``USQL_THREADS`` or
    the processors; ``memory_limit``: bytes of columns that the load may hold, and that all queries
    which run at once may build together, before they are stopped; columns of several sources that
    are joined when queries first use them are among the latter, and stay. By default the load may hold three
    quarters of the machine's memory, and all queries of the process share half of it.
    ``index_memory``: bytes of indexes that are kept between queries beside that, by default an eighth
    of the machine's memory, but no more than a quarter of ``memory_limit``; 0 for none.

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
    if loaded is not None and (told := lacking(loaded, sessions.catalog)):
        raise ValueError(f"fields: {told}")
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
    """Ask one question of data that is not kept: only the fields that it needs are read, which is
    faster, and what is not read is not checked.

    ``data`` and the first options are those of :func:`usql.open`, the others those of
    :meth:`usql.Sessions.query`, and so are the errors. ``on_error="skip"`` and
    ``duplicates="drop"`` judge whole sessions, and read everything.

    >>> import usql
    >>> usql.query("SELECT city FROM usersession", [{"city": "Linz"}, {"city": "Wien"}]).rows()
    [['Linz'], ['Wien']]
    """
    from usql.asking import QueryOptions, reading_once, refuse_early

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
    from usql.sessions import warn_of_limit

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
    """All problems of a text with one query or several, without any data.

    >>> import usql
    >>> usql.check("SELECT COUNT(*) FROM usersession")
    []
    """
    from usql.analysis import Clock
    from usql.analysis import check as check_text
    from usql.analysis import profile_named as named
    from usql.catalog import default_catalog

    text = checks.query_text(text)
    offset = checks.utc_offset(utc_offset)
    now = time.time_ns() // 1_000_000
    clock = Clock(now, now - 7_200_000, now, offset)
    return check_text(text, default_catalog(), named(profile), clock)


def format(text: str) -> str:
    """The canonical text of one query or several; comments stay.

    Raises :class:`usql.UsqlError` when the text is no query. Names are not looked up.

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


def sample(sessions: int = 1000, seed: int = 1) -> Sessions:
    """Sessions of a fictional shop and travel site, the same for the same seed.

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
    """Have the C library keep some of what queries free for the next one, which makes them faster:
    by default it returns every array of some megabytes to the system, and each page of the next
    array costs a fault. Of glibc only, and for the whole process, of which up to half a gigabyte of
    freed memory stays: so a program calls it for itself. The command does.

    >>> import usql
    >>> usql.tune_allocator()
    """
    from usql.store.memory import tune_allocator

    tune_allocator()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext usql``: a notebook has cells ``%%usql``, which hold a query; ``%usql --help`` tells
    how they are used."""
    from usql.notebook.magic import register

    register(shell, open)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext usql``."""
    from usql.notebook.magic import forget

    forget(shell)


def __getattr__(name: str) -> Any:
    """Classes that need numpy and pyarrow, imported when they are first asked for."""
    if name == "Sessions":
        from usql.sessions import Sessions

        return Sessions
    if name in ("ColumnRole", "FunnelStep", "Result", "ResultColumn", "Row"):
        import usql.result

        return getattr(usql.result, name)
    if name == "Progress":
        from usql.store import Progress

        return Progress
    raise AttributeError(f"module 'usql' has no attribute {name!r}")
