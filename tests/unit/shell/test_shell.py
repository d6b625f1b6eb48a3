"""What the shell does with what is typed, without a terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

import usql
from tests.unit.shell.conftest import said
from usql.shell.commands import COMMANDS
from usql.shell.shell import Shell

COUNT = "SELECT COUNT(*) FROM usersession"


def test_a_query(shell: Shell) -> None:
    shell.run(COUNT)
    results, notes = said(shell)
    assert results.split() == ["count(*)", "─" * 8, "16", "1", "row"]
    assert notes == ""
    assert shell.failures == 0
    assert shell.last_query == COUNT


def test_several_queries(shell: Shell) -> None:
    shell.run(f"{COUNT}; SELECT COUNT(*) AS b FROM useraction;")
    results, _ = said(shell)
    assert results.count("1 row") == 2


def test_a_refused_query_does_not_end_it(shell: Shell) -> None:
    shell.run_script(f"SELECT cty FROM usersession; {COUNT}")
    results, notes = said(shell)
    assert "error[USQL202] unknown-field" in notes
    assert "correction: write city" in notes
    assert "16" in results
    assert shell.failures == 1


def test_an_interrupted_query_does_not_end_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(shell.sessions), "ask", interrupted)
        shell.run(COUNT)
    assert said(shell) == ("", "interrupted\n")
    shell.run(COUNT)
    assert "16" in said(shell)[0]


def test_what_is_told_beside_the_rows(shell: Shell) -> None:
    """In every format, on the screen and in a file; the limit also by a quiet shell."""
    query = "SELECT type AS t, userSessionId, name FROM userevent WHERE type != 'Page'"
    shell.sessions = usql.open([{"events": [{"type": "Tag", "name": "x"}] * 60}])
    note = "note: The first 50 of 60 rows are shown, because the query has no LIMIT.\n"
    for form in ("table", "csv", "json"):
        shell.form = form
        shell.run(f"{query};")
        results, notes = said(shell)
        assert 'warning[USQL603] unknown-enum-value: "Page" is not a documented' in notes
        assert "warning[USQL601] unqualified-field: `userSessionId` is a field of" in notes
        assert "USQL605" not in notes  # the ; is taken off
        assert notes.endswith(note)
        assert "of 60 rows" not in results
        shell.quiet = True
        shell.run(query)
        assert said(shell) == (results, note)
        shell.quiet = False


def test_a_closing_semicolon_of_a_commands_query(shell: Shell) -> None:
    text = "SELECT city, COUNT(*) FROM usersession WHERE city != ';' GROUP BY city"
    for end in (";", " ; ;", ""):
        shell.run(f".chart {text}{end}")
        assert said(shell)[1] == ""
        shell.run(f".explain {text}{end}")
        assert said(shell)[1] == ""
    assert shell.failures == 0


def test_help_lists_every_command(shell: Shell) -> None:
    shell.run(".help")
    results, _ = said(shell)
    for command in COMMANDS:
        assert command.usage in results
    for name in ("tables fields explain format timing profile read output chart quit").split():
        assert f".{name}" in results


def test_tables(shell: Shell) -> None:
    shell.run(".tables")
    rows = [line.split()[:2] for line in said(shell)[0].splitlines() if "user" in line]
    assert rows[0] == ["usersession", "16"]
    assert [name for name, _ in rows][1:] == [t.name for t in shell.sessions.catalog][1:]


def test_fields(shell: Shell) -> None:
    shell.run(".fields USERERROR")
    results, _ = said(shell)
    assert "internalApplicationId" in results
    assert "useraction" not in results
    shell.run(".fields")
    results, _ = said(shell)
    assert "useraction.visuallyCompleteTime" in results
    assert "usersession.city" in results
    shell.run(".fields usreaction")
    assert "did you mean useraction" in said(shell)[1]


def test_explain(shell: Shell) -> None:
    shell.run(".explain")
    assert "no query yet" in said(shell)[1]
    shell.run(f".explain {COUNT};")
    assert said(shell)[0].startswith("Project\n")
    shell.run("SELECT city FROM usersession")
    said(shell)
    shell.run(".explain")
    assert "columns: city = usersession.city" in said(shell)[0]


def test_format(shell: Shell) -> None:
    shell.run_script(f".format csv\n{COUNT};\n.format")
    assert said(shell) == ("count(*)\r\n16\r\n", "format csv\nformat csv\n")
    shell.run(".format xml")
    assert "There is no format xml" in said(shell)[1]
    shell.run(".format parquet")
    assert "parquet is not a text format" in said(shell)[1]
    assert shell.form == "csv"


def test_timing(shell: Shell) -> None:
    shell.run_script(f".timing on\n{COUNT}\n.timing off\n{COUNT}\n.timing often")
    _, notes = said(shell)
    assert notes.startswith("timing on\n")
    assert notes.count(" ms\n") == 1
    assert notes.endswith("timing off\nerror: Timing is on or off.\n")


def test_profile(shell: Shell) -> None:
    many = f"{COUNT} GROUP BY city LIMIT 6000"
    shell.run(many)
    assert "limit-too-large" in said(shell)[1]
    shell.run_script(f".profile offline\n{many}")
    results, notes = said(shell)
    assert "rows" in results
    assert notes == "profile offline\n"
    shell.run(".profile other")
    assert "there is no profile 'other'" in said(shell)[1]
    assert shell.profile == "offline"


def test_output(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "found.csv"
    shell.run_script(f".output {target}\n{COUNT}; SELECT city FROM usersession LIMIT 1\n.output\n")
    count, answer, name, city = target.read_text().splitlines()
    assert [count, answer, name] == ["count(*)", "16", "city"]
    assert city
    results, notes = said(shell)
    assert results == ""
    assert notes.splitlines() == [
        f"results go to {target} as csv",
        f"1 row written to {target}",
        f"1 row written to {target}",
        "results go to the screen",
    ]
    shell.run(COUNT)
    assert "16" in said(shell)[0]


def test_output_of_tables(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "found.txt"
    shell.run_script(f".output {target}\n{COUNT}\n.output")
    assert "16" in target.read_text()
    assert "\x1b" not in target.read_text()


def test_a_binary_file_holds_one_result(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "found.parquet"
    shell.run_script(f".output {target}\n{COUNT}; {COUNT}\n.output")
    assert "holds one result" in said(shell)[1]
    assert pq.read_table(target).to_pylist() == [{"count(*)": 16}]
    shell.run(f".output {tmp_path / 'missing' / 'x.csv'}")
    assert "No such file" in said(shell)[1]
    assert shell.output is None


def test_read(shell: Shell, tmp_path: Path) -> None:
    script = tmp_path / "all.usql"
    script.write_text(
        f".timing off\n{COUNT};\n.read {script}\nSELECT 2 AS two FROM useraction LIMIT 1"
    )
    shell.run(f".read {script}")
    results, notes = said(shell)
    assert "16" in results
    assert "two" in results
    assert "is already being read" in notes
    assert shell.failures == 1
    shell.run(".read")
    assert "Name the file" in said(shell)[1]
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    shell.run(f".read {tmp_path / 'bytes'}")
    assert "bytes cannot be read: byte 3, in line 1, is not UTF-16" in said(shell)[1]


def test_quit_ends_a_script(shell: Shell) -> None:
    shell.run_script(f".quit\n{COUNT}")
    assert said(shell) == ("", "")
    assert shell.is_done


def test_chart(shell: Shell) -> None:
    shell.run(".chart")
    assert "no result yet" in said(shell)[1]
    shell.run(".chart SELECT country, COUNT(*) FROM usersession GROUP BY country")
    assert "█" in said(shell)[0]
    shell.run(".chart")
    assert "█" in said(shell)[0]
    shell.run(".chart SELECT city FROM usersession")
    assert "no column of numbers" in said(shell)[1]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (".tabels", "There is no command .tabels; did you mean .tables?"),
        (".", "There is no command .; .help lists them."),
        (".xyz", "There is no command .xyz; .help lists them."),
        (".tables usersession", ".tables takes no arguments."),
        (".t", "There is no command .t; did you mean .tables or .timeframe or .timing?"),
    ],
)
def test_wrong_commands(shell: Shell, text: str, answer: str) -> None:
    shell.run(text)
    assert said(shell) == ("", f"error: {answer}\n")


def test_sentences_break_between_words_on_a_screen(shell: Shell) -> None:
    shell.run(".headers on")
    line = "error: There is no command .headers here: .format sets how results are written; "
    assert said(shell)[1].startswith(line)
    shell.notes = Console(file=io.StringIO(), width=36, force_terminal=True, no_color=True)
    shell.run(".headers on")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", said(shell)[1])
    assert shown.splitlines()[0].rstrip() == "error: There is no command .headers"
    wrong = "SELECT cty, country FROM usersession"
    shell.run(wrong)
    assert wrong in said(shell)[1]


def test_a_beginning_of_a_name_will_do(shell: Shell) -> None:
    shell.run(".prof offline")
    assert shell.profile == "offline"


def test_brackets_are_no_markup(shell: Shell) -> None:
    shell.run("SELECT '[red]' FROM usersession")
    assert "'[red]'" in said(shell)[1]
