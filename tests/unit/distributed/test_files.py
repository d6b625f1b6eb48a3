"""Parquet files as a data set."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.unit.distributed.agreement import same
from tests.unit.distributed.test_shards import QUESTIONS
from usql.distributed import files as module
from usql.distributed.files import Files
from usql.distributed.inline import Inline
from usql.distributed.sessions import DistributedSessions
from usql.errors import DataError
from usql.samples import generate
from usql.store import load
from usql.store.export.nested import nested_batches
from usql.store.export.write import write_batches

COUNT = "SELECT COUNT(*) FROM usersession"


def write(path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path, **options)
    return path


def at(start: int, **others: Any) -> dict[str, Any]:
    return {"userSessionId": f"s{start}", "startTime": start, "endTime": start + 10, **others}


def asked(source: Path) -> DistributedSessions:
    return DistributedSessions(Files(source), Inline())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    for number in range(4):
        write_batches(made / f"{number}.parquet", nested_batches(load(generate(30, number)), 7))
    return made


@pytest.fixture(scope="module")
def whole(folder: Path) -> usql.Sessions:
    return usql.open(folder)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of each row group."""
    monkeypatch.setattr(module, "_PART_SIZE", 1)


@pytest.mark.filterwarnings("ignore::usql.LimitWarning")
@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("is_small", [True, False])
def test_files_answer_as_one_load(
    monkeypatch: pytest.MonkeyPatch, folder: Path, whole: usql.Sessions, text: str, is_small: bool
) -> None:
    if is_small:
        monkeypatch.setattr(module, "_PART_SIZE", 1)
    sessions = asked(folder)
    assert len(sessions._dataset.parts) == (20 if is_small else 4)
    same(sessions.query(text), whole.query(text))
    assert len(sessions) == 120
    assert sessions._dataset.span == whole.span
    assert sessions.catalog == whole.catalog


