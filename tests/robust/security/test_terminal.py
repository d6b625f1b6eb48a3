"""Texts of data, queries and names of files never reach a terminal as control characters."""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import usql
from tests.robust.faults.command import environment
from tests.robust.faults.command import usql as command
from usql.escape import escape_controls, json_text
from usql.result.drawings.chart import chart
from usql.shell.shell import Shell

NASTY = (
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b2J", "\x1bP1;2q\x1b\\", "\x00\x01\x07\x08\x0b\x0c\x0d\x7f\x85\x90",
    "a\nb\r\nc\td", "\u202eevil\u202c", "\u2066x\u2069", "\u200f\u200b\ufeff", "\u2028\u2029", "\U000e0041",
)  # fmt: skip
EVIL = "".join(NASTY)


def sent(text: str) -> list[str]:
    """What a terminal would obey."""
    return [
        ch
        for ch in text
        if ch != "\n" and unicodedata.category(ch) in ("Cc", "Cf", "Zl", "Zp", "Cs")
    ]


def test_harmless_texts() -> None:
    assert sent(EVIL)
    assert sent(escape_controls(EVIL)) == []
    assert "\n" not in escape_controls(EVIL)
    assert sent(escape_controls(EVIL, keep="\n")) == []
    assert json.loads(json_text([EVIL, {EVIL: "é\u00a0😀"}])) == [EVIL, {EVIL: "é\u00a0😀"}]
    assert sent(json_text([EVIL, {EVIL: 1}], indent=2)) == []


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [
        {
            "city": text + str(i), "country": EVIL, "duration": i, EVIL: text, f"f{text}": 1, "startTime": 1000 * i,
            "endTime": 2000 * i, "ip": text, "userType": text,
            "stringProperties": [{"key": EVIL, "value": text}, {"key": f"k{i}{text}", "value": EVIL}],
            "userActions": [{"name": text, "type": text, "stringProperties": [{"key": text, "value": text}]}],
        }
        for i, text in enumerate(NASTY)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def sessions(rows: list[dict[str, Any]]) -> usql.Sessions:
    return usql.open(rows)


QUERIES = (
    "SELECT * FROM usersession",
    "SELECT JSON FROM usersession",
    "SELECT city, country, useraction.name, stringProperties, KEYS(stringProperties) FROM usersession",
    "SELECT city, COUNT(*), TOP(useraction.name, 5) FROM usersession GROUP BY city",
    f"SELECT COUNT(*) AS '{EVIL}', city AS 'b\x1b[2J' FROM usersession GROUP BY city",
    f"SELECT FUNNEL(city LIKE '*a*' AS '{EVIL}', duration > 1 AS '\x9b') FROM usersession",
    "SELECT DATETIME(startTime, 'HH:mm'), COUNT(*) FROM usersession GROUP BY DATETIME(startTime, 'HH:mm')",
)
REFUSED = (
    f"SELECT {EVIL} FROM usersession",
    f"SELECT '{EVIL}' FROM usersession GROUP BY '{EVIL}'",
    f"SELECT city FROM `{EVIL}`",
    f"SELECT city FROM usersession WHERE userType = '{EVIL}' AND stringProperties.\"\x1b\" = 1 AND cty = '\x9b'",
    f"SELECT DATETIME(startTime, '{EVIL}') FROM usersession",
    f"SELECT city FROM usersession WHERE ip = '{EVIL}' AND startTime > '\x1b[2J'",
    f"SELECT MEDIAN({EVIL}, '\x1b') FROM usersession -- {EVIL}",
)


@pytest.mark.parametrize("text", QUERIES)
def test_results(sessions: usql.Sessions, text: str) -> None:
    result = sessions.query(text)
    screen = io.StringIO()
    console = Console(file=screen, width=200, color_system=None, force_terminal=True)
    console.print(result)
    if result.funnel is not None or len(result.columns) > 1:
        console.print(chart(sessions.query(QUERIES[-3]), 100))
    assert sent(str(result)) == []
    assert sent(screen.getvalue()) == []
    assert sent(result._repr_html_()) == []
    assert sent(repr(result)) == []


@pytest.mark.parametrize("text", REFUSED)
def test_refusals(sessions: usql.Sessions, text: str) -> None:
    with pytest.raises(usql.UsqlError) as raised:
        sessions.query(text)
    assert sent(str(raised.value)) == []


def test_the_shell(sessions: usql.Sessions, tmp_path: Path) -> None:
    script = tmp_path / f"{EVIL.replace('/', '')[:60]}.usql".replace("\0", "")
    script.write_text("SELECT cty FROM usersession")
    screen, notes = io.StringIO(), io.StringIO()
    shell = Shell(
        sessions,
        Console(file=screen, width=300, color_system=None, force_terminal=True),
        Console(file=notes, width=300, color_system=None, force_terminal=True),
    )
    for text in (*QUERIES, *REFUSED):
        shell.run(text)
        shell.run(f".explain {text}")
        shell.run(f".chart {text}")
    for line in (
        ".fields", f".fields {EVIL}", ".tables", f".{EVIL}", f".read {script}", f".read {EVIL}", f".output {EVIL}",
        f".output {tmp_path / 'x'}\x1b", ".output", f".profile {EVIL}", f".format {EVIL}", f".timing {EVIL}",
    ):  # fmt: skip
        shell.run(line)
    for form in ("csv", "json", "ndjson", "response", "tree"):
        shell.form = form
        for text in QUERIES:
            shell.run(text)
    shell.close()
    assert len(screen.getvalue()) > 10_000
    assert "red" in screen.getvalue()
    assert sent(screen.getvalue()) == []
    assert sent(notes.getvalue()) == []


def test_what_the_editor_offers(sessions: usql.Sessions) -> None:
    pytest.importorskip("prompt_toolkit")
    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import fragment_list_to_text, to_formatted_text

    from usql.shell.completion import ShellCompleter
    from usql.shell.hints import flow, problem_hint
    from usql.shell.problems import problems

    console = Console(file=io.StringIO())
    completer = ShellCompleter(Shell(sessions, console, console))
    shown: list[str] = []
    head = "SELECT city FROM usersession WHERE "
    for text in (
        "SELECT ",
        head,
        head + "city = ",
        head + "stringProperties.",
        head + "country = '",
        head + "usert",
    ):
        document = Document(text, len(text))
        for offer in completer.get_completions(document, CompleteEvent()):
            for part in (offer.display, offer.display_meta):
                shown.append(fragment_list_to_text(to_formatted_text(part)))
    assert any("red" in text for text in shown)
    for text in REFUSED:
        for found in problems(text, sessions.catalog, "dynatrace").diagnostics:
            shown.append(fragment_list_to_text(flow(problem_hint(found), 200)))
    assert [text for text in shown if sent(text)] == []


@pytest.fixture(scope="module")
def evil_file(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> Path:
    """A file of nasty sessions with a nasty name."""
    path = tmp_path_factory.mktemp("evil") / "a\x1b[31m\u202e\n.ndjson"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="files cannot have such names")
def test_the_command(evil_file: Path, tmp_path: Path) -> None:
    """Piped output and messages; CSV in a pipe is data."""
    bad, query = tmp_path / "b\x1b.ndjson", tmp_path / "q\x9b.usql"
    bad.write_text(json.dumps({EVIL: 1, "duration": EVIL}) + "\n{}\n" + '{"\x1b')
    query.write_text(REFUSED[3])
    count = "SELECT COUNT(*) FROM usersession"
    for arguments in (
        ("query", QUERIES[2], str(evil_file)), ("query", QUERIES[0], str(evil_file), "--format", "json"),
        ("query", QUERIES[2], str(evil_file), "--format", "response"), ("query", QUERIES[4], str(evil_file), "--explain"),
        ("query", REFUSED[1], str(evil_file)), ("query", count, str(bad)), ("query", count, f"{bad}\x1b"),
        ("query", count, str(bad), "--on-error", "skip", "--rejects", str(tmp_path / "r")),
        ("query", count, str(evil_file), "-o", str(tmp_path / "none\x1b" / "x")),
        ("query", count, str(evil_file), "--start", "\x1b[2J"), ("query", "-f", f"{query}\x1b", str(evil_file)),
        ("convert", str(evil_file), str(tmp_path / "c\x1b.ndjson")), ("convert", str(evil_file), "c\x1b"),
        ("check", str(query)), ("check", str(query), "--format", "json"), ("check", str(query), "--format", "github"),
        ("check", str(query), "--format", "sarif"), ("check", f"{query}\x1b"), ("fmt", str(query)), ("fields", "\x1b"),
        ("check", "--select", "\x1b", str(query)), ("\x1b[2J",), ("query", "--\x1b[2J"),
    ):  # fmt: skip
        done = command(*(text.replace("\0", "") for text in arguments))
        for text in (done.stdout, done.stderr):
            assert sent(text.decode()) == [], (arguments, text)
        assert done.stdout or done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
@pytest.mark.long
@pytest.mark.parametrize("form", ["table", "csv", "json", "ndjson"])
def test_on_a_terminal(evil_file: Path, form: str) -> None:
    """CSV too is not sent as it is to a terminal."""
    done = _on_terminal(["query", QUERIES[2], str(evil_file), "--format", form])
    assert "red" in done
    assert sent(done.replace("\r\n", "\n")) == []


def _on_terminal(arguments: list[str]) -> str:
    import pexpect

    process = pexpect.spawn(
        sys.executable, ["-m", "usql", *arguments], timeout=120, dimensions=(100, 400), encoding="utf-8",
        env={**environment(), "TERM": "dumb", "PAGER": "cat", "NO_COLOR": "1"},
    )  # fmt: skip
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus == 0
    shown = process.before
    assert isinstance(shown, str)
    return shown


def test_binary_results_are_not_written_to_a_terminal(evil_file: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    process = pexpect.spawn(
        sys.executable, ["-m", "usql", "query", QUERIES[2], os.fspath(evil_file), "--format", "arrow"],
        timeout=120, encoding="utf-8", env=environment(),
    )  # fmt: skip
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus == 2
    assert "arrow is not a text format" in process.before
