"""What the command says beside the rows: that the default limit cut, and warnings about the query."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from usql.cli.command import invoke
from usql.formats import FORMATS

NOTE = "note: The first 50 of 60 rows are shown, because the query has no LIMIT.\n"
WITH_THE_NOTE = ("html", "response", "tree")
ROWS = "SELECT city FROM usersession"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("data") / "sessions.ndjson"
    lines = (json.dumps({"userSessionId": f"s{n}", "city": f"c{n}"}) + "\n" for n in range(60))
    path.write_text("".join(lines))
    return str(path)


def told(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[bytes, str]:
    """What the command writes to standard output and error."""
    assert invoke(["query", *arguments]) == 0
    out, err = capfdbinary.readouterr()
    return out, err.decode()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", [ROWS, "SELECT city, COUNT(*) FROM usersession GROUP BY city"])
@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_the_default_limit_is_told_in_every_format(
    capfdbinary: pytest.CaptureFixture[bytes],
    data: str,
    tmp_path: Path,
    form: str,
    text: str,
    quiet: tuple[str, ...],
) -> None:
    file = tmp_path / "out"
    printed, said = told(capfdbinary, text, data, "--format", form, *quiet)
    assert said == NOTE
    assert (b"of 60 rows" in printed) == (form in WITH_THE_NOTE)
    written = told(capfdbinary, text, data, "--format", form, "-o", str(file), *quiet)
    assert written == (b"", NOTE)
    assert file.read_bytes() == printed


@pytest.mark.parametrize(
    "arguments",
    [(f"{ROWS} LIMIT 50",), (ROWS, "--profile", "offline"), ("SELECT COUNT(*) FROM usersession",)],
)
def test_nothing_is_told_where_the_default_limit_cut_nothing(
    capfdbinary: pytest.CaptureFixture[bytes], data: str, arguments: tuple[str, ...]
) -> None:
    assert told(capfdbinary, *arguments, data)[1] == ""


@pytest.mark.parametrize("form", FORMATS)
def test_warnings_are_told_in_every_format(
    capfdbinary: pytest.CaptureFixture[bytes], data: str, tmp_path: Path, form: str
) -> None:
    text = "SELECT COUNT(*) FROM usersession WHERE userType = 'REAL_USR'"
    out = ("-o", str(tmp_path / "out"))
    _, said = told(capfdbinary, text, data, "--format", form, *out)
    assert said == (
        'warning[USQL603] unknown-enum-value: "REAL_USR" is not a documented value of `userType`.\n'
        "  --> query:1:51\n"
        "  |\n"
        f"1 | {text}\n"
        "  |                                                   ^^^^^^^^^^\n"
        '  = correction: write "REAL_USER"\n'
    )
    assert told(capfdbinary, text, data, "--format", form, *out, "--quiet")[1] == ""
    assert told(capfdbinary, text, data, "--format", form, *out, "-q")[1] == ""


def test_problems_of_a_file_are_told_where_they_are_in_it(
    capfd: pytest.CaptureFixture[str], data: str, tmp_path: Path
) -> None:
    file = tmp_path / "query.usql"
    for text, code in (
        ("SELECT COUNT(*)\nFROM usersession\nWHERE userType = 'REAL_USR'", 0),
        ("SELECT COUNT(*)\nFROM usersession\nWHERE cty = 'Linz'", 1),
        ("SELECT COUNT(*)\nFROM usersession\nWHERE = 'Linz'", 1),
    ):
        file.write_text(text)
        assert invoke(["query", "-f", str(file), data]) == code
        assert f"\n  --> {file}:3:" in capfd.readouterr().err


@pytest.mark.parametrize("end", [";", " ; ", ";\n", ";;", "; ;"])
def test_a_closing_semicolon_is_nothing_to_warn_of(
    capfdbinary: pytest.CaptureFixture[bytes], data: str, tmp_path: Path, end: str
) -> None:
    text = f"SELECT COUNT(*) FROM usersession{end}"
    file = tmp_path / "query.usql"
    file.write_text(text)
    assert told(capfdbinary, text, data)[1] == ""
    assert told(capfdbinary, "-f", str(file), data)[1] == ""
    assert told(capfdbinary, text, data, "--explain")[1] == ""


def test_two_queries_are_still_refused(capfd: pytest.CaptureFixture[str], data: str) -> None:
    assert invoke(["query", f"{ROWS}; {ROWS};", data]) == 1
    assert "error[USQL114] one-query" in capfd.readouterr().err


def test_information_is_not_told(capfdbinary: pytest.CaptureFixture[bytes], data: str) -> None:
    """``default-limit``, ``use-in`` and the like are for ``usql check``."""
    text = "SELECT city, COUNT(*) FROM usersession WHERE city = 'c1' OR city = 'c2' GROUP BY city"
    assert told(capfdbinary, text, data)[1] == ""
