"""The shell in a terminal: a real process in a pseudo-terminal, its screen read by an emulator."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import SESSIONS
from tests.terminal import Terminal

pytestmark = pytest.mark.long

ENTER, TAB, ESC, CTRL_D = "\r", "\t", "\x1b", "\x04"
F1, F2, F6 = "\x1bOP", "\x1bOQ", "\x1b[17~"


def opened(state: Path) -> Terminal:
    """A terminal with the shell in it."""
    return Terminal(["shell", str(SESSIONS)], environment={"XDG_STATE_HOME": str(state)})


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = opened(tmp_path)
    made.wait("usql>")
    yield made
    made.close()


def test_completion(terminal: Terminal) -> None:
    terminal.type("SELECT coun")
    terminal.wait("COUNT(*)")
    terminal.type(TAB)
    terminal.wait("SELECT COUNT(*)")
    terminal.type(" FR")
    terminal.wait("FROM")
    terminal.type(TAB, "users")
    terminal.wait(lambda text: "Closed user sessions" in text or text.count("usersession") > 0)
    terminal.type(TAB)
    terminal.wait("SELECT COUNT(*) FROM usersession")
    terminal.type(ENTER)
    terminal.wait("1 row")


def test_colours_underlines_and_corrections(terminal: Terminal) -> None:
    terminal.type("SELECT cty FROM usersession WHERE country == 'Spain' LIMIT 5 ")
    terminal.wait("F2")
    assert terminal.underlined() == ["cty", "=="]
    assert terminal.colour("SELECT") == "blue"
    assert terminal.colour("usersession") == "cyan"
    assert terminal.colour("'Spain'") == "green"
    assert terminal.colour("cty") == "red"
    terminal.type(F2)
    terminal.wait("single `=`")
    terminal.type(F2)
    terminal.wait("SELECT city FROM usersession WHERE country = 'Spain' LIMIT 5")
    terminal.wait(lambda text: "F2" not in text)
    assert terminal.underlined() == []
    terminal.type(ENTER)
    terminal.wait("rows")


def test_a_query_of_several_lines_is_laid_out_and_run(terminal: Terminal) -> None:
    terminal.type("select country,count(*)", ENTER)
    terminal.wait("...")
    terminal.type("from usersession group by country limit 3 ", F6)
    terminal.wait("usql> SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 3")
    terminal.type(ENTER)
    terminal.wait("3 rows")
    terminal.type(".chart", ENTER)
    terminal.wait("█")


def test_an_explanation(terminal: Terminal) -> None:
    terminal.type("SELECT AVG", ESC, F1)
    terminal.wait("AVG(field)")
    terminal.type("(dur")
    terminal.wait("SELECT AVG(dur")


def test_the_signature_of_a_function(terminal: Terminal) -> None:
    terminal.type("SELECT PERCENTILE(duration, ")
    terminal.wait("PERCENTILE(field, percent)")
    assert terminal.underlined() == ["percent"]


def test_tables_fit_the_terminal(terminal: Terminal) -> None:
    terminal.resize(44, 30)
    terminal.type(
        "SELECT city, country, browserFamily, startTime, userId FROM usersession LIMIT 3", ENTER
    )
    text = terminal.wait("3 rows")
    assert "more columns do not fit" in text or "…" in text
    assert "─" * 30 in text
    assert "─" * 44 not in text


@pytest.mark.skipif(
    shutil.which("less") is None and not os.environ.get("CI"), reason="less is not installed"
)
def test_what_is_longer_than_the_screen_is_paged(terminal: Terminal) -> None:
    terminal.type(".fields", ENTER)
    text = terminal.wait(lambda text: text.endswith(":"))
    assert "usersession.userSessionId" in text
    assert "usererror" not in text
    terminal.type("G")
    terminal.wait("usersyntheticevent")
    terminal.type("q")
    terminal.wait("usql>")


def test_the_history_outlives_the_shell(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.wait("usql>")
    first.type("SELECT COUNT(*) FROM useraction", ENTER)
    first.wait("1 row")
    first.type(CTRL_D)
    assert first.end() == 0
    second = opened(tmp_path)
    second.wait("usql>")
    second.type("\x1b[A")
    second.wait("SELECT COUNT(*) FROM useraction")
    second.type("\x03", ".quit", ENTER)
    assert second.end() == 0
