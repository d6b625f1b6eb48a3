"""CSV that spreadsheets compute nothing of, when that is asked for."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import usql
from tests.robust.faults.command import usql as command
from usql.escape import json_text
from usql.result.options import Options
from usql.result.texts.guard import guarded
from usql.result.writing import write_result
from usql.shell.shell import Shell

FORMULAS = (
    "=1+1", "=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-1+1", "-5", "@SUM(A1)", "\ta", "\ra", "\na", "＝1+1", "＋1",
    "－1", "＠a", "﹦1", "−1", " =1", "\u00a0\u2003=1", "\ufeff=1", "\u200b\u2060 =1", "\x00=1",
)  # fmt: skip
INSIDE = {
    "x;=1+1": "x;'=1+1",
    "x;=1+1;y;  -2;z": "x;'=1+1;y;'  -2;z",
    'x";"=1': 'x";\'"=1',
    "x\t=1\r\n@a\n+1": "x\t'=1\r\n'@a\n'+1",
    "\t=1": "'\t'=1",
    "\r\ufeff=1": "'\r'\ufeff=1",
    "\n=1": "'\n'=1",
    "=1;=2": "'=1;'=2",
    ";=1": ";'=1",
}
"""What is made of texts in which another separator would begin a cell."""
PLAIN = (
    "a=b",
    "1+1",
    "'=1",
    "",
    "a-b",
    "é=",
    "[=1]",
    '"=1"',
    "x; y=1",
    "x;'=1",
    ";",
    "x,=1",
    "a;\tb\n",
)
SAFE = Options(csv_safe=True)
QUERY = "SELECT city AS '=city', duration, doubleProperties.d, bounce, useraction.name, city FROM usersession"


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    rows: list[dict[str, Any]] = [
        {
            "city": text, "duration": -number, "doubleProperties": [{"key": "d", "value": -0.5}], "bounce": True,
            "userActions": [{"name": text}],
        }
        for number, text in enumerate((*FORMULAS, *INSIDE, *PLAIN))
    ]  # fmt: skip
    return usql.open(rows)


SIGNS = tuple("=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋﬩−")
BLANK = " \t\r\n\u00a0\u2003\ufeff\u200b\u2060\x00\x0b\x0c"


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_texts_get_an_apostrophe_and_numbers_stay(sessions: usql.Sessions) -> None:
    made = io.StringIO(newline="")
    write_result(sessions.query(QUERY), made, "csv", options=SAFE)
    head, *rows = read(made.getvalue())
    assert head == ["'=city", "duration", "doubleProperties.d", "bounce", "useraction.name", "city"]
    for number, (row, text) in enumerate(zip(rows, (*FORMULAS, *INSIDE, *PLAIN), strict=True)):
        shown = f"'{text}" if text in FORMULAS else INSIDE.get(text, text)
        assert row == [
            shown,
            str(-number),
            "-0.5",
            "true",
            in_list(text),
            shown,
        ]


def in_list(text: str) -> str:
    """A list of the text, which stands in a cell as JSON: only a ``;`` is the same in there."""
    pieces = text.split(";")
    guarded = ["'" * piece.lstrip().startswith(("=", "-")) + piece for piece in pieces[1:]]
    return json_text([";".join((pieces[0], *guarded))])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula_whatever_separates(sessions: usql.Sessions, separator: str) -> None:
    """Read with each separator, no cell that is not a number begins with a sign of formulas, also
    behind blanks."""
    made = io.StringIO(newline="")
    write_result(sessions.query(QUERY), made, "csv", options=SAFE)
    cells = [
        cell
        for row in csv.reader(io.StringIO(made.getvalue(), newline=""), delimiter=separator)
        for cell in row
    ]
    assert len(cells) > 40
    for cell in cells:
        seen = cell.lstrip(BLANK)
        assert not seen.startswith(SIGNS) or re.match(r"-[\d.]+(,|$)", seen), cell


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(texts=st.lists(st.text("=+-@;,\t\r\n\" 'ax\ufeff＝"), min_size=1, max_size=4))
def test_no_text_whatever_makes_a_formula(separator: str, texts: list[str]) -> None:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_NONNUMERIC).writerow([guarded(text) for text in texts])
    for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=separator):
        for cell in row:
            assert not cell.lstrip(BLANK).startswith(SIGNS), (line.getvalue(), cell)


def test_every_text_stands_in_quotes() -> None:
    made = io.StringIO(newline="")
    data = usql.open(
        [{"city": "Linz", "duration": -5, "bounce": True, "userActions": [{"name": "a"}]}]
    )
    query = "SELECT city AS c, duration, bounce, useraction.name AS n, ip FROM usersession"
    write_result(data.query(query), made, "csv", options=SAFE)
    assert (
        made.getvalue()
        == """"c","duration","bounce","n","ip"\r\n"Linz",-5,"true","[""a""]",""\r\n"""
    )


def test_all_forms_of_the_signs_are_known() -> None:
    forms = {
        ch
        for ch in map(chr, range(0x110000))
        if unicodedata.normalize("NFKC", ch) in ("=", "+", "-", "@", "−")
    }
    assert set(SIGNS) == forms


def test_without_it_texts_are_exact(sessions: usql.Sessions) -> None:
    made = io.StringIO(newline="")
    write_result(sessions.query(QUERY), made, "csv")
    head, *rows = read(made.getvalue())
    assert head[0] == "=city"
    assert [row[0] for row in rows] == [*FORMULAS, *INSIDE, *PLAIN]


@pytest.mark.parametrize("form", ["json", "ndjson", "response", "tree", "arrow", "parquet"])
def test_other_formats_are_the_same(sessions: usql.Sessions, form: str) -> None:
    made = [io.BytesIO(), io.BytesIO()]
    for file, is_safe in zip(made, (True, False), strict=True):
        write_result(
            sessions.query("SELECT city FROM usersession"),
            file,
            form,
            options=Options(csv_safe=is_safe),
        )
    assert made[0].getvalue() == made[1].getvalue()


@pytest.mark.long
def test_the_command_and_the_shell(sessions: usql.Sessions, tmp_path: Path) -> None:
    source, target = tmp_path / "s.ndjson", tmp_path / "r.csv"
    sessions.write(source)
    query = "SELECT city FROM usersession LIMIT 1"
    done = command("query", query, str(source), "--format", "csv", "--csv-safe")
    assert done.stdout == b'"city"\r\n"\'=1+1"\r\n'
    done = command("query", query, str(source), "--format", "csv")
    assert done.stdout == b"city\r\n=1+1\r\n"
    console = Console(file=io.StringIO())
    shell = Shell(sessions, console, console, csv_safe=True)
    for line in (f".output {target}", query, ".output"):
        shell.run(line)
    assert target.read_bytes() == b'"city"\r\n"\'=1+1"\r\n'
