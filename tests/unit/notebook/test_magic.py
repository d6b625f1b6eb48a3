"""``%%usql``: its options, its data, its results."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import usql
from usql.notebook.magic import Cells

COUNT = "SELECT COUNT(*) FROM usersession"


class Notebook:
    """Runs cells with variables of its own."""

    def __init__(self, **variables: Any) -> None:
        self.variables = variables
        shell = SimpleNamespace(user_ns=variables)
        self._cells = Cells(cast(InteractiveShell, shell), usql.open)

    def line(self, options: str) -> None:
        assert self._cells.run(options) is None

    def cell(self, options: str, text: str = COUNT) -> list[list[Any]]:
        result = self._cells.run(options, f"{text}\n")
        assert result is not None
        return result.rows()


@pytest.fixture(scope="module")
def few() -> usql.Sessions:
    return usql.sample(sessions=20)


@pytest.fixture
def file(few: usql.Sessions, tmp_path: Path) -> Path:
    path = tmp_path / "some sessions.ndjson"
    few.write(path)
    return path


def test_sessions_are_asked(few: usql.Sessions) -> None:
    assert Notebook(few=few).cell("few") == [[20]]


def test_a_closing_semicolon_is_none_of_the_query(few: usql.Sessions) -> None:
    assert Notebook(few=few).cell("few", f"{COUNT};") == [[20]]


def test_the_data_stays_chosen(few: usql.Sessions) -> None:
    notebook = Notebook(few=few, more=usql.sample(sessions=30))
    notebook.line("few")
    assert notebook.cell("") == [[20]]
    assert notebook.cell("more") == [[30]]
    assert notebook.cell("") == [[30]]


def test_a_variable_is_looked_at_anew() -> None:
    rows = [{"city": "Linz"}]
    notebook = Notebook(rows=rows)
    assert notebook.cell("rows") == [[1]]
    rows.append({"city": "Wien"})
    assert notebook.cell("") == [[2]]
    notebook.variables["rows"] = []
    assert notebook.cell("") == [[0]]
    del notebook.variables["rows"]
    with pytest.raises(UsageError, match="the variable rows is gone"):
        notebook.cell("")


def test_a_file_is_loaded_once(file: Path) -> None:
    notebook = Notebook()
    named = f"'{file}'"
    assert notebook.cell(named) == [[20]]
    usql.sample(sessions=30).write(file)
    assert notebook.cell(named) == notebook.cell("") == [[20]]
    notebook.line(named)
    assert notebook.cell("") == notebook.cell(named) == [[30]]


def test_a_variable_comes_before_a_file(
    file: Path, few: usql.Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    file.rename("sessions")
    assert Notebook(sessions=[{"city": "Linz"}]).cell("sessions") == [[1]]


def test_the_profile(few: usql.Sessions) -> None:
    halved = "SELECT COUNT(*) / 2 FROM usersession"
    notebook = Notebook(few=few)
    assert notebook.cell("few --profile offline", halved) == [[10.0]]
    with pytest.raises(usql.UsqlError):
        notebook.cell("", halved)
    notebook.line("--profile offline")
    assert notebook.cell("", halved) == [[10.0]]
    with pytest.raises(usql.UsqlError):
        notebook.cell("--profile dynatrace", halved)


def test_a_result_gets_a_name(few: usql.Sessions) -> None:
    notebook = Notebook(few=few)
    assert notebook.cell("few --to counted") == [[20]]
    assert isinstance(notebook.variables["counted"], usql.Result)
    assert notebook.variables["counted"][0] == (20,)


def test_what_is_odd_is_told(
    few: usql.Sessions, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = Notebook(few=few, twice=[str(file), str(file.with_suffix(".json"))])
    file.with_suffix(".json").write_bytes(file.read_bytes())
    notebook.cell("few", "SELECT city FROM usersession WHERE userType = 'REAL_USR'")
    assert "warning[USQL603] unknown-enum-value" in capsys.readouterr().err
    notebook.cell("twice")
    assert capsys.readouterr().err.startswith("note: 20 of 40 sessions appeared before")


def test_no_warning_is_raised_for_the_default_limit() -> None:
    """The table tells it, as an explanation."""
    assert (
        len(Notebook(many=usql.sample(sessions=60)).cell("many", "SELECT city FROM usersession"))
        == 50
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "%%usql DATA names what to ask"),
        ("nothing", "there is neither a variable nor a file nothing"),
        ("few --profil offline", "unrecognized arguments: --profil.*; %usql --help"),
        ("few --profile vendor", "invalid choice: 'vendor'.*dynatrace.*offline"),
        ("few SELECT city FROM usersession", "a query goes on lines of its own: %%usql"),
        ("'select city FROM usersession'", "a query goes on lines of its own: %%usql"),
        ("few more", "unrecognized arguments: more"),
        ("few --to a-b", "--to takes the name of a variable"),
        ("few --to class", "--to takes the name of a variable"),
        ("'few", "a quote is not closed"),
    ],
)
def test_wrong_options(few: usql.Sessions, options: str, said: str) -> None:
    notebook = Notebook(few=few)
    with pytest.raises(UsageError, match=said):
        notebook.cell(options)
    assert notebook.variables == {"few": few}


def test_a_line_has_no_result(few: usql.Sessions) -> None:
    with pytest.raises(UsageError, match="for the result of a cell"):
        Notebook(few=few).line("few --to counted")


def test_help(few: usql.Sessions, capsys: pytest.CaptureFixture[str]) -> None:
    Notebook(few=few).line("--help")
    said = capsys.readouterr().out
    for word in ("%%usql [DATA]", "--profile NAME", "--to VARIABLE"):
        assert word in said


def test_files_that_cannot_be_read_are_not_chosen(few: usql.Sessions, tmp_path: Path) -> None:
    notebook = Notebook(few=few)
    notebook.line("few")
    (tmp_path / "bad.ndjson").write_text("{")
    for name in ("bad.ndjson", "none.ndjson"):
        with pytest.raises((usql.DataError, OSError)):
            notebook.cell(str(tmp_path / name))
    assert notebook.cell("") == [[20]]
