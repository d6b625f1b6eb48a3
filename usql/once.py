"""Opening data: for any number of questions, or for one, of which only what it needs is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from usql import checks
from usql.analysis.bound import BoundQuery, RowQuery, Timeframe
from usql.asking import QueryOptions, Read, asked
from usql.catalog import default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.frozen import dataclass
from usql.language.diagnostics import UsqlError
from usql.language.parser import parse
from usql.needed import Needed, needed
from usql.prepare import Preparer
from usql.progress import bar
from usql.sessions import Sessions
from usql.store import Duplicates, OnError, Store, load
from usql.store.loading.sought import Sought
from usql.store.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The options of :func:`usql.open`, which tells their meaning."""

    on_error: OnError = "stop"
    rejects: str | os.PathLike[str] | None = None
    duplicates: Duplicates = "keep"
    progress: Callable[[Progress], None] | None = None
    threads: int | None = None
    memory_limit: int | None = None
    index_memory: int | None = None


def opened(source: Any, opening: Opening, fields: Iterable[str] | None = None) -> Sessions:
    """What :func:`usql.open` gives."""
    return _opened(source, opening, fields, None, None, parse)


def opened_for(
    text: str, options: QueryOptions, source: Any, opening: Opening, read: Read = parse
) -> Sessions:
    """The sessions of a source with the fields that one query needs, and no more of them than its
    LIMIT asks for, where the others cannot change the answer. What the query says may be
    wrong: it is refused before (:func:`usql.asking.refuse_early`), or when it is asked."""
    needs = _needed(text, options, read)
    bound = _bound(text, options, read) if needs.is_settled else None
    enough: Callable[[Store], bool] | None = None
    if isinstance(bound, RowQuery) and bound.limit is not None and not bound.order:

        def enough(store: Store) -> bool:
            some = Sessions(store, threads=1, index_memory=0, read=read)
            return some.is_enough(text, options)

    sought = None if bound is None else _sought(bound, options, needs)
    return _opened(source, opening, needs.fields, enough, sought, read)


def _needed(text: str, options: QueryOptions, read: Read) -> Needed:
    question = asked(text, options, (0, 0))
    query = read(question.text, question.holes).query
    catalog = default_catalog()
    if query is None:
        return Needed(projection_of((), catalog), False)
    return needed(query, catalog)


def _bound(text: str, options: QueryOptions, read: Read) -> BoundQuery | None:
    """What a query means that has only documented names, unless a time in it is that of the data."""
    times = (options.start, options.end, options.now)
    if "$time_frame" in text.lower() or any("data-end" in str(time).lower() for time in times):
        return None
    try:
        return Preparer(default_catalog(), (0, 0), read)(text, options).bound
    except (UsqlError, ValueError):
        return None


def _sought(bound: BoundQuery, options: QueryOptions, needs: Needed) -> Sought | None:
    """What the query asks for, if not everything. Times that are told from now on are some
    milliseconds later when the question is asked: an end is not taken, nor a condition with
    ``$NOW``. The rows of the queried table are counted where none fits, all those in the timeframe."""
    is_moving = isinstance(options.end, str) and (
        options.end.strip().lower() == "now" or options.end.strip()[:1] in ("+", "-")
    )
    timeframe = replace(bound.timeframe, end=None) if is_moving else bound.timeframe
    where = None if needs.reads_now and options.now is None else bound.where
    catalog = default_catalog()
    outside = projection_of(needs.tested, catalog)
    unfit = projection_of((f"{bound.table}.startTime", *needs.tested), catalog)
    if outside is None or unfit is None or (timeframe == Timeframe() and where is None):
        return None
    return Sought(timeframe, where, outside, unfit)


def _opened(
    source: Any,
    opening: Opening,
    fields: Iterable[str] | Projection | None,
    enough: Callable[[Store], bool] | None,
    sought: Sought | None,
    read: Read,
) -> Sessions:
    checks.optional_number("index_memory", opening.index_memory, 0)
    if opening.progress is not None:
        return _loaded(source, opening, fields, enough, sought, read, opening.progress)
    with bar() as report:
        return _loaded(source, opening, fields, enough, sought, read, report)


def _loaded(
    source: Any,
    opening: Opening,
    fields: Iterable[str] | Projection | None,
    enough: Callable[[Store], bool] | None,
    sought: Sought | None,
    read: Read,
    report: Callable[[Progress], None] | None,
) -> Sessions:
    store = load(
        source,
        fields=fields,
        on_error=opening.on_error,
        rejects=opening.rejects,
        duplicates=opening.duplicates,
        progress=report,
        threads=opening.threads,
        memory_limit=opening.memory_limit,
        enough=enough,
        sought=sought,
    )
    return Sessions(
        store,
        threads=opening.threads,
        memory_limit=opening.memory_limit,
        index_memory=opening.index_memory,
        read=read,
    )
