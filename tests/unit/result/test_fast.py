"""Writing by columns gives what writing value by value gives."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import ipc

from tests.unit.result.generated import DOUBLES, results
from tests.unit.result.made import result
from tests.unit.result.slow import slow_csv, slow_ndjson, strict
from usql.formats import BINARY, FORMATS
from usql.result import Result
from usql.result.options import Options
from usql.result.texts.numbers import exact
from usql.result.values import BATCH
from usql.result.writing import write_result

PLAIN = Options()


def written(found: Result, form: str, options: Options = PLAIN) -> bytes:
    out = io.BytesIO()
    write_result(found, out, form, options=options)
    return out.getvalue()


@given(results())
def test_csv(found: Result) -> None:
    assert written(found, "csv") == slow_csv(found)


@given(results())
def test_guarded_csv(found: Result) -> None:
    assert written(found, "csv", Options(csv_safe=True)) == slow_csv(found, csv_safe=True)


@given(results())
def test_json(found: Result) -> None:
    lines = written(found, "ndjson").decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == slow_ndjson(found)
    assert json.loads(written(found, "json")) == {
        "columns": found.columns,
        "rows": strict(found.rows()),
    }


@given(results())
def test_responses(found: Result) -> None:
    table = found.to_table_response(explain=True)
    assert json.loads(written(found, "response")) == table
    keys = [c.role.value == "key" for c in found.schema]
    assert table["values"] == [
        ["null" if k and v is None else strict(v) for v, k in zip(row, keys, strict=True)]
        for row in found.rows()
    ]
    assert json.loads(written(found, "tree")) == found.to_tree_response(explain=True)


@given(st.lists(st.one_of(st.none(), DOUBLES)))
def test_doubles_are_written_as_python_writes_them(values: list[float | None]) -> None:
    shown = exact(pa.array(values, pa.float64())).to_pylist()
    assert shown == [None if v is None else repr(v) for v in values]


class Counting(io.RawIOBase):
    """A stream that keeps nothing but the sizes of what is written to it."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        size = memoryview(data).nbytes  # type: ignore[arg-type]
        self.sizes.append(size)
        return size


ROWS = 20 * BATCH


@pytest.fixture(scope="module")
def many() -> Result:
    return result({"n": list(range(ROWS)), "s": [f"text {n}" for n in range(ROWS)]})


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"tree", *BINARY}))
def test_no_more_than_a_batch_is_held(many: Result, form: str) -> None:
    """What is written at once is a batch, one of twenty."""
    stream = Counting()
    write_result(many, stream, form)  # type: ignore[arg-type]
    assert len(stream.sizes) >= ROWS / BATCH
    assert max(stream.sizes) <= sum(stream.sizes) / 18


def test_the_batches_of_binary_formats(many: Result) -> None:
    batches = list(ipc.open_stream(written(many, "arrow")))
    assert [len(b) for b in batches] == [65_536, 65_536, ROWS - 131_072]
    parquet = pq.ParquetFile(io.BytesIO(written(many, "parquet")))
    groups = [parquet.metadata.row_group(i).num_rows for i in range(parquet.num_row_groups)]
    assert groups == [131_072, ROWS - 131_072]
