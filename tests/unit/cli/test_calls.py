"""Calls that were meant otherwise: exit 2 with the right call, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

import usql
from tests.unit.cli.test_cli import EXPORT
from usql.cli.command import invoke

COUNT = "SELECT COUNT(*) FROM usersession"
NOW = "SELECT city FROM usersession WHERE startTime < $NOW"


def refused(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said of a call that is wrong usage."""
    assert invoke([*arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    return err.split("Error: ")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["query", "a.ndjson", COUNT], f"The query comes first, then the data:\n  usql query '{COUNT}' a.ndjson"),
        (["query", EXPORT, NOW], f"The query comes first, then the data:\n  usql query '{NOW}' {EXPORT}"),
        (["query", "a b", "c.parquet", f" -- all\n{COUNT}"], f"The query comes first, then the data:\n  usql query ' -- all\n{COUNT}' 'a b' c.parquet"),
        (["query", EXPORT], f"The query comes first, but {EXPORT} is a file:\n  usql query 'SELECT …' {EXPORT}"),
        (["query", EXPORT, "--sample"], f"The query comes first, but {EXPORT} is a file:\n  usql query 'SELECT …' {EXPORT}"),
        (["query", str(Path(EXPORT).parent), "b"], f"The query comes first, but {Path(EXPORT).parent} is a folder:"),
        (["query", COUNT, COUNT], f"This is a query, not data:\n  usql query '{COUNT}' DATA"),
        (["query", COUNT, "/* b */ select 1", EXPORT], f"This is a query, not data:\n  usql query '/* b */ select 1' {EXPORT}"),
        (["shell", COUNT], f"This is a query, not data:\n  usql query '{COUNT}' DATA"),
        (["shell", EXPORT, COUNT], f"This is a query, not data:\n  usql query '{COUNT}' {EXPORT}"),
        ([COUNT], f"Queries are run with usql query:\n  usql query '{COUNT}' DATA"),
        ([COUNT, EXPORT, "--format", "csv"], f"Queries are run with usql query:\n  usql query '{COUNT}' {EXPORT} --format csv"),
        ([EXPORT, COUNT], f"Queries are run with usql query:\n  usql query '{COUNT}' {EXPORT}"),
        ([EXPORT], f"{EXPORT} is a file; to query it:\n  usql query 'SELECT …' {EXPORT}\n  usql shell {EXPORT}"),
        (["qurey"], "There is no command 'qurey'; did you mean query?"),
        (["qurey", COUNT, EXPORT], f"There is no command 'qurey'; queries are run like this:\n  usql query '{COUNT}' {EXPORT}"),
        (["query", *COUNT.split(), EXPORT], f"A query is one argument, in quotes:\n  usql query 'SELECT …' {EXPORT}"),
        (["query", "select", EXPORT, "from", "usersession", "--sample"], "A query is one argument, in quotes:\n  usql query 'SELECT …' DATA"),
        (["query", "select", "country"], "A query is one argument, in quotes:\n  usql query 'SELECT …' DATA"),
        ([*COUNT.split(), EXPORT], f"A query is one argument, in quotes:\n  usql query 'SELECT …' {EXPORT}"),
        (["query", "none.usql", EXPORT], f"none.usql is not a query, and there is no such file:\n  usql query 'SELECT …' {EXPORT}"),
        (["xyzzy"], "There is no command 'xyzzy'; did you mean query, shell,"),
        (["check", COUNT], "; to judge a query itself, pipe it in and name -"),
    ],
)  # fmt: skip
def test_the_right_call_is_told(
    capfd: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in refused(capfd, *arguments)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_with_a_query_is_no_data(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "slow.txt"
    file.write_text(f"-- which\n{COUNT}  -- ä" + "é" * 5000, encoding)
    said = f"{file} holds a query; name it with --file:\n  usql query -f {file} "
    for arguments, data in (
        (["query", str(file), EXPORT], EXPORT),
        (["query", str(file)], "DATA"),
        (["query", "-f", str(file), EXPORT, str(file)], EXPORT),
        (["query", NOW, EXPORT, str(file)], EXPORT),
        (["query", EXPORT, str(file)], EXPORT),
        (["query", "-f", EXPORT, str(file)], EXPORT),
        (["convert", str(file), "out.parquet"], "DATA"),
        (["shell", str(file), EXPORT], EXPORT),
        ([str(file), EXPORT], EXPORT),
        ([str(file)], "DATA"),
    ):
        assert refused(capfd, *arguments) == f"{said}{data}\n"


def test_what_is_no_mistake_is_done(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that is misspelt, and data that is called like a query."""
    assert invoke(["query", "SELCT city FROM usersession", EXPORT]) == 1
    assert "error[USQL101]" in capfd.readouterr().err
    monkeypatch.chdir(tmp_path)
    for name in ("select", "SELECT it"):
        (tmp_path / name).write_bytes(Path(EXPORT).read_bytes())
        assert invoke(["query", COUNT, name, "--format", "csv"]) == 0
        assert capfd.readouterr().out.split() == ["count(*)", "16"]
    assert invoke(["query", "select", EXPORT]) == 1
    assert "error[USQL101]" in capfd.readouterr().err


OFFLINE = {
    "SELECT city FROM usersession LIMIT 9999": "limit-too-large",
    "SELECT COUNT(*) + 1 FROM usersession": "metric-arithmetic",
    "SELECT duration + 1 FROM usersession ORDER BY duration + 1": "order-by-arithmetic",
}


@pytest.mark.parametrize("text", OFFLINE)
def test_a_limit_of_the_profile_says_how_to_do_without(
    capfd: pytest.CaptureFixture[str], text: str, tmp_path: Path
) -> None:
    file = tmp_path / "q.usql"
    file.write_text(text)
    assert invoke(["query", text, EXPORT]) == 1
    told = capfd.readouterr().err
    assert f"] {OFFLINE[text]}: " in told
    assert told.endswith("\n  = without this limit: --profile offline\n")
    assert invoke(["check", str(file)]) == 1
    assert "\n  = without this limit: --profile offline\n" in capfd.readouterr().out
    assert invoke(["query", text, EXPORT, "--profile", "offline"]) == 0
    with pytest.raises(usql.UsqlError) as error:
        usql.open(EXPORT).query(text)
    assert str(error.value).endswith('\n  = without this limit: profile="offline"')


def test_other_errors_do_not(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["query", "SELECT cty FROM usersession", EXPORT]) == 1
    assert "offline" not in capfd.readouterr().err
