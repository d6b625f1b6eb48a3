"""Commands that change what is asked, and words of other shells."""

from __future__ import annotations

from pathlib import Path

import pytest

import usql
from tests.places import SESSIONS
from tests.unit.shell.conftest import said
from usql.catalog import default_catalog
from usql.shell import habits
from usql.shell.commands import COMMANDS
from usql.shell.meaning import meaning
from usql.shell.shell import Shell
from usql.shell.statements import command_of

COUNT = "SELECT COUNT(*) FROM usersession"


def counted(shell: Shell) -> int:
    shell.run(COUNT)
    assert shell.result is not None
    return int(shell.result.rows()[0][0])


# --- words and commands of other shells ---------------------------------------------------------


@pytest.mark.parametrize("text", ["quit", "exit", "EXIT;", " quit ; ", ".exit", ".quit", ".exi"])
def test_leaving(shell: Shell, text: str) -> None:
    shell.run(text)
    assert shell.is_done
    assert said(shell) == ("", "")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("help", ".help"), ("Help;", ".help"), ("help top", ".help top"), ("HELP LIMIT;", ".help limit"),
        ("show tables", ".tables"), ("SHOW  TABLES;", ".tables"), ("tables", ".tables"),
        ("show fields", ".fields"), ("columns;", ".fields"), ("show columns from useraction;", ".fields useraction"),
        ("describe useraction", ".fields useraction"), ("desc useraction;", ".fields useraction"),
        (".schema useraction", ".fields useraction"),
        (f"EXPLAIN {COUNT};", f".explain {COUNT}"), (f"explain {COUNT}", f".explain {COUNT}"),
    ],
)  # fmt: skip
def test_what_other_words_mean(shell: Shell, text: str, same: str) -> None:
    shell.run(same)
    expected = said(shell)
    assert expected[0]
    shell.run(text)
    assert said(shell) == expected


@pytest.mark.parametrize(
    "text",
    ["SELECT city FROM quit", "quitting", "help me\nplease", "exit now", "show users", "-- quit"],
)
def test_other_texts_are_no_commands(text: str) -> None:
    assert command_of(text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (".mode csv", ".format sets how results are written"),
        (".headers on", ".format"),
        (".import a.csv b", ".open DATA"),
        (".timer on", ".timing on"),
        (".shell ls", "does not start programs"),
        (".save x", "usql convert"),
        (".maxrows 5", "tables fit the screen"),
        ("\\d", ".fields TABLE"),
        ("\\dt", ".tables"),
        ("\\q", ".quit"),
        ("\\x", ".format"),
        ("\\i file.sql", ".read FILE"),
        ("\\copy x to y", ".once FILE"),
        ("\\nothing", ".help lists"),
    ],
)
def test_commands_of_other_shells_get_a_hint(shell: Shell, text: str, told: str) -> None:
    shell.run(text)
    shown, notes = said(shell)
    assert shown == ""
    assert notes.startswith(f"error: There is no command {text.split()[0]} here: ")
    assert told in notes
    assert shell.failures == 1


def test_hints_name_commands_that_there_are() -> None:
    known = {f".{name}" for command in COMMANDS for name in command.names}
    for names, told in habits._HINTS:
        for word in told.replace(",", " ").replace(";", " ").split():
            if word.startswith("."):
                assert word in known, told
        assert not {f".{name}" for name in names.split()} & known


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("once", ".once FILE"),
        (".chart", ".chart [QUERY]"),
        ("exit", ".quit, .exit"),
        ("AVG", "AVG(field)"),
        ("limit", "most rows to show"),
        ("city", "City, looked up from the address"),
        ("useraction.name", "Name of the action"),
        ("usererror", "Errors and crashes"),
        ("$NOW", "time at which the query runs"),
        ("USQL202", "unknown-field"),
        ("unknown-field", "USQL202"),
    ],
)
def test_help_with_a_word(shell: Shell, name: str, told: str) -> None:
    shell.run(f".help {name}")
    shown, notes = said(shell)
    assert notes == ""
    assert told in " ".join(shown.split())


def test_a_field_of_several_tables_is_told_of_each() -> None:
    told = meaning("startTime", default_catalog())
    assert told is not None
    assert "of usersession" in told
    assert "of useraction" in told


def test_a_field_comes_before_a_rule_of_its_name() -> None:
    told = meaning("duration", default_catalog())
    assert told is not None
    assert 0 < told.index("of usersession") < told.index("USQL306")
    assert meaning("use-in", default_catalog()) == (
        "**USQL704 use-in** `information`\n\nSeveral equalities of one field joined by OR are one IN."
    )


def test_help_knows_the_fields_of_the_data(shell: Shell) -> None:
    shell.sessions = usql.open([{"city": "x", "shopId": 5}])
    shell.run(".help shopId")
    assert "shopId" in said(shell)[0]


def test_help_with_a_word_that_means_nothing(shell: Shell) -> None:
    shell.run(".help nothingness")
    assert said(shell) == (
        "", "error: Nothing is called nothingness; .help lists the commands, .fields the fields.\n",
    )  # fmt: skip


# --- other data ---------------------------------------------------------------------------------


