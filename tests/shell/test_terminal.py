"""The shell in a terminal: a real process in a pseudo-terminal, its screen read by an emulator."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.shell.conftest import DATA

pytestmark = pytest.mark.long

ENTER, TAB, ESC, CTRL_D = "\r", "\t", "\x1b", "\x04"
F1, F2, F6 = "\x1bOP", "\x1bOQ", "\x1b[17~"
PATIENCE = 30.0


class Terminal:
    """A terminal of ``columns`` by ``lines`` with the shell in it."""

    def __init__(self, state: Path, columns: int = 100, lines: int = 30) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        environment = {
            **os.environ, "XDG_STATE_HOME": str(state), "TERM": "xterm-256color", "PAGER": "less",
            "LESS": "-R",
        }  # fmt: skip
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self._process = pexpect.spawn(
            sys.executable,
            ["-m", "usql", "shell", str(DATA)],
            dimensions=(lines, columns),
            env=environment,
            timeout=PATIENCE,
        )

        def answer(data: str) -> None:
            self._process.send(data)

        # The editor asks where the cursor is, and the terminal answers.
        self._screen.write_process_input = answer  # type: ignore[method-assign]

    def type(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self._process.send(key)

    def resize(self, columns: int, lines: int) -> None:
        self._screen.resize(lines, columns)
        self._process.setwinsize(lines, columns)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait(self, seen: Callable[[str], bool] | str) -> str:
        """The screen as soon as it shows this."""
        wanted = seen if callable(seen) else lambda text: seen in text
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self._read()
            if wanted(self.text):
                return self.text
        raise AssertionError(f"the screen never showed it:\n{self.text}")

    def underlined(self) -> list[str]:
        """The underlined words of the screen."""
        words: list[str] = []
        before = False
        for y in range(self._screen.lines):
            for x in range(self._screen.columns):
                cell = self._screen.buffer[y][x]
                if cell.underscore:
                    words[len(words) - before :] = [(words[-1] if before else "") + cell.data]
                before = cell.underscore
        return words

    def colour(self, word: str) -> str:
        """The colour of the first letter of a word's first appearance."""
        for y, line in enumerate(self._screen.display):
            if word in line:
                return str(self._screen.buffer[y][line.index(word)].fg)
        raise AssertionError(f"{word} is not on the screen:\n{self.text}")

    def end(self) -> int:
        """The exit code, once the process has ended."""
        self._process.expect(pexpect.EOF)
        self._process.close()
        return int(self._process.exitstatus if self._process.exitstatus is not None else -1)

    def close(self) -> None:
        self._process.close(force=True)

    def _read(self) -> None:
        try:
            shown = self._process.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            return
        assert isinstance(shown, bytes)  # no encoding was asked for
        self._stream.feed(shown)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    opened.wait("usql>")
    yield opened
    opened.close()


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
    first = Terminal(tmp_path)
    first.wait("usql>")
    first.type("SELECT COUNT(*) FROM useraction", ENTER)
    first.wait("1 row")
    first.type(CTRL_D)
    assert first.end() == 0
    second = Terminal(tmp_path)
    second.wait("usql>")
    second.type("\x1b[A")
    second.wait("SELECT COUNT(*) FROM useraction")
    second.type("\x03", ".quit", ENTER)
    assert second.end() == 0
