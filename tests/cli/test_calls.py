"""Calls that were meant otherwise: exit 2 with the right call, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

import usql
from tests.cli.test_cli import DATA
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
        (["query", DATA, NOW], f"The query comes first, then the data:\n  usql query '{NOW}' {DATA}"),
        (["query", "a b", "c.parquet", f" -- all\n{COUNT}"], f"The query comes first, then the data:\n  usql query ' -- all\n{COUNT}' 'a b' c.parquet"),
        (["query", DATA], f"The query comes first, but {DATA} is a file:\n  usql query 'SELECT …' {DATA}"),
        (["query", DATA, "--sample"], f"The query comes first, but {DATA} is a file:\n  usql query 'SELECT …' {DATA}"),
        (["query", str(Path(DATA).parent), "b"], f"The query comes first, but {Path(DATA).parent} is a folder:"),
        (["query", COUNT, COUNT], f"This is a query and no data:\n  usql query '{COUNT}' DATA"),
        (["query", COUNT, "/* b */ select 1", DATA], f"This is a query and no data:\n  usql query '/* b */ select 1' {DATA}"),
        (["shell", COUNT], f"This is a query and no data:\n  usql query '{COUNT}' DATA"),
        (["shell", DATA, COUNT], f"This is a query and no data:\n  usql query '{COUNT}' {DATA}"),
        ([COUNT], f"Queries are asked with usql query:\n  usql query '{COUNT}' DATA"),
        ([COUNT, DATA, "--format", "csv"], f"Queries are asked with usql query:\n  usql query '{COUNT}' {DATA} --format csv"),
        ([DATA, COUNT], f"Queries are asked with usql query:\n  usql query '{COUNT}' {DATA}"),
        ([DATA], f"{DATA} is a file; to ask it:\n  usql query 'SELECT …' {DATA}\n  usql shell {DATA}"),
        (["qurey"], "There is no command 'qurey'; did you mean query?"),
        (["qurey", COUNT, DATA], f"There is no command 'qurey'; queries are asked so:\n  usql query '{COUNT}' {DATA}"),
        (["query", *COUNT.split(), DATA], f"A query is one argument, in quotes:\n  usql query 'SELECT …' {DATA}"),
        (["query", "select", DATA, "from", "usersession", "--sample"], "A query is one argument, in quotes:\n  usql query 'SELECT …' DATA"),
        (["query", "select", "country"], "A query is one argument, in quotes:\n  usql query 'SELECT …' DATA"),
        ([*COUNT.split(), DATA], f"A query is one argument, in quotes:\n  usql query 'SELECT …' {DATA}"),
        (["query", "none.usql", DATA], f"none.usql is no query, and there is no such file:\n  usql query 'SELECT …' {DATA}"),
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
        (["query", str(file), DATA], DATA),
        (["query", str(file)], "DATA"),
        (["query", "-f", str(file), DATA, str(file)], DATA),
        (["query", NOW, DATA, str(file)], DATA),
        (["query", DATA, str(file)], DATA),
        (["query", "-f", DATA, str(file)], DATA),
        (["convert", str(file), "out.parquet"], "DATA"),
        (["shell", str(file), DATA], DATA),
        ([str(file), DATA], DATA),
        ([str(file)], "DATA"),
    ):
        assert refused(capfd, *arguments) == f"{said}{data}\n"


def test_what_is_no_mistake_is_done(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that is misspelt, and data that is called like a query."""
    assert invoke(["query", "SELCT city FROM usersession", DATA]) == 1
    assert "error[USQL101]" in capfd.readouterr().err
    monkeypatch.chdir(tmp_path)
    for name in ("select", "SELECT it"):
        (tmp_path / name).write_bytes(Path(DATA).read_bytes())
        assert invoke(["query", COUNT, name, "--format", "csv"]) == 0
        assert capfd.readouterr().out.split() == ["count(*)", "16"]
    assert invoke(["query", "select", DATA]) == 1
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
    assert invoke(["query", text, DATA]) == 1
    told = capfd.readouterr().err
    assert f"] {OFFLINE[text]}: " in told
    assert told.endswith("\n  = without this limit: --profile offline\n")
    assert invoke(["check", str(file)]) == 1
    assert "\n  = without this limit: --profile offline\n" in capfd.readouterr().out
    assert invoke(["query", text, DATA, "--profile", "offline"]) == 0
    with pytest.raises(usql.UsqlError) as error:
        usql.open(DATA).query(text)
    assert str(error.value).endswith('\n  = without this limit: profile="offline"')


def test_other_errors_do_not(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(["query", "SELECT cty FROM usersession", DATA]) == 1
    assert "offline" not in capfd.readouterr().err
