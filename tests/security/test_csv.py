"""CSV that spreadsheets compute nothing of, when that is asked for."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import usql
from tests.faults.command import usql as command
from usql.result.export import write
from usql.shell.shell import Shell

FORMULAS = (
    "=1+1", "=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-1+1", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1",
    "－1", "＠a",
)  # fmt: skip
PLAIN = ("a=b", "1+1", " =1", "'=1", "", "a-b", "é=", "[=1]", '"=1"')
QUERY = "SELECT city AS '=city', duration, doubleProperties.d, bounce, useraction.name, city FROM usersession"


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    rows: list[dict[str, Any]] = [
        {
            "city": text, "duration": -number, "doubleProperties": [{"key": "d", "value": -0.5}], "bounce": True,
            "userActions": [{"name": text}],
        }
        for number, text in enumerate((*FORMULAS, *PLAIN))
    ]  # fmt: skip
    return usql.open(rows)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_texts_get_an_apostrophe_and_numbers_stay(sessions: usql.Sessions) -> None:
    made = io.StringIO(newline="")
    write(sessions.query(QUERY), "csv", made, csv_safe=True)
    head, *rows = read(made.getvalue())
    assert head == ["'=city", "duration", "doubleProperties.d", "bounce", "useraction.name", "city"]
    for number, (row, text) in enumerate(zip(rows, (*FORMULAS, *PLAIN), strict=True)):
        shown = f"'{text}" if text in FORMULAS else text
        assert row == [
            shown,
            str(-number),
            "-0.5",
            "true",
            json.dumps([text], ensure_ascii=False),
            shown,
        ]


def test_without_it_texts_are_exact(sessions: usql.Sessions) -> None:
    made = io.StringIO(newline="")
    write(sessions.query(QUERY), "csv", made)
    head, *rows = read(made.getvalue())
    assert head[0] == "=city"
    assert [row[0] for row in rows] == [*FORMULAS, *PLAIN]


@pytest.mark.parametrize("form", ["json", "ndjson", "response", "tree", "arrow", "parquet"])
def test_other_formats_are_the_same(sessions: usql.Sessions, form: str) -> None:
    made = [io.BytesIO(), io.BytesIO()]
    for file, is_safe in zip(made, (True, False), strict=True):
        write(sessions.query("SELECT city FROM usersession"), form, file, csv_safe=is_safe)
    assert made[0].getvalue() == made[1].getvalue()


@pytest.mark.long
def test_the_command_and_the_shell(sessions: usql.Sessions, tmp_path: Path) -> None:
    source, target = tmp_path / "s.ndjson", tmp_path / "r.csv"
    sessions.write(source)
    query = "SELECT city FROM usersession LIMIT 1"
    done = command("query", query, str(source), "--format", "csv", "--csv-safe")
    assert done.stdout == b"city\r\n'=1+1\r\n"
    done = command("query", query, str(source), "--format", "csv")
    assert done.stdout == b"city\r\n=1+1\r\n"
    console = Console(file=io.StringIO())
    shell = Shell(sessions, console, console, csv_safe=True)
    for line in (f".output {target}", query, ".output"):
        shell.run(line)
    assert target.read_bytes() == b"city\r\n'=1+1\r\n"
