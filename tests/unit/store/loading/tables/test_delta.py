"""Tables of Delta Lake have the rows that the library for them reads."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder, write_deltalake

import usql
from tests.compare import equal
from tests.unit.store import tables_of_delta as by_hand
from tests.unit.store.loading.test_source import answers, table
from tests.unit.store.sources.test_files import Write, line
from usql.errors import DataError

SCHEMA = [by_hand.field("userSessionId"), by_hand.field("startTime", "long")]


def rows(*names: str, **columns: list[Any]) -> pa.Table:
    return pa.table({"userSessionId": [*names], "startTime": [*range(len(names))], **columns})


def ids(source: Any, **options: Any) -> list[str]:
    found = usql.open(source, **options).query("SELECT userSessionId FROM usersession LIMIT 5000")
    return [row[0] for row in found.rows()]


def by_library(folder: Path | DeltaTable) -> list[dict[str, Any]]:
    opened = folder if isinstance(folder, DeltaTable) else DeltaTable(str(folder))
    builder = QueryBuilder().register("t", opened)
    builder.execute("SET datafusion.execution.target_partitions = 1").read_all()
    return pa.table(builder.execute("SELECT * FROM t")).to_pylist()


def same(folder: Path) -> list[str]:
    """The identifiers, if the folder gives what the library reads of it."""
    expected = by_library(folder)
    names = [name for name in (expected[0] if expected else {}) if name != "userSessionId"]
    columns = ", ".join(["userSessionId", *names])
    for source in (folder, DeltaTable(str(folder)), [folder], f"file://{folder}"):
        found = usql.open(source).query(f"SELECT {columns} FROM usersession LIMIT 5000").rows()
        assert found == [[row["userSessionId"], *(row[name] for name in names)] for row in expected]
    return [row["userSessionId"] for row in expected]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "t"


def test_whole_sessions(folder: Path) -> None:
    write_deltalake(str(folder), table())
    assert equal(answers(folder), answers(table()))
    assert equal(answers(DeltaTable(str(folder))), answers(table()))


def test_what_was_appended_deleted_and_updated(folder: Path) -> None:
    write_deltalake(str(folder), rows("a", "b", "c", city=["x", "y", "z"]))
    write_deltalake(str(folder), rows("d", "e", city=["x", None]), mode="append")
    assert sorted(same(folder)) == [*"abcde"]
    opened = DeltaTable(str(folder))
    opened.delete("userSessionId = 'b'")
    assert sorted(same(folder)) == [*"acde"]
    opened.update(updates={"city": "'new'"}, predicate="userSessionId = 'd'")
    assert sorted(same(folder)) == [*"acde"]
    assert ["d", "new"] in usql.open(folder).query(
        "SELECT userSessionId, city FROM usersession"
    ).rows()
    write_deltalake(str(folder), rows("f", city=["q"]), mode="overwrite")
    assert same(folder) == ["f"]
    assert len([*folder.glob("*.parquet")]) > 1  # what is gone from the table lies there still


def test_versions_and_files_that_were_deleted(folder: Path) -> None:
    for name in "abc":
        write_deltalake(str(folder), rows(name), mode="overwrite")
    assert ids(DeltaTable(str(folder), version=1)) == ["b"]
    opened = DeltaTable(str(folder))
    opened.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    assert same(folder) == ["c"]
    with pytest.raises(DataError, match=r"the table cannot be read: .*not found"):
        usql.open(DeltaTable(str(folder), version=1))
    opened.create_checkpoint()
    for log in folder.glob("_delta_log/*.json"):
        if not log.name.endswith(f"{opened.version()}.json"):
            log.unlink()
    assert same(folder) == ["c"]


def test_columns_that_came_later(folder: Path) -> None:
    write_deltalake(str(folder), rows("a"))
    write_deltalake(
        str(folder), rows("b", city=["x"], later=[5]), mode="append", schema_mode="merge"
    )
    assert sorted(same(folder)) == ["a", "b"]
    found = usql.open(folder).query("SELECT later FROM usersession ORDER BY userSessionId").rows()
    assert found == [[None], [5]]


def test_partitions(folder: Path) -> None:
    made = rows("a", "b", "c", country=["Spain", None, "Costa Rica"], year=[2024, 2025, 2024])
    write_deltalake(str(folder), made, partition_by=["country", "year"])
    assert sorted(same(folder)) == ["a", "b", "c"]
    found = usql.open(folder).query("SELECT userSessionId, country, year FROM usersession").rows()
    assert sorted(found) == [["a", "Spain", 2024], ["b", None, 2025], ["c", "Costa Rica", 2024]]
    with pytest.raises(DataError, match="name its folder"):
        usql.open(folder / "country=Spain")


def test_an_empty_table(folder: Path) -> None:
    write_deltalake(str(folder), rows("a", city=["x"]).slice(0, 0))
    sessions = usql.open(folder)
    assert len(sessions) == 0
    assert sessions.notes == (f"1 file is empty: {folder}.",)


def test_deletion_vectors(folder: Path) -> None:
    by_hand.write_table(
        folder,
        {"a.parquet": rows(*"abcdef"), "b.parquet": rows(*"ghi")},
        SCHEMA,
        reader=3,
        features=("deletionVectors",),
        vectors={"a.parquet": by_hand.without([1, 4])},
    )
    assert sorted(same(folder)) == [*"acdfghi"]


@pytest.mark.parametrize(("reader", "features"), [(2, ()), (3, ("columnMapping",))])
def test_columns_that_were_renamed(folder: Path, reader: int, features: tuple[str, ...]) -> None:
    by_hand.write_table(
        folder,
        {"a.parquet": rows("a", "b").rename_columns(["col-1", "col-2"])},
        [by_hand.mapped(1, "userSessionId"), by_hand.mapped(2, "startTime", "long")],
        reader=reader,
        features=features,
        settings={"delta.columnMapping.mode": "name"},
    )
    assert same(folder) == ["a", "b"]


def test_a_table_of_a_kind_that_nobody_reads(folder: Path) -> None:
    made = {"a.parquet": rows("a")}
    by_hand.write_table(folder, made, SCHEMA, reader=3, features=("newerThanThis",))
    with pytest.raises(DataError, match="the table cannot be read") as caught:
        usql.open(folder)
    assert caught.value.source == str(folder)


# --- where the files are ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../outside.parquet", "/OUT/outside.parquet", "file:///OUT/outside.parquet", "s3://b/outside.parquet",
        "%2e%2e/outside.parquet", "x/../../outside.parquet", "..\\outside.parquet", ".\t./outside.parquet",
        " file:///OUT/outside.parquet", "http://127.0.0.1:1/outside.parquet", "%2fOUT/outside.parquet",
    ],
)  # fmt: skip
def test_files_elsewhere_are_not_read(folder: Path, tmp_path: Path, path: str) -> None:
    pq.write_table(rows("a"), tmp_path / "outside.parquet")
    named = path.replace("/OUT", str(tmp_path)).replace("%2fOUT", "%2f" + str(tmp_path)[1:])
    by_hand.write_table(folder, {named: None}, SCHEMA)
    for source in (folder, DeltaTable(str(folder))):
        with pytest.raises(
            DataError, match=r"the log of this table names a file elsewhere, .*, which is not read"
        ):
            usql.open(source)


@pytest.mark.parametrize(
    ("kind", "path"),
    [("p", "file:///OUT/x.bin"), ("p", "http://127.0.0.1:1/x.bin"), ("u", "../x/" + "a" * 20), ("u", "s3://b/" + "a" * 20)],
)  # fmt: skip
@pytest.mark.parametrize("is_checkpoint", [False, True])
def test_deletion_vectors_elsewhere_are_not_read(
    folder: Path, tmp_path: Path, kind: str, path: str, is_checkpoint: bool
) -> None:
    named = path.replace("/OUT", str(tmp_path))
    vector = {
        "storageType": kind,
        "pathOrInlineDv": named,
        "offset": 1,
        "sizeInBytes": 40,
        "cardinality": 1,
    }
    by_hand.write_table(
        folder, {"a.parquet": rows("a", "b")}, SCHEMA, reader=3, features=("deletionVectors",),
        vectors={"a.parquet": vector},
    )  # fmt: skip
    log = folder / "_delta_log" / f"{0:020}.json"
    if is_checkpoint:
        DeltaTable(str(folder)).create_checkpoint()
        log.unlink()
    else:
        log.write_text(log.read_text().replace("deletionVector", "deletion\\u0056ector"))
    with pytest.raises(
        DataError, match="the log of this table names a deletion vector elsewhere, "
    ):
        usql.open(folder)


def test_names_that_only_look_so(folder: Path) -> None:
    made = rows("a", "b", "c", city=["..", "a:b/c", "%2e."])
    write_deltalake(str(folder), made, partition_by=["city"])
    assert sorted(same(folder)) == ["a", "b", "c"]


def test_a_file_that_is_gone(folder: Path) -> None:
    by_hand.write_table(folder, {"gone.parquet": None}, SCHEMA)
    with pytest.raises(DataError, match=r"the table cannot be read: .*gone.parquet"):
        usql.open(folder)


# --- among other sources ----------------------------------------------------------------------------


def test_in_folders_and_lists(tmp_path: Path, write: Write) -> None:
    write_deltalake(str(tmp_path / "x" / "year=2024" / "t"), rows("t"))
    a = write("x/a.ndjson", line("a"))
    z = write("x/z.ndjson", line("z"))
    for source in (tmp_path / "x", str(tmp_path / "x" / "*"), str(tmp_path / "**")):
        sessions = usql.open(source)
        found = sessions.query("SELECT userSessionId, year FROM usersession").rows()
        assert found == [["a", None], ["t", "2024"], ["z", None]]
        assert sessions.notes == ()
    folder = tmp_path / "x" / "year=2024" / "t"
    sessions = usql.open([z, folder, a, folder])
    assert sessions.query("SELECT userSessionId FROM usersession").rows() == [["z"], ["t"], ["a"]]
    assert sessions.notes == (
        f"1 file or store was reached more than once and is read once: {folder}.",
    )


def test_repeated_sessions_and_bad_rows(folder: Path, write: Write) -> None:
    write_deltalake(
        str(folder),
        rows("a", "a", "b", duration=["5", "x", "7"]).set_column(1, "startTime", [[0, 0, 0]]),
    )
    with pytest.raises(DataError, match=r"row 1, duration"):
        usql.open(folder)
    sessions = usql.open(folder, on_error="skip")
    assert sessions.query("SELECT duration FROM usersession").rows() == [[5], [7]]
    assert f"1 row was left out: {folder}, row 1, duration" in sessions.notes[0]
    shutil.rmtree(folder)
    write_deltalake(str(folder), rows("a", "a").set_column(1, "startTime", [[0, 0]]))
    assert "1 of 2 sessions appeared before" in usql.open(folder).notes[0]
    assert ids(folder, duplicates="drop") == ["a"]


def test_many_files_in_the_order_of_the_log(folder: Path) -> None:
    for k in range(12):
        count = [5, 9000, 1][k % 3]
        write_deltalake(str(folder), rows(*(f"{k}-{i}" for i in range(count))), mode="append")
    expected = [row["userSessionId"] for row in by_library(folder)]
    found = usql.open(folder, threads=3).query(
        "SELECT userSessionId FROM usersession", profile="offline"
    )
    assert [row[0] for row in found.rows()] == expected


def test_rows_that_are_judged_by_all_that_they_have(folder: Path) -> None:
    """Some fields are asked for; rows without identifiers are sessions by others."""
    made = pa.table(
        {"userSessionId": ["a", None] * 9000, "city": ["x", "y"] * 9000, "more": [[1], []] * 9000}
    )
    write_deltalake(str(folder), made)
    result = usql.query("SELECT city, COUNT(*) FROM usersession GROUP BY city", folder)
    assert sorted(result.rows()) == [["x", 9000], ["y", 9000]]
    assert usql.query("SELECT COUNT(*) FROM usersession", folder).rows() == [[18000]]


def test_without_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand.write_table(folder, {"a.parquet": rows("a")}, SCHEMA)
    monkeypatch.setitem(sys.modules, "deltalake", None)
    monkeypatch.delitem(sys.modules, "usql.store.loading.tables.delta", raising=False)
    with pytest.raises(
        DataError,
        match=r"this is a table of Delta Lake; to read it, pip install 'usql-engine\[lakes\]'",
    ):
        usql.open(folder)
