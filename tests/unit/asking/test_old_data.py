"""Where a condition on ``$NOW`` finds nothing in an old export, an explanation says when it ends."""

from __future__ import annotations

from typing import Any

import pytest

import usql
from usql.engine import Engine
from usql.engine.runtime.limits import Control
from usql.errors import TimeLimit

BASE = 1_772_409_600_000
HOUR = 3_600_000
END = "the data ends at 2026-03-02 05:00:00.000 (UTC)"


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    rows = [
        {
            "userSessionId": f"{hour}",
            "startTime": BASE + hour * HOUR,
            "endTime": BASE + (hour + 1) * HOUR,
            "country": "Spain" if hour % 2 else "Austria",
            "userActions": [{"name": "x", "startTime": BASE + hour * HOUR}],
        }
        for hour in range(5)
    ]
    return usql.open(rows)


def told(sessions: usql.Sessions, text: str, **options: Any) -> list[str]:
    """The explanations that tell when the data ends."""
    explanations = sessions.query(f"SELECT {text}", profile="offline", **options).explanations
    return [note for note in explanations if END in note]


LATE = "startTime > $NOW - DURATION('2h')"


@pytest.mark.parametrize(
    "text",
    [
        f"country FROM usersession WHERE {LATE}",
        f"COUNT(*) FROM usersession WHERE {LATE}",
        f"SUM(duration), MAX(startTime) FROM usersession WHERE ({LATE} AND country = 'Spain')",
        f"country, COUNT(*) FROM usersession WHERE {LATE} GROUP BY country",
        f"COUNT(*) FROM usersession WHERE {LATE} OR startTime > $now",
        "COUNT(*) FROM usersession WHERE NOT startTime < $NOW AND country = 'Spain'",
        "COUNT(*) FROM usersession WHERE useraction.startTime BETWEEN $NOW - DURATION('2h') AND $NOW",
        f"name FROM useraction WHERE {LATE}",
        f"COUNT(*) FROM useraction WHERE usersession.{LATE}",
        f"COUNT(*), CONDITION(COUNT(*), WHERE {LATE}) FROM usersession",
        f"CONDITION(MIN(startTime), WHERE {LATE}) FROM usersession",
        f"FUNNEL(country = 'Spain', {LATE}) FROM usersession",
    ],
)
def test_a_condition_on_now_that_leaves_no_row(sessions: usql.Sessions, text: str) -> None:
    (note,) = told(sessions, text)
    assert "$NOW" in note
    assert "data-end" in note
    for now in (BASE + 30 * HOUR, "2026-03-04"):
        assert told(sessions, text, now=now)
    assert bool(told(sessions, text, now="data-end")) == ("NOT startTime" in text)


@pytest.mark.parametrize(
    "text",
    [
        "country FROM usersession",
        "COUNT(*) FROM usersession WHERE country = 'Atlantis'",
        "COUNT(*) FROM usersession WHERE startTime > 9999999999999",
        "COUNT(*) FROM usersession WHERE country = '$NOW'",
        "country FROM usersession WHERE startTime < $NOW",
        "COUNT(*) FROM usersession WHERE startTime < $NOW AND country = 'Atlantis'",
        f"COUNT(*) FROM usersession WHERE {LATE} OR country = 'Spain'",
        f"country FROM usersession WHERE {LATE} LIMIT 0",
        f"SUM(duration), CONDITION(COUNT(*), WHERE NOT {LATE}) FROM usersession",
        f"COUNT(*) FROM usererror WHERE {LATE}",
        "country, COUNT(*) FILTER > 9 FROM usersession WHERE startTime < $NOW GROUP BY country",
    ],
)
def test_other_answers_say_nothing_of_it(sessions: usql.Sessions, text: str) -> None:
    assert told(sessions, text) == []


def test_a_timeframe_after_the_data(sessions: usql.Sessions) -> None:
    text = "COUNT(*) FROM usersession"
    (note,) = told(sessions, text, start="-2h")
    assert note.startswith("The timeframe begins at ")
    assert told(sessions, text, start=BASE + 5 * HOUR + 1)
    assert not told(sessions, text, start=BASE + 5 * HOUR)
    assert not told(sessions, text, start="-2h", now="data-end")
    assert not told(sessions, text, end=BASE)
    assert not told(sessions, f"{text} WHERE {LATE}", end=BASE)


def test_without_times_nothing_is_known() -> None:
    for rows in ([], [{"userSessionId": "a"}]):
        data = usql.open(rows)
        found = data.query(f"SELECT COUNT(*) FROM usersession WHERE {LATE}")
        assert found.rows() == [[0]]
        assert not any("data ends" in note for note in found.explanations)


def test_the_explanation_ends_with_the_querys_time(
    sessions: usql.Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows that there are come without it."""

    def slow(self: Control) -> None:
        raise TimeLimit("too slow")

    ran = Engine.run

    def run(*given: Any, **options: Any) -> Any:
        found = ran(*given, **options)
        monkeypatch.setattr(Control, "check", slow)
        return found

    monkeypatch.setattr(Engine, "run", run)
    assert told(sessions, f"COUNT(*) FROM usersession WHERE {LATE}") == []
