"""What translate takes, refuses and says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.places import SESSIONS

COUNT = "SELECT COUNT(*) FROM usersession"


def refused(text: str, **options: Any) -> list[tuple[str, str]]:
    """The names of the problems, and the text that each underlines."""
    with pytest.raises(usql.UsqlError) as caught:
        usql.translate(text, **options)
    return [
        (d.name, text[d.span.start : d.span.end]) for d in caught.value.diagnostics if d.is_error
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"to": "oracle"}, "to must be 'spark' or 'duckdb', not 'oracle'"),
        ({"layout": "wide"}, "layout must be 'nested' or 'flat', not 'wide'"),
        ({"source": "a b c ("}, "source must be the name of a table"),
        ({"source": "x; DROP TABLE y"}, "source must be the name of a table"),
        ({"source": ""}, "source must be the name of a table"),
        ({"layout": "flat", "source": "x; --"}, "source must be the name of a table"),
        ({"now": "data-end"}, "now: the end of the data is not known without the data"),
        ({"start": "Data-End "}, "start: the end of the data is not known without the data"),
        ({"profile": "other"}, "other"),
        ({"utc_offset": 5000}, "utc_offset"),
        ({"schema": pa.schema([("colour", pa.string())])}, "schema: "),
        (
            {"schema": pa.schema([("city", pa.string()), ("City", pa.string())])},
            "schema: ",
        ),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        usql.translate(COUNT, **options)


def test_a_schema_is_a_schema_or_a_file(tmp_path: Path) -> None:
    with pytest.raises(
        TypeError, match=r"schema must be a pyarrow\.Schema or a Parquet file, not 3"
    ):
        usql.translate(COUNT, schema=3)
    with pytest.raises(FileNotFoundError):
        usql.translate(COUNT, schema=tmp_path / "none.parquet")
    with pytest.raises(ValueError, match="is not a Parquet file"):
        usql.translate(COUNT, schema=SESSIONS)
    pq.write_table(pa.table({"city": ["Linz"], "colour": ["red"]}), tmp_path / "some.parquet")
    made = usql.translate("SELECT colour FROM usersession", schema=tmp_path / "some.parquet")
    assert '"colour"' in made.sql or "`colour`" in made.sql


def test_a_query_that_is_refused_is_refused_here() -> None:
    assert refused("SELECT cty FROM usersession") == [("unknown-field", "cty")]
    assert refused("SELECT city FROM usersession WHERE city = ${x}") == [("placeholder", "${x}")]
    assert refused("SELECT city FROM usersession LIMIT 9999") == [("limit-too-large", "9999")]


def test_all_that_a_dialect_cannot_say_is_told_with_its_place() -> None:
    text = "SELECT JSON, isEntryAction FROM useraction WHERE startTime > $TIME_FRAME_START"
    found = refused(text, layout="flat")
    assert found == [
        ("untranslatable", "JSON"),
        ("untranslatable", "isEntryAction"),
        ("untranslatable", "$TIME_FRAME_START"),
    ]
    assert refused(text, start="2026-03-01") == [("untranslatable", "JSON")]


def test_a_star_that_stands_for_what_cannot_be_said_is_underlined() -> None:
    assert refused("SELECT * FROM useraction", layout="flat") == [("untranslatable", "*")]


def test_a_column_of_a_foreign_type_is_refused_where_it_is_read() -> None:
    schema = pa.schema([("userSessionId", pa.string()), ("duration", pa.string())])
    assert refused("SELECT duration FROM usersession", schema=schema) == [
        ("untranslatable", "duration")
    ]
    usql.translate("SELECT userSessionId FROM usersession", schema=schema)


def test_the_comment_holds_the_query_and_what_is_taken_for_granted() -> None:
    made = usql.translate("SELECT city -- where\nFROM usersession", to="duckdb", profile="offline")
    head = made.sql.partition("SELECT\n")[0]
    assert all(line.startswith("--") for line in head.splitlines())
    assert "-- SELECT city -- where\n-- FROM usersession\n" in head
    assert "DuckDB" in head
    assert "sessionRow" not in head
    flat = usql.translate("SELECT YEAR(startTime) FROM usersession", layout="flat").sql
    assert "sessionRow" in flat
    assert "spark.sql.ansi.enabled = true" in flat


def test_notes_say_what_shaped_the_sql() -> None:
    (note,) = usql.translate("SELECT city FROM usersession").notes
    assert note.startswith("Rows that ORDER BY does not tell apart come in any order")
    text = 'SELECT COUNT(*) FROM usersession WHERE startTime > $NOW - DURATION("1d")'
    assert usql.translate(text, now=1000).notes == (
        "$NOW is 1000, in milliseconds, wherever the SQL runs.",
    )
    assert usql.translate(COUNT).notes == ()


def test_parameters_fill_placeholders() -> None:
    text = "SELECT COUNT(*) FROM usersession WHERE city = '${town}'"
    made = usql.translate(text, to="duckdb", parameters={"town": "o'neil"})
    assert "city = 'o''neil'" in made.sql


@pytest.mark.parametrize(
    ("source", "layout", "tables"),
    [
        ("lake.sessions", "nested", ["FROM lake.sessions"]),
        ("usersession", "flat", ["FROM usersession", "FROM useraction"]),
        ("lake.", "flat", ["FROM lake.usersession AS", "FROM lake.useraction AS"]),
        ("lake.usersession", "flat", ["FROM lake.usersession AS", "FROM lake.useraction AS"]),
        ("shop_", "flat", ["FROM shop_usersession AS", "FROM shop_useraction AS"]),
    ],
)
def test_the_source_names_the_tables(source: str, layout: Any, tables: list[str]) -> None:
    text = "SELECT COUNT(*) FROM usersession WHERE useraction.name = 'x'"
    made = usql.translate(text, source=source, layout=layout, to="duckdb").sql
    assert all(table in made for table in tables), made


def test_without_sqlglot_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        n
        for n in sys.modules
        if n.partition(".")[0] == "sqlglot" or n.startswith("usql.translation")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'usql-engine\[translate\]'"):
        usql.translate(COUNT)
