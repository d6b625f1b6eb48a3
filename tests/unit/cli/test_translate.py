"""``usql translate``."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from usql.cli.command import invoke

TEXT = "SELECT city FROM usersession LIMIT 3"


def test_the_sql_goes_to_the_output_and_notes_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["translate", "--to", "duckdb", TEXT]) == 0
    out, err = capsys.readouterr()
    made = usql.translate(TEXT, to="duckdb")
    assert out == made.sql
    assert err == "".join(f"note: {note}\n" for note in made.notes) != ""
    assert invoke(["translate", "-q", TEXT]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (usql.translate(TEXT).sql, "")


def test_all_options_are_those_of_the_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = tmp_path / "some.parquet"
    pq.write_table(pa.table({"city": ["Linz"], "startTime": [1], "colour": ["red"]}), schema)
    text = "SELECT colour, YEAR(startTime) FROM usersession"
    (tmp_path / "asked.usql").write_text(text + ";\n")
    call = ["translate", "-q", "--source", "lake.", "--layout", "flat", "--schema", str(schema)]
    call += ["--start", "2026-03-01", "--end", "2026-03-05", "--utc-offset", "60"]
    assert invoke([*call, "--profile", "offline", "-f", str(tmp_path / "asked.usql")]) == 0
    made = usql.translate(
        text, source="lake.", layout="flat", schema=schema, start="2026-03-01", end="2026-03-05",
        utc_offset=60, profile="offline",
    )  # fmt: skip
    assert capsys.readouterr().out == made.sql


def test_help_offers_no_end_of_data_that_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["translate", "--now", "data-end", TEXT]) == 2
    assert "the end of the data is not known without the data" in capsys.readouterr().err
    assert invoke(["translate", "--help"]) == 0
    assert "data-end" not in capsys.readouterr().out
    assert invoke(["query", "--help"]) == 0
    assert "data-end" in capsys.readouterr().out


def test_what_cannot_be_said_is_told_and_is_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["translate", "SELECT JSON FROM usersession"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[USQL901] untranslatable: spark cannot say this: `JSON`" in err
    assert invoke(["translate", "SELECT cty FROM usersession"]) == 1
    assert "unknown-field" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ([], "Give the query"),
        ([TEXT, "-f", "x.usql"], "Give the query"),
        ([TEXT, "--source", "a; b"], "source must be the name of a table"),
        ([TEXT, "--now", "data-end"], "not known without the data"),
        ([TEXT, "--schema", "none.parquet"], "none.parquet"),
    ],
)
def test_wrong_usage(call: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["translate", *call]) == 2
    assert told in capsys.readouterr().err


def test_without_sqlglot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [n for n in sys.modules if n.startswith("usql.translation")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    assert invoke(["translate", TEXT]) == 1
    assert "pip install 'usql-engine[translate]'" in capsys.readouterr().err
