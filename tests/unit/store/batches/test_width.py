"""Ever new names: time and memory in proportion to the text, and an end at the limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from usql.catalog import default_catalog
from usql.store import load
from usql.store.batches.flat import from_objects
from usql.store.batches.width import Names, Width
from usql.store.loading.json.layout import is_wide

LIMIT = 20_000_000


def lines(path: Path, rows: int, *, nested: bool = False, per: int = 5) -> Path:
    with path.open("w") as file:
        for i in range(rows):
            new = {f"k{i * per + j}": j for j in range(per)}
            row: dict[str, Any] = {"userSessionId": str(i), **({"meta": new} if nested else new)}
            file.write(json.dumps(row) + "\n")
    return path


def test_ever_new_fields_are_refused_at_the_limit(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.ndjson", 3000)
    with pytest.raises(usql.DataError, match="more than the memory limit of 20 MB"):
        load(path, memory_limit=LIMIT)
    assert load(lines(tmp_path / "b.ndjson", 300), memory_limit=LIMIT).sessions == 300


def test_ever_new_members_of_an_object_take_no_more_than_their_text(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.ndjson", 6000, nested=True)
    before = pa.system_memory_pool().max_memory()
    assert load(path, memory_limit=LIMIT).sessions == 6000
    assert pa.system_memory_pool().max_memory() <= max(before, 100_000_000)


def test_ever_new_names_in_children(tmp_path: Path) -> None:
    rows = [{"userActions": [{f"k{i * 5 + j}": j} for j in range(5)]} for i in range(1500)]
    path = tmp_path / "a.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(usql.DataError, match="more than the memory limit of 20 MB"):
        load(path, memory_limit=LIMIT)


def test_members_of_wide_structs_are_looked_at_a_few_rows_at_a_time(tmp_path: Path) -> None:
    rows = [{"userSessionId": str(i), "meta": {f"k{i}": i}} for i in range(1000)]
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "a.parquet")
    for source in (table, tmp_path / "a.parquet"):
        found = usql.open(source).query("SELECT meta FROM usersession LIMIT 3").rows()
        assert found == [['{"k0": 0}'], ['{"k1": 1}'], ['{"k2": 2}']]


def test_a_wide_text_is_told_by_its_names() -> None:
    few = b'{"a": "x\\"y", "b": {"c": 1}}\n' * 10_000
    assert not is_wide(few)
    for name in ("k%d", ":%d", '%d\\\\\\"b', "\\\\u00e9%d"):
        text = "".join(f'{{"a": "x", "{name % i}": 1}}\n' for i in range(4000)).encode()
        assert is_wide(text)


def test_a_string_without_an_end_takes_no_time(tmp_path: Path) -> None:
    """Its characters can be divided in more ways than anybody could try."""
    text = b'{"city": "Linz", "further": 1}\n' * 1000 + b'{"city": "' + b"x" * 200
    assert not is_wide(text)
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"city": "' + b"x" * 20_000)
    with pytest.raises(usql.DataError, match="the text ends in the middle of a value"):
        usql.open(path)


def test_gaps_are_counted() -> None:
    width = Width()
    assert (width.gaps, width.is_too_sparse) == (0, False)
    for i in range(3):
        width.add(from_objects(default_catalog(), [{f"k{i}": 1}]))
    assert (width.fields, width.gaps) == (3, 12)


def test_rows_with_many_names_become_small_batches() -> None:
    names = Names()
    for i in range(2000):
        names.add({f"k{i * 5 + j}": 1 for j in range(5)})
        if names.are_many:
            break
    assert 100 < i < 400
    plain = Names()
    for _ in range(2000):
        plain.add({"city": "a", "userActions": [{"name": "x"}] * 5})
    assert not plain.are_many