def test_nothing_is_read_to_open_them(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("rows are read")

    monkeypatch.setattr(module, "load", refuse)
    dataset = Files(folder)
    assert dataset.catalog.table("usersession").get("city") is not None
    assert dataset.span[0] < dataset.span[1]
    assert dataset.sessions == 120


def test_a_type_per_part_gives_way_to_the_type_of_all(tmp_path: Path) -> None:
    """A field that is whole in two files and has fractions in one; one that is text in one of them."""
    write(tmp_path / "a.parquet", [at(1, x=1, y=1), at(2, x=2, y=2)])
    write(tmp_path / "b.parquet", [at(3, x=1.25, y="one")])
    write(tmp_path / "c.parquet", [at(4, x=1, y=3)])
    sessions, whole = asked(tmp_path), usql.open(tmp_path)
    for text in (
        f"{COUNT} WHERE x > 1.5",
        "SELECT CONDITION(COUNT(*), WHERE x > 1.5), SUM(x) FROM usersession",
        "SELECT y, COUNT(*) FROM usersession GROUP BY y",
        f'{COUNT} WHERE y = "2"',
        "SELECT y, x FROM usersession ORDER BY startTime",
    ):
        same(sessions.query(text), whole.query(text))
    assert sessions.query(f"{COUNT} WHERE x > 1.5").rows() == [[1]]
    assert sessions.catalog == whole.catalog


def test_a_column_without_values_has_no_say(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [at(1, x=1)])
    table = pa.table(
        {"startTime": [5], "x": pa.nulls(1, pa.string()), "z": pa.nulls(1, pa.string())}
    )
    pq.write_table(table, tmp_path / "b.parquet")
    assert asked(tmp_path).catalog == usql.open(tmp_path).catalog
    assert asked(tmp_path).query("SELECT SUM(x) FROM usersession").rows() == [[1]]


def test_fields_of_folders(tmp_path: Path) -> None:
    for country in ("Spain", "Austria"):
        (tmp_path / f"country={country}" / "shop=1").mkdir(parents=True)
        write(tmp_path / f"country={country}" / "shop=1" / "a.parquet", [at(1), at(2)])
    text = "SELECT country, shop, COUNT(*) FROM usersession GROUP BY country, shop"
    same(asked(tmp_path).query(text), usql.open(tmp_path).query(text))
    assert asked(tmp_path).catalog == usql.open(tmp_path).catalog


@pytest.mark.usefixtures("small_parts")
def test_row_groups_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", [at(n) for n in range(0, 120, 10)], row_group_size=3)
    sessions = asked(path)
    assert "parts: 1 of 4 read" in sessions.explain(COUNT, end=30)
    assert sessions.query(COUNT, start=95).rows() == usql.open(path).query(COUNT, start=95).rows()
    assert "parts: 2 of 4 read" in sessions.explain(COUNT, start=65)
    assert "parts: 1 of 4 read" in sessions.explain(f"{COUNT} WHERE startTime >= 90")
    assert sessions.query(f"{COUNT} WHERE startTime >= 90").rows() == [[3]]


def test_times_that_no_footer_tells_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", [at(5), at(1)], write_statistics=False)
    assert Files(path).span == (1, 16)
    assert asked(path).query(COUNT, start=12).rows() == [[1]]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("tells", [True, False])
def test_the_span_is_that_of_one_load(tmp_path: Path, tells: bool) -> None:
    write(tmp_path / "a.parquet", [at(1000), at(2000)], write_statistics=tells)
    late = {"userSessionId": "late", "startTime": None, "endTime": 90_000}
    schema = pa.schema([(name, pa.int64()) for name in ("startTime", "endTime")])
    table = pa.Table.from_pylist([late], schema.insert(0, pa.field("userSessionId", pa.string())))
    pq.write_table(table, tmp_path / "b.parquet", write_statistics=tells)
    assert asked(tmp_path).span == usql.open(tmp_path).span == (1000, 90_001)
    assert asked(tmp_path / "b.parquet").span == (0, 0)


def read_by(monkeypatch: pytest.MonkeyPatch, sessions: DistributedSessions, text: str) -> set[str]:
    """Which of the fields that identify sessions a query reads."""
    seen: list[Any] = []

    def noted(*given: Any, **options: Any) -> Any:
        seen.append(options["fields"])
        return load(*given, **options)

    monkeypatch.setattr(module, "load", noted)
    sessions.query(text)
    return {
        name
        for fields in seen
        for name in ("userSessionId", "partNumber", "startTime")
        if fields.reads("usersession", name)
    }


def test_what_identifies_sessions_is_read_where_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = asked(write(tmp_path / "a.parquet", [at(1, city="x"), at(2, city=None)]))
    every = {"userSessionId", "partNumber", "startTime"}
    groups = "SELECT city, COUNT(*) FROM usersession GROUP BY city"
    assert read_by(monkeypatch, sessions, groups) == {"startTime"}
    assert read_by(monkeypatch, sessions, "SELECT city FROM usersession") == every
    assert sessions.query("SELECT COUNT(DISTINCT userSessionId) FROM usersession").rows() == [[2]]
    rows = [{"userSessionId": "a", "startTime": None, "city": None}, at(5, city="x")]
    gaps = asked(write(tmp_path / "b.parquet", rows))
    assert read_by(monkeypatch, gaps, groups) == every
    assert gaps.query(groups).rows() == [["x", 1], [None, 1]]


def test_bad_rows_are_told_by_their_number(tmp_path: Path) -> None:
    rows = [at(1), at(2), at(3) | {"userType": "nobody"}, at(4)]
    for row in rows:
        row["bounce"] = "yes" if row["startTime"] == 3 else "true"
    path = write(tmp_path / "a.parquet", rows, row_group_size=1)
    with pytest.raises(DataError) as whole:
        usql.open(path)
    with pytest.raises(DataError) as raised:
        asked(path).query("SELECT COUNT(bounce) FROM usersession")
    assert str(raised.value) == str(whole.value)
    assert "row 2" in str(raised.value)


def test_a_file_that_changed_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", [at(1)])
    sessions = asked(path)
    write(path, [at(1), at(2), at(3)])
    with pytest.raises(DataError, match="the file is gone, or changed since"):
        sessions.query("SELECT COUNT(startTime) FROM usersession")
    path.unlink()
    with pytest.raises(DataError, match="the file is gone, or changed since"):
        sessions.query("SELECT COUNT(startTime) FROM usersession")


def test_other_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"startTime": 1}\n')
    with pytest.raises(DataError, match=r"a\.ndjson: the file is not Parquet; usql shard makes"):
        Files(tmp_path / "a.ndjson")
    with pytest.raises(DataError, match="no such file"):
        Files(tmp_path / "none")
    usql.sample(3).save(tmp_path / "s.usqlstore")
    with pytest.raises(
        DataError, match=r"s\.usqlstore: usql\.open opens a saved store, and usql shard"
    ):
        Files(tmp_path / "s.usqlstore")
    (tmp_path / "sets").mkdir()
    usql.shard(generate(3, 1), tmp_path / "sets" / "x.usqlshards")
    with pytest.raises(
        DataError, match=r"x\.usqlshards: shards are opened alone: give the path of"
    ):
        Files(tmp_path / "sets")
    (tmp_path / "delta" / "_delta_log").mkdir(parents=True)
    with pytest.raises(
        DataError, match="delta: it is not a Parquet file on this machine; usql shard"
    ):
        Files(tmp_path / "delta")


def test_a_part_pickles_to_little(folder: Path) -> None:
    part = Files(folder).parts[0]
    assert pickle.loads(pickle.dumps(part)) == part
    assert len(pickle.dumps(part)) < 600
