"""From the page's questions to results. This runs in a query thread."""

from __future__ import annotations

from dataclasses import fields, replace
from urllib.parse import quote_plus

import msgspec

from usql.analysis import Clock
from usql.analysis import Timeframe as BoundFrame
from usql.asking.clock import Instant, times_of
from usql.asking.question import QueryOptions
from usql.engine import Event
from usql.language.formatter import quote
from usql.language.holes import fill
from usql.queryable import Queryable
from usql.result import Result
from usql.server.answers import clock_of, table
from usql.server.endpoints import wrong_body
from usql.server.page.bodies import FieldQuestion, PlanQuestion, Question, SessionKey, Timeframe
from usql.server.page.editing import Json
from usql.server.page.results import safe_value
from usql.server.page.schema import LONGEST_LOOK, values_of
from usql.server.parameters import parameters_of
from usql.server.refusals import Refusal
from usql.server.settings import Settings

_MOST_PARTS = 1000
"""The most sessions with one ID that are shown."""


class Asker:
    """Answers the page's questions over sessions."""

    def __init__(self, sessions: Queryable, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    def result(self, question: Question, cancelled: Event) -> Result:
        """The result of a question. :class:`Refusal` for an invalid option, :class:`UsqlError` for
        a query that is refused or stopped."""
        return self._sessions.ask(question.text, self._query_options(question, cancelled))

    def plan(self, question: PlanQuestion, cancelled: Event) -> Json:
        """The plan of a query, as text; errors as of :meth:`result`."""
        options = self._query_options(question, cancelled)
        given = {field.name: getattr(options, field.name) for field in fields(options)}
        plan = self._sessions.explain(question.text, **given, analyze=question.analyze)
        return {"plan": plan}

    def values(self, question: FieldQuestion, cancelled: Event) -> Json:
        """The values of a field."""
        options = self._options(question, cancelled, LONGEST_LOOK)
        return values_of(self._sessions, question, replace(options, profile="offline"))

    def session(self, key: SessionKey, cancelled: Event) -> Json:
        """A session as the export has it; several, if an ID has several."""
        condition = f"userSessionId = {quote(key.user_session_id)}"
        if key.start_time is not None:
            condition += f" AND startTime = {key.start_time}"
        text = (
            f"SELECT JSON FROM usersession WHERE {condition} ORDER BY startTime LIMIT {_MOST_PARTS}"
        )
        options = self._options(Timeframe(), cancelled, None)
        result = self._sessions.ask(text, replace(options, profile="offline"))
        if not len(result):
            raise Refusal(404, "There is no such session.")
        return {"sessions": [safe_value(msgspec.json.decode(row)) for (row,) in result.rows()]}

    def response(self, question: Question, cancelled: Event) -> tuple[str, msgspec.Raw]:
        """What the vendor's endpoint answers to a query, and the path and parameters that ask for
        it. All parameters are written out, so that it means the same at any time."""
        start, end = self._frame(question)
        text = (
            fill(question.text, question.parameters).text if question.parameters else question.text
        )
        pairs = [
            ("query", text),
            ("startTimestamp", str(start)),
            ("endTimestamp", str(end)),
            ("offsetUTC", str(question.offset)),
            ("explain", "true"),
        ]
        answer = table(self._sessions, parameters_of(pairs, True), self._settings, cancelled)
        target = "&".join(f"{name}={quote_plus(value)}" for name, value in pairs)
        return target, msgspec.Raw(answer.body)

    def clock(self) -> Clock:
        """The times for problems of a text."""
        start, now = clock_of(self._sessions, self._settings)
        return Clock(now, start, now)

    def _frame(self, question: Timeframe) -> tuple[int, int]:
        """The timeframe in UTC milliseconds, that of all sessions unless given."""
        first, end = self._sessions.span
        frame, _ = self._times(question)
        return (
            first if frame.start is None else frame.start,
            end if frame.end is None else frame.end,
        )

    def _times(self, question: Timeframe) -> tuple[BoundFrame, int]:
        """The timeframe and the value of ``$NOW``; :class:`Refusal` for a text that is no time."""
        span = self._sessions.span
        try:
            return times_of(
                span, question.start, question.end, self._now(question), question.offset
            )
        except ValueError as error:
            option, _, message = str(error).partition(": ")
            raise wrong_body(option, message) from None

    def _now(self, question: Timeframe) -> Instant:
        return self._settings.now if question.now is None else question.now

    def _query_options(self, question: Question, cancelled: Event) -> QueryOptions:
        return replace(
            self._options(question, cancelled, question.timeout),
            profile=question.profile or self._settings.profile,
            parameters=question.parameters,
        )

    def _options(
        self, question: Timeframe, cancelled: Event, timeout: float | None
    ) -> QueryOptions:
        self._times(question)
        limits = [limit for limit in (timeout, self._settings.timeout) if limit is not None]
        return QueryOptions(
            start=question.start,
            end=question.end,
            now=self._now(question),
            utc_offset=question.offset,
            timeout=min(limits, default=None),
            cancelled=cancelled,
        )
