"""How answers look: the options of the command, and screens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terminal import Terminal
from usql.cli.command import invoke
from usql.formats import FORMATS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("data") / "sessions.ndjson"
    lines = [
        {
            "userSessionId": f"s{n}", "city": "name" if n else None, "startTime": 1000 * n, "duration": 10**n,
            "doubleProperties": [{"key": "d", "value": n / 8}],
            "userActions": [{"name": f"action {a} of a session"} for a in range(9)],
        }
        for n in range(3)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def out(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert invoke(["query", *arguments]) == 0
    return capfd.readouterr().out


TIMES = "SELECT startTime, AVG(startTime) FROM usersession GROUP BY startTime ORDER BY startTime"


def test_times(capfd: pytest.CaptureFixture[str], data: str) -> None:
    rows = out(capfd, TIMES, data).split("\n")
    assert rows[3] == " 1970-01-01 00:00:01.000   1970-01-01 00:00:01.000"
    assert out(capfd, TIMES, data, "--time", "ms").split("\n")[3] == "      1000           1000.0"
    offset = out(capfd, TIMES, data, "--utc-offset", "60").split("\n")[3]
    assert offset == " 1970-01-01 01:00:01.000+01:00   1970-01-01 01:00:01.000+01:00"
    assert "+00:00" in out(capfd, TIMES, data, "--utc-offset", "0")
    csv = ("--format", "csv")
    assert out(capfd, TIMES, data, *csv).split()[2] == "1000,1000.0"
    assert out(capfd, TIMES, data, *csv, "--utc-offset", "60").split()[2] == "1000,1000.0"
    iso = out(capfd, TIMES, data, *csv, "--time", "iso").split("\r\n")[2]
    assert iso == "1970-01-01 00:00:01.000,1970-01-01 00:00:01.000"


@pytest.mark.parametrize("form", [f.name for f in FORMATS.values() if f.shows_cells])
def test_missing_values(capfd: pytest.CaptureFixture[str], data: str, form: str) -> None:
    shown = out(
        capfd,
        "SELECT city, duration FROM usersession LIMIT 1",
        data,
        "--format",
        form,
        "--null",
        "nowhere",
    )
    assert "nowhere" in shown
    assert "∅" not in shown


@pytest.mark.parametrize(
    ("form", "option", "value"),
    [
        ("json", "--null", "-"),
        ("parquet", "--time", "iso"),
        ("csv", "--max-rows", "1"),
        ("response", "--max-rows", "1"),
    ],
)
def test_what_has_no_place_in_a_format_is_wrong_usage(
    capfd: pytest.CaptureFixture[str], form: str, option: str, value: str
) -> None:
    """Before the data is looked for."""
    query = "SELECT city FROM usersession"
    assert invoke(["query", query, "nothing.ndjson", "--format", form, option, value]) == 2
    shown = " ".join(capfd.readouterr().err.split())
    places = [
        f for f in FORMATS.values() if (f.is_drawn if option == "--max-rows" else f.shows_cells)
    ]
    assert form not in (place.name for place in places)
    names = ", ".join(place.name for place in places)
    assert f"{option} is for the formats {names}, not for {form}." in shown


def test_some_rows_are_drawn(capfd: pytest.CaptureFixture[str], data: str) -> None:
    shown = out(capfd, "SELECT userSessionId FROM usersession", data, "--max-rows", "2").split("\n")
    assert [line.strip() for line in shown[2:]] == ["s0", "⋮", "s2", "", "3 rows", ""]


@pytest.mark.parametrize(("name", "begin"), [("a.md", "| city |"), ("a.txt", " city"), ("a.jsonl", '{"city":null}')])  # fmt: skip
def test_files_tell_the_format(
    capfd: pytest.CaptureFixture[str], data: str, tmp_path: Path, name: str, begin: str
) -> None:
    file = tmp_path / name
    assert out(capfd, "SELECT city FROM usersession LIMIT 2", data, "-o", str(file)) == ""
    assert file.read_text(encoding="utf-8").startswith(begin)


def test_a_page_of_rows_is_asked_for_by_its_format(
    capfd: pytest.CaptureFixture[str], data: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.html"
    query = "SELECT city FROM usersession LIMIT 2"
    assert out(capfd, query, data, "-o", str(file), "--format", "html", "--null", "-") == ""
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<table" in page
    assert "<svg" not in page


def screen(*arguments: str, columns: int = 60, lines: int = 70) -> list[str]:
    terminal = Terminal(["query", *arguments], columns, lines)
    assert terminal.end() == 0
    return terminal.text.rstrip("\n").split("\n")


@pytest.mark.long
def test_a_screen_of_lists(data: str) -> None:
    text = (
        "SELECT userSessionId, duration, doubleProperties.d AS d, useraction.name FROM usersession"
    )
    assert screen(text, data) == [
        " userSessionId   duration       d   useraction.name",
        " ───────────────────────────────────────────────────────────",
        " s0                     1   0.0     [action 0 of a session,…",
        " s1                    10   0.125   [action 0 of a session,…",
        " s2                   100   0.25    [action 0 of a session,…",
        "",
        "3 rows",
    ]


@pytest.mark.long
def test_a_screen_of_one_session(data: str) -> None:
    shown = screen("SELECT * FROM usersession LIMIT 1", data)
    assert shown[-3] == "1 row"
    assert "columns without a value are left out: appVersion, applic…" in shown[-2]
    assert shown[-1] == "The first 1 of 3 rows are shown, because of LIMIT 1."
    fields = dict(line.split(maxsplit=1) for line in shown[:-4])
    assert fields["userSessionId"] == "s0"
    assert fields["startTime"] == "1970-01-01 00:00:00.000"
    assert "city" not in fields


@pytest.mark.long
def test_a_screen_of_rows_upright(data: str) -> None:
    assert screen("SELECT city, duration FROM usersession", data, "--format", "line")[:5] == [
        "city       null", "duration   1", "", "city       name", "duration   10",
    ]  # fmt: skip
