"""The fast and the slow path of reading lines give the same columns."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

import usql
from tests.compare import equal
from tests.oracle.strategies import sessions
from tests.places import SESSIONS
from tests.reading import fast_path, opened, pieces_of, slow_path
from tests.rows import session_table
from tests.rows import sessions as with_actions
from tests.sampling import examples
from tests.unit.store.loading.test_source import answers
from usql.store.inputs.origin import Origin
from usql.store.loading.json import fast, ndjson
from usql.store.loading.sink import Sink


def both_ways(text: str) -> tuple[Any, Any]:
    """What the two ways make of a text: the answers to some questions, or the error."""

    def load() -> Any:
        with Sink("stop", None, None) as sink:
            import io

            ndjson.read_json(io.BytesIO(text.encode()), Origin("x"), sink)
            sink.flush()
            from usql.store.batches.encode import encode

            return answers(usql.Sessions(encode(sink.catalog, sink.batches)))

    quick = load()
    with slow_path():
        slow = load()
    return quick, slow


def test_the_ways_agree_on_the_export() -> None:
    fast, slow = both_ways(SESSIONS.read_text())
    assert equal(fast, slow)


def test_the_fast_way_takes_a_plain_export() -> None:
    with fast_path():
        assert len(usql.open(SESSIONS)) == 16


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sessions())
def test_the_ways_agree_on_generated_exports(data: list[dict[str, Any]]) -> None:
    fast, slow = both_ways("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data))
    assert equal(fast, slow)


@pytest.mark.parametrize(
    "line",
    [
        '{"errors": [], "future": "2026-01-01T00:00:00Z"}',
        '{"errors": [], "future": {"a": 1}}',
        '{"errors": [], "future": [{"a": 1}]}',
        '{"errors": [], "future": [1, 2]}',
        '{"errors": [], "future": []}',
        '{"city": "a", "future": 1.5}\n{"city": "b", "future": 2}',
        '{"city": "a", "future": "a"}\n{"city": "b", "future": 2}',
        '{"city": "a", "city": "b"}',
        '{"City": "a"}',
        '{"city": "a", "City": "b"}',
        '{"browserMajorVersion": 131}',
        '{"duration": "5"}',
        '{"duration": 5.0}',
        '{"bounce": "TRUE"}',
        '{"userActions": [null, {"name": "a"}]}',
        '{"city": "a", "userActions": null}',
        '{"stringProperties": {"a": "b"}}',
        '{"dateProperties": [{"key": "a", "value": 5}]}',
        '{"dateProperties": [{"key": "a", "value": null}]}',
        '{"city": "a"}{"city": "b"}',
        '{"city": "a", "tenantId": 5, "clientType": [1]}',
    ],
)
def test_the_ways_agree_on_oddities(line: str) -> None:
    fast, slow = both_ways(line + "\n")
    assert equal(fast, slow)
    assert sum(map(len, fast)) > 0


def test_pieces_end_at_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    text = b"".join(b'{"city": "%d"}\n' % i for i in range(2000)) + b'{"city": "last"}'
    path.write_bytes(text)
    watched = mock.patch.object(fast, "read_piece", wraps=fast.read_piece)
    with watched as read_piece:
        sessions = opened(path, pieces_of(100), threads=1)
    pieces = [call.args[1] for call in read_piece.call_args_list]
    assert b"".join(pieces) == text
    assert len(pieces) > 100
    assert all(p.endswith(b"\n") for p in pieces[:-1])
    rows = sessions.query("SELECT city FROM usersession", profile="offline").rows()
    assert rows == [*([str(i)] for i in range(2000)), ["last"]]


def test_line_numbers_count_over_pieces(tmp_path: Any) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"city": "a"}\n' * 500 + b"{\n")
    with pytest.raises(usql.DataError) as caught:
        opened(path, pieces_of(64))
    assert caught.value.line == 501


@pytest.mark.parametrize(
    ("marks", "count", "is_fast"),
    [("[", 490, True), ("[", 520, False), ("[" * 20, 100, True), ("[{" * 130 + "]", 1, True), ("[{" * 260, 1, False)],
)  # fmt: skip
def test_depth_is_measured_per_line(tmp_path: Path, marks: str, count: int, is_fast: bool) -> None:
    """Brackets in texts count, too: ``marks`` are in one line, or in each of ``count`` lines."""
    path = tmp_path / "a.ndjson"
    texts = [marks] * count if len(marks) > 1 else [marks * count, "{"]
    path.write_text("".join(json.dumps({"city": text}) + "\n" for text in texts))
    expected = [[text] for text in texts]
    found = usql.open(path).query("SELECT city FROM usersession", profile="offline").rows()
    assert found == expected
    with fast_path(), contextlib.nullcontext() if is_fast else pytest.raises(AssertionError):
        usql.open(path)


@pytest.mark.parametrize(
    "text", ["[" * 70 + "\n" + "[" * 30, '{"a": [[1]]}\n{"a": 1}\n[[', "[" * 100_000]
)
def test_brackets_that_do_not_end(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text(text)
    with pytest.raises(usql.DataError):
        usql.open(path)


def test_types_of_further_fields() -> None:
    rows: list[dict[str, Any]] = [
        {"n": 1, "d": 1, "t": "a", "b": True, "l": ["x"], "m": 5, "o": {"k": [1]}, "none": None},
        {"n": 2, "d": 2.5, "t": "b", "b": False, "l": [], "m": "five"},
    ]
    opened = usql.open(with_actions(rows))
    names = ["n", "d", "t", "b", "l", "m", "o"]
    found = opened.query(f"SELECT {', '.join(names)} FROM usersession").rows()
    assert found == [
        [1, 1.0, "a", True, ["x"], "5", '{"k": [1]}'],
        [2, 2.5, "b", False, [], "five", None],
    ]
    assert opened.catalog.table("usersession").get("none") is None


def test_types_of_further_fields_over_files() -> None:
    first, second = pa.table({"n": [1], "m": [1]}), pa.table({"n": [2.5], "m": ["x"]})
    assert usql.open([session_table(first), session_table(second)]).query(
        "SELECT n, m FROM usersession"
    ).rows() == [
        [1.0, "1"],
        [2.5, "x"],
    ]


def test_duplicate_property_keys_are_told() -> None:
    pairs = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    opened = usql.open([{"stringProperties": pairs}, {"stringProperties": pairs[:1]}])
    assert opened.query("SELECT stringProperties.a, stringProperties FROM usersession").rows()[
        0
    ] == ["1", pairs]
    assert opened.notes == (
        "1 rows of usersession have a key of stringProperties more than once; the first value answers.",
    )


def test_fields_that_differ_in_case_only() -> None:
    opened = usql.open([{"city": "a", "City": "b", "new": 1, "New": 2}])
    assert opened.query("SELECT city, City, CITY, new, New FROM usersession").rows() == [
        ["a", "b", "a", 1, 2]
    ]
    assert usql.open([{"City": "b"}]).query("SELECT city FROM usersession").rows() == [["b"]]
