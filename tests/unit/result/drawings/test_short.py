"""What a Python prompt shows of a result."""

from __future__ import annotations

import pytest

import usql
from tests.unit.result.made import result


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_names_types_and_values(sessions: usql.Sessions) -> None:
    found = sessions.query(
        "SELECT city, duration, startTime, bounce, useraction.name, stringProperties FROM usersession"
    )
    assert repr(found).splitlines() == [
        "city    duration  startTime                bounce   useraction.name",
        "string   integer  timestamp                boolean  list of string",
        "───────────────────────────────────────────────────────────────────",
        "Linz        1000  1970-01-01 00:00:01.000  true     []",
        "∅              5  1970-01-01 00:00:03.000  false    [x, ∅]",
        "Linz           7  1970-01-01 00:00:05.000  true     []",
        "3 rows, 5 of 6 columns",
    ]


def test_means_of_times_are_shown_as_times(sessions: usql.Sessions) -> None:
    assert repr(sessions.query("SELECT AVG(startTime) FROM usersession")).splitlines() == [
        "avg(startTime)",
        "double",
        "───────────────────────",
        "1970-01-01 00:00:03.000",
        "1 row",
    ]


def test_a_long_result_is_cut() -> None:
    lines = repr(result({"n": list(range(5000)), "x": [0.5] * 5000})).splitlines()
    assert lines[0].split() == ["n", "x"]
    assert lines[1].split() == ["integer", "double"]
    assert [line.split() for line in lines[3:-1]] == [[str(n), "0.5"] for n in range(10)]
    assert lines[-1] == "10 of 5000 rows"


def test_long_values_are_cut() -> None:
    (value,) = repr(result({"name": ["x" * 200]})).splitlines()[3:-1]
    assert value == "x" * 39 + "…"


def test_a_screen_narrower_than_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    lines = repr(result({"name": ["x" * 200], "n": [1]})).splitlines()
    assert lines[3] == "x" * 11 + "…"
    assert lines[-1] == "1 row, 1 of 2 columns"


def test_control_characters_are_shown() -> None:
    text = repr(result({"a\x1b": ["b\x9b\n", "\u202e"]}))
    assert text.splitlines()[0] == "a\\x1b"
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)


def test_wide_characters_keep_columns_aligned() -> None:
    lines = repr(result({"city": ["東京", "Linz"], "n": [1, 2]})).splitlines()
    assert lines[3:5] == ["東京          1", "Linz          2"]


def test_no_rows() -> None:
    assert repr(result({"city": []})).splitlines()[-2:] == ["────", "0 rows"]
    assert "null" in repr(result({"city": []}))
