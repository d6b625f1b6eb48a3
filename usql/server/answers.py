"""From the parameters of a request to the bytes of its answer. This runs in a query thread."""

from __future__ import annotations

import time
from typing import Any

from usql.asking.clock import times_of
from usql.asking.question import QueryOptions
from usql.engine import Event
from usql.language.diagnostics import UsqlError
from usql.language.parser import parse
from usql.language.syntax import Funnel
from usql.queryable import Queryable
from usql.result import Result
from usql.result.texts.jsonbytes import json_bytes
from usql.result.texts.times import time_text
from usql.server.parameters import MOST_ROWS, Parameters
from usql.server.refusals import Refusal, Violation, refused_query
from usql.server.responses import Answer
from usql.server.settings import Settings

_DEFAULT_ROWS = 50
"""Rows of a page if neither the query nor the request sets a limit."""


def clock_of(sessions: Queryable, settings: Settings) -> tuple[int, int]:
    """The start of the default timeframe and the value of ``$NOW``, in UTC milliseconds."""
    frame, now = times_of(sessions.span, "-2h", None, settings.now, 0)
    assert frame.start is not None
    return frame.start, now


def table(
    sessions: Queryable, parameters: Parameters, settings: Settings, cancelled: Event
) -> Answer:
    """The vendor's table response. ``pageSize`` replaces the default limit; if the query has a
    LIMIT, both apply. :class:`Refusal` for a query that is rejected or stopped."""
    result, notes = _result(sessions, parameters, settings, _paged(parameters, settings), cancelled)
    first, last = (
        parameters.skip,
        None if parameters.size is None else parameters.skip + parameters.size,
    )
    page = result[first:last] if first or last is not None else result
    response = page.to_table_response(deep_links=parameters.has_deep_links)
    return _answer(response, parameters, notes, len(page))


def tree(
    sessions: Queryable, parameters: Parameters, settings: Settings, cancelled: Event
) -> Answer:
    """The vendor's tree response; see :func:`table`."""
    result, notes = _result(sessions, parameters, settings, parameters.query, cancelled)
    response = result.to_tree_response(explain=True)
    notes = [*response.pop("explanations"), *notes[len(result.explanations) :]]
    if parameters.has_deep_links and result.deep_links is not None:
        links = result.to_table_response(deep_links=True)
        for name in ("additionalColumnNames", "additionalValues"):
            response[name] = links[name]
    return _answer(response, parameters, notes, len(result))


def _result(
    sessions: Queryable, parameters: Parameters, settings: Settings, text: str, cancelled: Event
) -> tuple[Result, list[str]]:
    """The result of a query over its timeframe, and the notes on it: the query's own explanations,
    then those of this server."""
    default_start, now = clock_of(sessions, settings)
    start = default_start if parameters.start is None else parameters.start
    end = _default_end(start, now, settings) if parameters.end is None else parameters.end
    if start > end:
        raise _wrong_order(parameters)
    options = QueryOptions(
        start=start,
        end=end,
        now=now,
        utc_offset=parameters.offset,
        profile=settings.profile,
        timeout=settings.timeout,
        cancelled=cancelled,
    )
    try:
        result = sessions.ask(text, options)
    except UsqlError as error:
        raise refused_query(error) from None
    return result, [
        *result.explanations,
        *parameters.notes,
        *_about_clock(parameters, settings, now),
    ]


def _default_end(start: int, now: int, settings: Settings) -> int:
    """Now; but clients that write "since yesterday" have the time of day, which may be long after the
    end of the data. For them the timeframe ends at the time of day and has no sessions."""
    today = time.time_ns() // 1_000_000
    return today if settings.now == "data-end" and now < start <= today else now


def _wrong_order(parameters: Parameters) -> Refusal:
    if parameters.start is None:
        message = "is before the default start, two hours before now; give startTimestamp, too"
        return Refusal(400, f"endTimestamp: {message}", Violation("endTimestamp", message))
    message = "is after the end of the timeframe"
    return Refusal(400, f"startTimestamp: {message}", Violation("startTimestamp", message))


def _about_clock(parameters: Parameters, settings: Settings, now: int) -> list[str]:
    """A note on the time that the query uses as now, if that matters and is not the actual time."""
    depends = (
        parameters.start is None or parameters.end is None or "$now" in parameters.query.lower()
    )
    if settings.now == "now" or not depends:
        return []
    after = parameters.end is None and parameters.start is not None and parameters.start > now
    why = ", the end of the data" if settings.now == "data-end" else ""
    beyond = "; the timeframe begins after it" * after
    return [f"The time for queries is {time_text(now)}{why}{beyond}."]


def _paged(parameters: Parameters, settings: Settings) -> str:
    """The query with the limit that its page needs, if it has none and the profile would add one. A
    query that cannot be parsed is returned unchanged, so that its errors refer to its own text."""
    if settings.profile != "dynatrace" or (parameters.size is None and not parameters.skip):
        return parameters.query
    query = parse(parameters.query).query
    if (
        query is None
        or query.limit is not None
        or any(isinstance(item.expression, Funnel) for item in query.items)
    ):
        return parameters.query
    rows = min(parameters.skip + (parameters.size or _DEFAULT_ROWS), MOST_ROWS)
    end = query.span.end
    return f"{parameters.query[:end]} LIMIT {rows}{parameters.query[end:]}"


def _answer(
    response: dict[str, Any], parameters: Parameters, notes: list[str], rows: int
) -> Answer:
    if parameters.explains:
        response["explanations"] = notes
    return Answer(json_bytes(response), False, rows)
