"""The pager: real screens, with the environment that people have."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal
from tests.unit.cli.test_cli import EXPORT, usql

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        shutil.which("less") is None and not os.environ.get("CI"), reason="less is not installed"
    ),
]

ROWS = "SELECT userSessionId, city FROM usersession"
BOLD = b"\x1b[1m"


def query(
    *options: str, lines: int = 10, columns: int = 60, text: str = ROWS, **environment: str
) -> Terminal:
    return Terminal(["query", text, EXPORT, *options], columns, lines, environment)


def is_paged(terminal: Terminal) -> bool:
    """Whether the pager waits for a key; it is left then. The process ends well in either case."""
    terminal.wait(lambda text: text.endswith(":") or "rows" in text)
    waits = terminal.text.endswith(":")
    if waits:
        terminal.type("q")
    assert terminal.end() == 0
    return waits


def test_less_shows_styles_though_nobody_set_it_up() -> None:
    terminal = query()
    text = terminal.wait(lambda text: text.endswith(":"))
    assert "ESC" not in text
    assert BOLD in terminal.sent
    assert text.split("\n")[0].split() == ["userSessionId", "city"]
    assert "16 rows" not in text
    terminal.type("G")
    terminal.wait("16 rows")
    terminal.type("q")
    assert terminal.end() == 0


@pytest.mark.parametrize("less", ["", "-iM -PMPage$", "-R"])
def test_what_is_set_for_less_stays_and_styles_are_shown(less: str) -> None:
    terminal = query(LESS=less)
    text = terminal.wait(lambda text: "userSessionId" in text and text.split("\n")[-1] != "")
    assert "ESC" not in text
    assert BOLD in terminal.sent
    assert text.split("\n")[-1].startswith(
        "Page" if "Page" in less else "lines" if "M" in less else ":"
    )
    terminal.type("q")
    assert terminal.end() == 0


def test_what_fits_the_screen_is_never_paged() -> None:
    """With a line for the shell's prompt."""
    terminal = query(lines=40)
    assert not is_paged(terminal)
    assert BOLD in terminal.sent
    needed = terminal.sent.count(b"\n") + 1
    assert 20 <= needed < 40
    assert not is_paged(query("--pager", lines=needed))
    assert is_paged(query(lines=needed - 1))


def test_another_program_gets_no_styles() -> None:
    terminal = query(
        PAGER=f"{sys.executable} -c 'import sys; print(ascii(sys.stdin.read()))'", columns=200
    )
    assert terminal.end() == 0
    assert "userSessionId" in terminal.text
    assert "16 rows" in terminal.text
    assert "x1b" not in terminal.text


def test_without_styles_a_missing_value_is_no_word() -> None:
    terminal = query(PAGER="sed s/^/=/", text="SELECT stringProperties.none FROM usersession")
    assert terminal.end() == 0
    assert "= ∅" in terminal.text


@pytest.mark.parametrize("pager", ["", "cat"])
def test_an_empty_pager_is_none(pager: str) -> None:
    terminal = query(PAGER=pager)
    assert terminal.end() == 0
    assert "16 rows" in terminal.text
    assert BOLD in terminal.sent


def test_a_pager_that_is_not_there() -> None:
    terminal = query(PAGER="no-such-pager -x", lines=30, columns=80, text=f"{ROWS} LIMIT 16")
    assert "16 rows" in terminal.wait("rows")
    assert terminal.end() == 0
    terminal = query(PAGER="no-such-pager -x", lines=12)
    assert terminal.end() == 0
    assert b"note: the pager no-such-pager -x (PAGER) cannot be started" in terminal.sent
    assert "16 rows" in terminal.text


def test_no_pager_by_an_option() -> None:
    terminal = query("--no-pager")
    assert terminal.end() == 0
    assert "16 rows" in terminal.text


def test_other_formats_are_paged_if_asked() -> None:
    terminal = query("--format", "csv")
    assert terminal.end() == 0
    assert not terminal.text.endswith(":")
    terminal = query("--format", "csv", "--pager")
    text = terminal.wait(lambda text: text.endswith(":"))
    assert text.split("\n")[0] == "userSessionId,city"
    terminal.type("q")
    assert terminal.end() == 0


def test_lines_that_the_screen_breaks_count_as_many() -> None:
    terminal = query("--format", "json", "--pager", lines=6, columns=40)
    text = terminal.wait(lambda text: text.endswith(":"))
    assert text.startswith('{"columns":["userSessionId","city"]')
    terminal.type("q")
    assert terminal.end() == 0


def test_a_pager_that_is_left_early_is_no_error() -> None:
    terminal = query(PAGER="head -n 2")
    assert terminal.end() == 0
    assert "userSessionId" in terminal.text
    assert "Traceback" not in terminal.text


def test_control_c_is_the_pagers() -> None:
    terminal = query()
    terminal.wait(lambda text: text.endswith(":"))
    terminal.type("\x03", "G")
    terminal.wait("16 rows")
    terminal.type("q")
    assert terminal.end() == 0


def test_no_colour() -> None:
    terminal = query(
        NO_COLOR="1", text="SELECT FUNNEL(bounce = TRUE, bounce = FALSE) FROM usersession", lines=4
    )
    terminal.wait(lambda text: text.endswith(":"))
    terminal.type("q")
    assert terminal.end() == 0
    assert b"\x1b[36m" not in terminal.sent
    assert BOLD in terminal.sent


def test_a_dumb_terminal_gets_plain_text() -> None:
    terminal = query(TERM="dumb")
    assert terminal.end() == 0
    assert b"\x1b" not in terminal.sent
    assert "16 rows" in terminal.text


def test_a_pipe_is_never_paged(tmp_path: Path) -> None:
    """Nor a file; also where a pager is asked for."""
    command = f"'{sys.executable}' -m usql query '{ROWS}' '{EXPORT}' --pager"
    terminal = Terminal(
        ["-c", f"{command} | cat; {command} > '{tmp_path}/out'"], 60, 10, command="bash"
    )
    assert terminal.end() == 0
    assert "16 rows" in terminal.text
    assert b"\x1b" not in terminal.sent
    assert "16 rows" in (tmp_path / "out").read_text()
    assert usql("query", ROWS, EXPORT, "--pager").stdout.count("\n") > 16