def test_open_asks_other_data(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "two words.ndjson"
    usql.sample(sessions=30).write(path)
    assert counted(shell) == 16
    shell.run(f".open '{path}'")
    assert said(shell)[1] == "30 sessions\n"
    assert (counted(shell), shell.opened) == (30, 1)
    shell.run(f".open '{path}' {SESSIONS}")
    assert counted(shell) == 46


def test_open_tells_what_loading_found_odd(shell: Shell) -> None:
    shell.run(f".open {SESSIONS} {SESSIONS}")
    assert said(shell)[1].startswith("note: ")


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("", "Name the data"),
        ("none.ndjson", "no such file"),
        ("'none", "a quote is not closed"),
        ("-", "Standard input has the queries"),
    ],
)
def test_what_cannot_be_opened_leaves_the_data(shell: Shell, argument: str, told: str) -> None:
    shell.run(f".open {argument}")
    assert told in said(shell)[1]
    assert (counted(shell), shell.opened, shell.failures) == (16, 0, 1)


# --- times --------------------------------------------------------------------------------------


def test_the_timeframe(shell: Shell) -> None:
    shell.run(".timeframe")
    assert said(shell)[1] == "timeframe: all 16 sessions\n"
    shell.run(".timeframe 1970-01-01 '1970-01-02 00:00'")
    assert said(shell)[1] == "timeframe: 1970-01-01 to 1970-01-02 00:00, 0 of 16 sessions\n"
    assert counted(shell) == 0
    said(shell)
    shell.run(".timeframe 1970-01-02")
    assert said(shell)[1] == "timeframe: 1970-01-02 to the end of the data, 16 of 16 sessions\n"
    assert counted(shell) == 16
    shell.run(".timeframe all")
    assert shell.options == {"start": None, "end": None}


@pytest.mark.parametrize("argument", ["never", "1970-01-01 never", "-2 h x", "'-2h"])
def test_what_is_no_timeframe_leaves_the_old(shell: Shell, argument: str) -> None:
    shell.run(".timeframe 1970-01-01 1970-01-02")
    said(shell)
    shell.run(f".timeframe {argument}")
    assert said(shell)[1].startswith("error: ")
    assert counted(shell) == 0


def test_now(shell: Shell) -> None:
    asked = "SELECT COUNT(*) FROM usersession WHERE startTime < $NOW"
    shell.run(".now 1970-01-01")
    assert said(shell)[1] == "$NOW: 1970-01-01\n"
    shell.run(asked)
    assert shell.result is not None
    assert shell.result.rows() == [[0]]
    shell.run(".now clock")
    said(shell)
    shell.run(".now")
    assert said(shell)[1] == "$NOW: the current time\n"
    shell.run(asked)
    assert shell.result.rows() == [[16]]
    shell.run(".now never")
    assert said(shell)[1].startswith("error: now: ")
    assert shell.options["now"] is None


def test_a_timeframe_counts_from_now(shell: Shell) -> None:
    shell.run(".now data-end")
    shell.run(".timeframe -1000000d")
    assert counted(shell) == 16


# --- once ---------------------------------------------------------------------------------------


def test_once_writes_the_next_result_alone(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    shell.run(f".once {path}")
    assert said(shell)[1] == f"the next result goes to {path} as csv\n"
    shell.run("SELECT cty FROM usersession")
    said(shell)
    shell.run(COUNT)
    assert said(shell) == ("", f"1 row written to {path}\n")
    shell.run(COUNT)
    assert "16" in said(shell)[0]
    assert path.read_bytes() == b"count(*)\r\n16\r\n"
    assert shell.once is None


def test_once_comes_before_output(shell: Shell, tmp_path: Path) -> None:
    shell.run(f".output {tmp_path / 'all.csv'}")
    shell.run(f".once {tmp_path / 'one.ndjson'}")
    shell.run(COUNT)
    shell.run("SELECT COUNT(*) AS n FROM useraction")
    shell.close()
    assert (tmp_path / "one.ndjson").read_text() == '{"count(*)":16}\n'
    assert (tmp_path / "all.csv").read_text().startswith("n")


def test_once_takes_the_last_file_that_was_named(shell: Shell, tmp_path: Path) -> None:
    shell.run(f".once {tmp_path / 'a.csv'}")
    shell.run(f".once {tmp_path / 'b.csv'}")
    shell.run(COUNT)
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


def test_once_without_a_file(shell: Shell, tmp_path: Path) -> None:
    shell.run(".once")
    assert said(shell)[1] == "error: Name the file of the next result.\n"
    for name, told in ((tmp_path, "it is a folder"), (tmp_path / "no" / "a.csv", "no folder")):
        shell.run(f".once {name}")
        notes = said(shell)[1]
        assert notes.startswith(f"error: {name} cannot be a file: ")
        assert told in notes
    shell.run(COUNT)
    assert "16" in said(shell)[0]


def test_once_writes_whole_files_or_none(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")
    shell.run(f".once {path}")
    assert path.read_text() == "before"

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("usql.shell.state.write_result", full)
        shell.run(COUNT)
    assert "No space left" in said(shell)[1]
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.csv", "before")]
    shell.run(COUNT)
    assert "16" in said(shell)[0]


def test_once_as_a_table(shell: Shell, tmp_path: Path) -> None:
    shell.run(f".once {tmp_path / 'a.txt'}")
    shell.run(COUNT)
    assert (tmp_path / "a.txt").read_text().split() == ["count(*)", "─" * 8, "16", "1", "row"]
