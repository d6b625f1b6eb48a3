"""Tables of Iceberg have the rows that the library for them reads."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable, Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import LongType, StringType

import usql
from tests.compare import equal
from tests.unit.store import tables_of_iceberg as by_hand
from tests.unit.store.loading.tables.test_delta import ids, rows
from tests.unit.store.loading.test_source import answers, table
from tests.unit.store.sources.test_files import Write, line
from usql.errors import DataError


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqlCatalog]:
    made = SqlCatalog(
        "test", uri=f"sqlite:///{tmp_path / 'catalog.db'}", warehouse=f"file://{tmp_path}"
    )
    made.create_namespace("lake")
    yield made
    made.close()


def new(catalog: SqlCatalog, data: pa.Table) -> Table:
    made = catalog.create_table("lake.t", schema=data.schema)
    made.append(data)
    return made


def place(table: Table) -> Path:
    return Path(table.location().removeprefix("file://"))


def same(table: Table) -> list[str]:
    """The identifiers, if the table and its folder give what the library reads of it."""
    table.refresh()
    expected = table.scan().to_arrow().to_pylist()
    columns = ", ".join(table.schema().column_names)
    described = Path(table.metadata_location.removeprefix("file://"))
    for source in (place(table), table, described, [table], f"file://{place(table)}"):
        found = usql.open(source).query(f"SELECT {columns} FROM usersession LIMIT 5000").rows()
        assert found == [[*row.values()] for row in expected]
    return [row["userSessionId"] for row in expected]


def test_whole_sessions(catalog: SqlCatalog) -> None:
    names = ["userSessionId", "startTime", "userActions", "city", "stringProperties"]
    made = new(catalog, table().select(names))
    assert equal(answers(place(made)), answers(table().select(names)))


def test_what_was_appended_deleted_and_updated(catalog: SqlCatalog) -> None:
    made = new(catalog, rows("a", "b", "c", city=["x", "y", "z"]))
    made.append(rows("d", "e", city=["x", None]))
    assert sorted(same(made)) == [*"abcde"]
    made.delete("userSessionId = 'b'")
    assert sorted(same(made)) == [*"acde"]
    made.overwrite(rows("d", city=["new"]), "userSessionId = 'd'")
    assert sorted(same(made)) == [*"acde"]
    made.overwrite(rows("f", city=["q"]))
    assert same(made) == ["f"]
    assert (
        len([*place(made).glob("data/*.parquet")]) > 1
    )  # what is gone from the table lies there still


def test_columns_that_came_later_or_were_renamed(catalog: SqlCatalog) -> None:
    made = new(catalog, rows("a", city=["x"], old=[1]))
    with made.update_schema() as update:
        update.rename_column("city", "country")
        update.delete_column("old")
        update.add_column("later", LongType())
    with made.update_schema() as update:
        update.add_column("city", StringType())
        update.add_column("old", StringType())
    made.append(
        pa.table(
            {
                "userSessionId": ["b"],
                "startTime": [1],
                "country": ["y"],
                "city": ["z"],
                "later": [5],
                "old": ["o"],
            }
        )
    )
    assert sorted(same(made)) == ["a", "b"]
    found = (
        usql.open(made)
        .query("SELECT country, city, later, old FROM usersession ORDER BY userSessionId")
        .rows()
    )
    assert found == [["x", None, None, None], ["y", "z", 5, "o"]]


def test_partitions(catalog: SqlCatalog) -> None:
    data = rows("a", "b", "c", country=["Spain", None, "Costa Rica"])
    made = catalog.create_table("lake.t", schema=data.schema)
    with made.update_spec() as update:
        update.add_field("country", IdentityTransform(), "country")
    made.append(data)
    assert sorted(same(made)) == ["a", "b", "c"]
    with pytest.raises(DataError, match="name its folder"):
        usql.open(place(made) / "data")


def test_an_empty_table(catalog: SqlCatalog) -> None:
    made = catalog.create_table("lake.t", schema=rows("a").schema)
    assert same(made) == []


def test_rows_that_delete_files_name_by_their_places(catalog: SqlCatalog) -> None:
    made = new(catalog, rows("a", "b", "c", "d"))
    made.append(rows("e", "f"))
    first, second = sorted(
        (task.file.file_path for task in made.scan().plan_files()),
        key=lambda path: -pq.read_metadata(by_hand.local(path)).num_rows,
    )
    described = by_hand.delete_rows(made, {first: [0, 2], second: [1]})
    expected = (
        StaticTable.from_metadata(str(described)).scan().to_arrow()["userSessionId"].to_pylist()
    )
    assert sorted(expected) == ["b", "d", "e"]
    for source in (described, place(made), StaticTable.from_metadata(str(described))):
        assert ids(source) == expected


def test_rows_that_delete_files_name_by_their_values(catalog: SqlCatalog) -> None:
    """Are refused, as long as the library does not read such files."""
    made = new(catalog, rows("a", "b"))
    by_hand.delete_equal(made, pa.table({"userSessionId": ["a"]}), [1])
    with pytest.raises(DataError, match=r"the table cannot be read: .*equality deletes"):
        usql.open(place(made))


# --- descriptions -----------------------------------------------------------------------------------


def described(made: Table, version: int) -> Path:
    """The description of this version."""
    (found,) = place(made).glob(f"metadata/{version:05}-*.metadata.json")
    return found


def test_the_highest_version_counts(catalog: SqlCatalog) -> None:
    made = new(catalog, rows("a"))
    made.append(rows("b"))
    assert [p.name[:5] for p in sorted(place(made).glob("metadata/*.json"))] == [
        "00000",
        "00001",
        "00002",
    ]
    assert sorted(ids(place(made))) == ["a", "b"]
    assert ids(described(made, 1)) == ["a"]
    assert ids(str(described(made, 0))) == []
    described(made, 2).rename(place(made) / "metadata" / "v10.metadata.json")
    assert sorted(ids(place(made))) == ["a", "b"]


def test_several_of_the_highest_version(catalog: SqlCatalog) -> None:
    made = new(catalog, rows("a"))
    newest = described(made, 1)
    other = newest.with_name("00001-other.metadata.json")
    shutil.copy(described(made, 0), other)
    with pytest.raises(
        DataError, match="there are 2 metadata files of version 1 of this table; name the one"
    ) as caught:
        usql.open(place(made))
    assert str(other) in caught.value.reason
    assert (ids(newest), ids(other)) == (["a"], [])


@pytest.mark.parametrize("hint", ["1", "v1", "v1.metadata.json", "1\n"])
def test_the_hint(catalog: SqlCatalog, hint: str) -> None:
    made = new(catalog, rows("a"))
    made.append(rows("b"))
    shutil.copy(described(made, 1), place(made) / "metadata" / "v1.metadata.json")
    (place(made) / "metadata" / "version-hint.text").write_text(hint)
    assert ids(place(made)) == ["a"]


@pytest.mark.parametrize("hint", ["7", "", "../../x.metadata.json", "a" * 5000])
def test_a_hint_at_nothing(catalog: SqlCatalog, hint: str) -> None:
    made = new(catalog, rows("a"))
    (place(made) / "metadata" / "version-hint.text").write_text(hint)
    with pytest.raises(DataError, match=r"its version-hint.text names .*, which does not exist"):
        usql.open(place(made))


# --- where the files are ----------------------------------------------------------------------------


def test_a_table_that_was_moved(catalog: SqlCatalog, tmp_path: Path) -> None:
    """Its manifests name the files where they were, which are not looked at."""
    made = new(catalog, rows("a"))
    shutil.copytree(place(made), tmp_path / "copy")
    with pytest.raises(
        DataError, match=r"this table names a file elsewhere, file://.*, which is not read"
    ):
        usql.open(tmp_path / "copy")


def test_files_elsewhere_are_not_read(catalog: SqlCatalog, tmp_path: Path) -> None:
    pq.write_table(rows("outside"), tmp_path / "outside.parquet")
    made = new(catalog, rows("a"))
    made.add_files([f"file://{tmp_path / 'outside.parquet'}"])
    assert len(made.scan().to_arrow()) == 2
    for source in (place(made), made):
        with pytest.raises(
            DataError, match=r"names a file elsewhere, .*outside.parquet, which is not read"
        ):
            usql.open(source)


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:1/a.avro", "s3://b/a.avro", "/OUT/a.avro", "file:///OUT/t/../a.avro", "file:///OUT/lake/t/metadata/../../../a"],
)  # fmt: skip
def test_a_description_that_names_manifests_elsewhere(
    catalog: SqlCatalog, tmp_path: Path, location: str
) -> None:
    made = new(catalog, rows("a"))
    newest = described(made, 1)
    text = json.loads(newest.read_text())
    text["snapshots"][-1]["manifest-list"] = location.replace("/OUT", str(tmp_path))
    newest.write_text(json.dumps(text))
    with pytest.raises(
        DataError, match=r"this table names a file elsewhere, .*, which is not read"
    ):
        usql.open(place(made))


def test_settings_of_a_description_choose_no_code(
    catalog: SqlCatalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would import what they name."""
    (tmp_path / "chosen.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    made = new(catalog, rows("a"))
    text = json.loads(described(made, 1).read_text())
    text["properties"] = {"py-io-impl": "chosen.IO", "s3.endpoint": "http://127.0.0.1:1"}
    described(made, 1).write_text(json.dumps(text))
    assert ids(place(made)) == ["a"]
    assert "chosen" not in sys.modules


# --- among other sources ----------------------------------------------------------------------------


def test_in_folders_and_lists(catalog: SqlCatalog, tmp_path: Path, write: Write) -> None:
    made = new(catalog, rows("t"))
    z = write("lake/z.ndjson", line("z"))
    assert ids(tmp_path / "lake") == ["t", "z"]
    assert ids([z, made, str(tmp_path / "lake" / "*")]) == ["z", "t", "t"]


def test_some_fields(catalog: SqlCatalog) -> None:
    made = new(catalog, rows("a", "b", city=["x", "y"], further=[1, 2]))
    for source in (made, place(made)):
        assert usql.query(
            "SELECT city FROM usersession WHERE userSessionId = 'b'", source
        ).rows() == [["y"]]
        assert usql.query("SELECT further FROM usersession", source).rows() == [[1], [2]]


def test_a_broken_table(catalog: SqlCatalog) -> None:
    made = new(catalog, rows("a"))
    for path in place(made).glob("data/*.parquet"):
        path.unlink()
    with pytest.raises(DataError, match="the table cannot be read"):
        usql.open(place(made))
    described(made, 1).write_text("{")
    with pytest.raises(DataError, match="the table cannot be read"):
        usql.open(place(made))


def test_without_the_library(catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    made = new(catalog, rows("a"))
    folder = place(made)
    for name in [*sys.modules]:
        if name.partition(".")[0] == "pyiceberg":
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "usql.store.loading.tables.iceberg", raising=False)
    with pytest.raises(
        DataError,
        match=r"this is a table of Iceberg; to read it, pip install 'usql-engine\[lakes\]'",
    ):
        usql.open(folder)
