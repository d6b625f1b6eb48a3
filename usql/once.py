"""Opening data for any number of queries, or for a single one and reading only what it needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from usql import checks
from usql.analysis.bound import BoundQuery, RowQuery, Timeframe
from usql.asking.needed import Needed, needed
from usql.asking.prepare import Preparer
from usql.asking.question import QueryOptions, Read, is_about_span, question_of
from usql.catalog import default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.frozen import dataclass
from usql.language.diagnostics import UsqlError
from usql.language.parser import parse
from usql.progress import bar
from usql.sessions import Sessions
from usql.store import Duplicates, OnError, Store, load
from usql.store.loading.selection import Selection
from usql.store.progress import Progress
from usql.store.saved.live import is_live
from usql.store.tuning import DEFAULT, StoreTuning


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The options of :func:`usql.open`, which explains them, and the sizes of loading."""

    on_error: OnError = "stop"
    rejects: str | os.PathLike[str] | None = None
    duplicates: Duplicates = "keep"
    progress: Callable[[Progress], None] | None = None
    threads: int | None = None
    memory_limit: int | None = None
    index_memory: int | None = None
    tuning: StoreTuning = DEFAULT


def opened(source: Any, opening: Opening, fields: Iterable[str] | None = None) -> Sessions:
    """The sessions that :func:`usql.open` returns."""
    return _opened(source, opening, fields, None, None, parse)


def opened_for(
    text: str, options: QueryOptions, source: Any, opening: Opening, read: Read = parse
) -> Sessions:
    """The sessions of a source with the fields that one query needs, and no more of them than its
    LIMIT requires if the others cannot change the answer. Errors of the query are not reported
    here, but before (:func:`usql.asking.question.refuse_early`) or when it runs."""
    needs = _needed(text, options, read)
    bound = _bound(text, options, read) if needs.is_settled else None
    enough: Callable[[Store], bool] | None = None
    if isinstance(bound, RowQuery) and bound.limit is not None and not bound.order:

        def enough(store: Store) -> bool:
            some = Sessions(store, threads=1, index_memory=0, read=read)
            return some.is_enough(text, options)

    selection = None if bound is None else _selection(bound, options, needs)
    return _opened(source, opening, needs.fields, enough, selection, read)


def _needed(text: str, options: QueryOptions, read: Read) -> Needed:
    question = question_of(text, options, (0, 0))
    query = read(question.text, question.holes).query
    catalog = default_catalog()
    if query is None:
        return Needed(projection_of((), catalog), False)
    return needed(query, catalog)


def _bound(text: str, options: QueryOptions, read: Read) -> BoundQuery | None:
    """The bound query if all its names are documented and no time in it depends on the data, else
    ``None``."""
    if is_about_span(text, options):
        return None
    try:
        return Preparer(default_catalog(), lambda: (0, 0), read)(text, options).bound
    except (UsqlError, ValueError):
        return None


def _selection(bound: BoundQuery, options: QueryOptions, needs: Needed) -> Selection | None:
    """The part of the data that the query needs, or ``None`` for everything. Times relative to now
    will be some milliseconds later when the query runs, so neither an end of the timeframe nor a
    condition with ``$NOW`` is used. If no row meets the condition, all rows of the queried table in
    the timeframe are counted."""
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
    return Selection(timeframe, where, outside, unfit)


def _opened(
    source: Any,
    opening: Opening,
    fields: Iterable[str] | Projection | None,
    enough: Callable[[Store], bool] | None,
    selection: Selection | None,
    read: Read,
) -> Sessions:
    checks.optional_number("index_memory", opening.index_memory, 0)
    if opening.progress is not None:
        return _loaded(source, opening, fields, enough, selection, read, opening.progress)
    with bar() as report:
        return _loaded(source, opening, fields, enough, selection, read, report)


def _loaded(
    source: Any,
    opening: Opening,
    fields: Iterable[str] | Projection | None,
    enough: Callable[[Store], bool] | None,
    selection: Selection | None,
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
        selection=selection,
        tuning=opening.tuning,
    )
    make: Callable[..., Sessions] = Sessions
    if store.saved is not None and is_live(store.saved.folder):
        from usql.live.sessions import LiveSessions  # few sources are live

        make = LiveSessions
    return make(
        store,
        threads=opening.threads,
        memory_limit=opening.memory_limit,
        index_memory=opening.index_memory,
        read=read,
    )
