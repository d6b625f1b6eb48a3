"""Lists of lists, one for each child of a session, in every form of a result."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

import usql
from tests.unit.result.made import result
from usql.result import Result
from usql.result.terminal import plain_text
from usql.result.writing import write_result

NAMES = ["n1", "n2", "n3"]
GOALS = [["g1", "g2"], [], ["g3", None]]
KEYS = [[], ["k"], []]


@pytest.fixture(scope="module")
def found() -> Result:
    goals = "matchingConversionGoals"
    actions = [
        {"name": "n1", goals: ["g1", "g2"]},
        {"name": "n2", "stringProperties": [{"key": "k", "value": "v"}]},
        {"name": "n3", goals: ["g3", None]},
    ]
    data = usql.open([{"userSessionId": "a", "userActions": actions}, {"userSessionId": "b"}])
    return data.query(
        f"SELECT useraction.name AS n, useraction.{goals} AS g, KEYS(useraction.stringProperties) AS k,"
        " useraction.stringProperties AS p FROM usersession"
    )


def written(found: Result, form: str) -> bytes:
    out = io.BytesIO()
    write_result(found, out, form)
    return out.getvalue()


PAIRS = [[], [{"key": "k", "value": "v"}], []]
ROWS = [[NAMES, GOALS, KEYS, PAIRS], [[], [], [], []]]


def test_rows_and_responses(found: Result) -> None:
    assert found.rows() == ROWS
    assert found.to_table_response()["values"] == ROWS
    assert found.to_tree_response()["values"] == [
        list(column) for column in zip(*ROWS, strict=True)
    ]


def test_arrow_and_data_frames(found: Result) -> None:
    texts = pa.list_(pa.list_(pa.string()))
    table = found.to_arrow()
    assert table.schema.types[1:3] == [texts, texts]
    assert table["g"].to_pylist() == [GOALS, []]
    frame = found.to_pandas()
    assert [[*map(list, row)] for row in frame["g"]] == [GOALS, []]
    assert [[*map(list, row)] for row in frame["k"]] == [KEYS, []]
    polars = found.to_polars()
    assert polars["g"].to_list() == [GOALS, []]
    assert polars["p"].to_list() == [PAIRS, []]


def test_files(found: Result) -> None:
    rows = list(csv.reader(io.StringIO(written(found, "csv").decode(), newline="")))
    assert [[json.loads(cell) for cell in row] for row in rows[1:]] == ROWS
    assert json.loads(written(found, "json"))["rows"] == ROWS
    lines = [json.loads(line) for line in written(found, "ndjson").splitlines()]
    assert [list(line.values()) for line in lines] == ROWS
    assert ipc.open_stream(written(found, "arrow")).read_all()["g"].to_pylist() == [GOALS, []]
    assert pq.read_table(io.BytesIO(written(found, "parquet")))["g"].to_pylist() == [GOALS, []]


def test_people_read_them_alike(found: Result) -> None:
    line = "[n1, n2, n3]   [[g1, g2], [], [g3, ∅]]   [[], [k], []]   [[], [k: v], []]"
    assert line in plain_text(found, width=120)
    assert "<td>[[g1, g2], [], [g3, null]]</td>" in found._repr_html_()


def test_times_in_lists_of_lists_are_timestamps() -> None:
    found = result({"seen": [[[0, None], []], []]}, times=["seen"])
    moment = pa.timestamp("ms", tz="UTC")
    assert found.to_arrow().schema.types == [pa.list_(pa.list_(moment))]
    assert "[[1970-01-01 00:00:00.000, ∅], []]" in plain_text(found, width=120)
