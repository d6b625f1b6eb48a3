"""The fast and the precise way of reading lines give the same columns."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

import usql
from tests.compare import equal
from tests.oracle.strategies import sessions
from tests.places import SESSIONS
from tests.rows import session_table
from tests.rows import sessions as with_actions
from tests.unit.store.loading.test_source import answers
from usql.store.bad_data import NeedsPrecise
from usql.store.inputs.origin import Origin
from usql.store.loading.json import ndjson
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

    fast = load()
    with mock.patch.object(ndjson, "_fast", side_effect=NeedsPrecise):
        precise = load()
    return fast, precise


def test_the_ways_agree_on_the_export() -> None:
    fast, precise = both_ways(SESSIONS.read_text())
    assert equal(fast, precise)


def test_the_fast_way_takes_a_plain_export() -> None:
    with mock.patch.object(ndjson, "_precise", side_effect=AssertionError):
        assert len(usql.open(SESSIONS)) == 16


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sessions())
def test_the_ways_agree_on_generated_exports(data: list[dict[str, Any]]) -> None:
    fast, precise = both_ways("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data))
    assert equal(fast, precise)


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
    fast, precise = both_ways(line + "\n")
    assert equal(fast, precise)
    assert sum(map(len, fast)) > 0


def test_pieces_end_at_lines() -> None:
    import io

    text = b"".join(b'{"city": "%d"}\n' % i for i in range(2000)) + b'{"city": "last"}'
    with mock.patch.object(ndjson, "PIECE", 100):
        head = text[:100]
        sink = Sink("stop", None, None)
        pieces = list(ndjson._pieces([head], io.BytesIO(text[100:]), Origin("x"), sink))
    assert b"".join(pieces) == text
    assert all(p.endswith(b"\n") for p in pieces[:-1])


def test_line_numbers_count_over_pieces(tmp_path: Any) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"city": "a"}\n' * 500 + b"{\n")
    with mock.patch.object(ndjson, "PIECE", 64), pytest.raises(usql.DataError) as caught:
        usql.open(path)
    assert caught.value.line == 501


def test_depth_is_measured_per_line() -> None:
    assert ndjson._deepest(b'{"a": [[1]]}\n{"a": 1}\n') == 3
    assert ndjson._deepest(b"") == 0
    assert ndjson._deepest(b"[" * 70 + b"\n" + b"[" * 30) == 70


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
