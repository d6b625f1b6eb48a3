"""What a notebook shows of errors that speak for themselves."""

from __future__ import annotations

import pytest

import usql
from usql.tracebacks import short_traceback


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    return usql.sample(sessions=5)


def asked(sessions: usql.Sessions, text: str) -> usql.UsqlError:
    with pytest.raises(usql.UsqlError) as caught:
        sessions.query(text)
    return caught.value


def test_a_refused_query_is_shown_with_the_place(sessions: usql.Sessions) -> None:
    error = asked(sessions, "SELECT cty FROM usersession")
    place, *said = error._render_traceback_()
    assert place == f"{__file__}, line {asked.__code__.co_firstlineno + 2}"
    assert "\n".join(said) == f"usql.UsqlError: {error}"
    assert "1 | SELECT cty FROM usersession" in said[0]


def test_notes_are_shown(sessions: usql.Sessions) -> None:
    error = asked(sessions, "SELECT cty FROM usersession")
    error.add_note("asked by the dashboard")
    assert error._render_traceback_()[-1] == "asked by the dashboard"


def test_bad_data() -> None:
    with pytest.raises(usql.DataError) as caught:
        usql.open([{"userSessionId": "a", "duration": "long"}])
    lines = caught.value._render_traceback_()
    assert lines[0].startswith(__file__)
    assert lines[1:] == [f"usql.DataError: {caught.value}"]


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert short_traceback(usql.DataError("no")) == ["usql.DataError: no"]
