"""What is on the screen of a terminal with the shell in it: other shells' words, pasted lines, charts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import usql
from tests.places import SESSIONS
from tests.terminal import Terminal

pytestmark = pytest.mark.long

ENTER, ALT_ENTER = "\r", "\x1b\r"
QUERY = "SELECT country, COUNT(*)\nFROM usersession\nGROUP BY country\nLIMIT 2"


def pasted(text: str) -> str:
    """What a terminal sends when this is pasted."""
    return f"\x1b[200~{text}\x1b[201~"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(["shell", str(SESSIONS)], environment={"XDG_STATE_HOME": str(tmp_path)})
    made.wait("usql>")
    yield made
    made.close()


def test_words_of_other_shells(terminal: Terminal) -> None:
    terminal.type("show tables", ENTER)
    terminal.wait("Closed user sessions.")
    terminal.type(".mode csv", ENTER)
    terminal.wait("no command .mode here: .format sets how results are written")
    terminal.type("\\d", ENTER)
    terminal.wait("no command \\d here: .tables lists the tables")
    terminal.type("quit", ENTER)
    assert terminal.end() == 0


def test_exit_with_a_dot(terminal: Terminal) -> None:
    terminal.type(".exit", ENTER)
    assert terminal.end() == 0


@pytest.mark.skipif(
    shutil.which("less") is None and not os.environ.get("CI"), reason="less is not installed"
)
def test_help(terminal: Terminal) -> None:
    terminal.type("help", ENTER)
    text = terminal.wait(lambda text: text.endswith(":"))  # it is longer than the screen
    assert ".chart [QUERY]" in text
    terminal.type("G")
    terminal.wait("Ctrl-R")
    terminal.type("q")
    terminal.wait("usql>")
    terminal.type(".help top", ENTER)
    terminal.wait("TOP(field, [n])")


def test_pasted_lines_wait_for_their_end(terminal: Terminal) -> None:
    terminal.type(pasted(QUERY))
    terminal.wait("... LIMIT 2")
    terminal.wait("; or an empty line ends the query")
    terminal.type(ENTER)
    text = terminal.wait(lambda text: text.count("...") == 4)
    assert "rows" not in text
    terminal.type(ENTER)
    terminal.wait("2 rows")


def test_pasted_lines_with_their_end_run(terminal: Terminal) -> None:
    terminal.type(pasted(f"{QUERY};"))
    terminal.wait("LIMIT 2;")
    terminal.type(ENTER)
    terminal.wait("2 rows")
    terminal.type("SELECT COUNT(*) FROM usersession", ENTER)
    terminal.wait("1 row")


def test_a_pasted_script_is_done(terminal: Terminal) -> None:
    """Queries that empty lines part, and a command between them."""
    first, second = (
        "SELECT COUNT(*) AS a\nFROM usersession",
        "SELECT COUNT(*) AS b\nFROM useraction",
    )
    terminal.type(pasted(f"{first}\n\n.format csv\n{second}\n"))
    terminal.wait("AS b")
    terminal.type(ENTER)
    text = terminal.wait("format csv\nb\n27\n")
    assert "1 row\n" in text
    assert "error" not in text


def test_alt_enter_begins_lines_that_an_empty_one_ends(terminal: Terminal) -> None:
    terminal.type("SELECT COUNT(*) FROM usersession", ALT_ENTER, "WHERE bounce = TRUE", ENTER)
    text = terminal.wait(lambda text: text.count("...") == 2)
    assert "1 row" not in text
    terminal.type(ENTER)
    terminal.wait("1 row")


def test_a_chart_shows_the_whole_clock_with_its_gaps(terminal: Terminal) -> None:
    days = "SELECT DATETIME(startTime, 'E') AS d, COUNT(*) FROM usersession GROUP BY d ORDER BY COUNT(*) DESC"
    terminal.type(f".chart {days}", ENTER)
    lines = terminal.wait("Sun").splitlines()
    (labels,) = (line.split() for line in lines if line.strip().startswith("Mon"))
    assert labels == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    (left,) = (line.index("└") + 1 for line in lines if "└" in line)
    marked = {i for line in lines for i, ch in enumerate(line) if "⠀" < ch <= "⣿"}
    monday, _, wednesday, _, friday, _, sunday = (
        left + round(i / 6 * (99 - left)) for i in range(7)
    )
    assert {monday, sunday} <= marked
    assert set(range(wednesday, friday + 1)) <= marked
    assert not marked & set(range(monday + 1, wednesday))
    assert not marked & set(range(friday + 1, sunday))


def test_other_data_and_times(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "other.ndjson"
    usql.open([{"userSessionId": "a", "startTime": 0, "endTime": 1, "shopId": 7}]).write(path)
    terminal.type(f".open {path}", ENTER)
    terminal.wait("1 session\n")
    terminal.type("SELECT shopId FROM usersession", ENTER)
    terminal.wait("1 row")
    terminal.type(".timeframe 1971-01-01", ENTER)
    terminal.wait("timeframe: 1971-01-01 to the end of the data, 0 of 1 sessions")
    terminal.type(".now data-end", ENTER)
    terminal.wait("$NOW: data-end")
    terminal.type(".timeframe all", ENTER)
    terminal.wait("timeframe: all 1 sessions")


def test_once(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    terminal.type(f".once {path}", ENTER)
    terminal.wait("as csv")
    terminal.type("SELECT COUNT(*) FROM usersession", ENTER)
    terminal.wait("1 row written to")
    terminal.type("SELECT COUNT(*) AS n FROM usersession", ENTER)
    terminal.wait("16")
    assert path.read_bytes() == b"count(*)\r\n16\r\n"
