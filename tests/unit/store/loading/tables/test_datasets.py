"""Datasets of pyarrow."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import usql
from tests.compare import equal
from tests.unit.store.loading.tables.test_delta import ids, rows
from tests.unit.store.loading.test_source import answers, table
from usql.errors import DataError


def test_whole_sessions(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "a.parquet", row_group_size=3)
    expected = answers(table())
    assert equal(answers(ds.dataset(tmp_path / "a.parquet")), expected)
    assert equal(answers(ds.dataset(table())), expected)
    assert equal(answers([ds.dataset(table().slice(0, 6)), table().slice(6)]), expected)


def test_partitions_and_columns_that_some_files_lack(tmp_path: Path) -> None:
    for country, made in (("Spain", rows("a", "b")), ("Chile", rows("c", more=[5]))):
        (tmp_path / f"country={country}" / "year=2024").mkdir(parents=True)
        pq.write_table(made, tmp_path / f"country={country}" / "year=2024" / "x.parquet")
    schema = pa.schema({
        "userSessionId": pa.string(), "startTime": pa.int64(), "more": pa.int64(),
        "country": pa.string(), "year": pa.int32(),
    })  # fmt: skip
    dataset = ds.dataset(tmp_path, partitioning="hive", schema=schema)
    found = (
        usql.open(dataset)
        .query("SELECT userSessionId, country, year, more FROM usersession")
        .rows()
    )
    assert found == [
        [*row.values()]
        for row in dataset.to_table(["userSessionId", "country", "year", "more"]).to_pylist()
    ]
    assert usql.query("SELECT more FROM usersession WHERE country = 'Chile'", dataset).rows() == [
        [5]
    ]
    assert usql.query("SELECT COUNT(*) FROM usersession", dataset).rows() == [[3]]


def test_other_forms(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("userSessionId,startTime,city\na,5,Linz\n")
    (tmp_path / "a.json").write_text('{"userSessionId": "b", "startTime": 5}\n')
    assert ids(ds.dataset(tmp_path / "a.csv", format="csv")) == ["a"]
    assert ids(ds.dataset(tmp_path / "a.json", format="json")) == ["b"]
    one, other = (ds.dataset(rows(name)) for name in "cd")
    assert ids(ds.dataset([one, other])) == ["c", "d"]


def test_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(rows("a"), path)
    dataset = ds.dataset(path)
    path.unlink()
    with pytest.raises(DataError, match=r"^the dataset: the table cannot be read: .*No such file"):
        usql.open(dataset)
    with pytest.raises(DataError, match="row 1, duration"):
        usql.open(ds.dataset(rows("a", "b", duration=["1", "x"])))
    with pytest.raises(DataError, match="no session"):
        usql.open(ds.dataset(pa.table({"x": [1]})))
