"""Files of other systems' tables are refused, wherever they are met: they hold more than the tables
do. What is read of the tables themselves: test_lakes.py."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import usql
from tests.unit.store.sources.test_files import LINKS, Write, line, store
from usql.errors import DataError

MARKS = {
    "Delta Lake": "_delta_log/00000000000000000000.json",
    "Iceberg": "metadata/v1.metadata.json",
    "Hudi": ".hoodie/hoodie.properties",
}


@pytest.fixture(params=MARKS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(write: Write, tmp_path: Path, kind: str) -> Path:
    write(f"lake/t/{MARKS[kind]}", "{}")
    write("lake/t/data/country=Spain/a.ndjson", line("a"))
    write("lake/b.ndjson", line("b"))
    return tmp_path / "lake" / "t"


def advice(kind: str, table: Path) -> str:
    """What is said of a file of the table."""
    what = f"^{re.escape(str(table))}: this is a table of {kind}, whose files hold rows that it no longer has; "
    if kind == "Hudi":
        return f"{what}write its rows to Parquet or NDJSON files with a program that reads its log$"
    return f"{what}name its folder, {re.escape(str(table))}, to have it read through its log$"


@pytest.mark.parametrize(
    "source",
    [
        "t/data", "t/data/country=Spain", "t/data/country=Spain/a.ndjson", "**/*.ndjson", "t/*/*/*",
        "t/data/country=*",
    ],
)  # fmt: skip
def test_wherever_files_of_them_are_met(table: Path, kind: str, source: str) -> None:
    for given in (str(table.parent / source), [table.parent / "b.ndjson", table.parent / source]):
        with pytest.raises(DataError, match=advice(kind, table)):
            usql.open(given)


@pytest.mark.parametrize("source", ["t", "", "*"])
def test_a_table_itself(table: Path, kind: str, source: str) -> None:
    """Is read by its log, which is none here."""
    told = (
        advice(kind, table)
        if kind == "Hudi"
        else f"^{re.escape(str(table))}: the table cannot be read"
    )
    with pytest.raises(DataError, match=told):
        usql.open(str(table.parent / source))


def test_the_log_itself(table: Path, kind: str) -> None:
    """A description of Iceberg is the table as it describes it."""
    told = "the table cannot be read" if kind == "Iceberg" else f"this is a table of {kind}"
    with pytest.raises(DataError, match=told):
        usql.open(table / MARKS[kind])


@LINKS
def test_through_links(table: Path, kind: str, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(table / "data")
    (tmp_path / "a.ndjson").symlink_to(table / "data" / "country=Spain" / "a.ndjson")
    for source in (tmp_path / "data", tmp_path / "a.ndjson"):
        with pytest.raises(DataError, match=f"this is a table of {kind}"):
            usql.open(source)


def test_an_empty_table(table: Path, kind: str) -> None:
    shutil.rmtree(table / "data")
    with pytest.raises(DataError, match=f"this is a table of {kind}|the table cannot be read"):
        usql.open(table)


def test_what_is_no_table(write: Write, tmp_path: Path) -> None:
    for name in ("metadata/a.json", "_delta_log", "b/x.metadata.json", "metadata.json"):
        write(f"x/{name}", line("a"))
    assert len(usql.open(tmp_path / "x")) == 3


def test_pieces_of_stores(tmp_path: Path) -> None:
    folder = store(tmp_path / "s" / "a.usqlstore", "a")
    shutil.copy(folder / "usersession.arrow", tmp_path / "c.arrow")
    for source in (
        folder / "usersession.arrow",
        str(folder / "*"),
        [folder, folder / "offsets.arrow"],
    ):
        with pytest.raises(
            DataError, match="a saved store is read whole; name its folder"
        ) as caught:
            usql.open(source)
        assert caught.value.source == str(folder)
