"""What the columns hold, against plain Python over the values themselves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.unit.cli.test_cli import EXPORT
from usql.store import load
from usql.store.contents import Content, contents
from usql.store.tuning import StoreTuning
from usql.store.views import to_arrow

ODD = [
    {"userSessionId": "a", "duration": -5, "userExperienceScore": None, "tags": ["x", "y", "x"], "ratio": 0.5},
    {"userSessionId": "b", "duration": 10**18, "tags": [], "ratio": 2.5, "bounce": False},
    {"userSessionId": "c", "duration": 10**18, "tags": ["y"], "ip": "10.0.0.9", "bounce": True},
    {"userSessionId": "d", "ip": "9.0.0.1", "stringProperties": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}, {"key": "A b"}]},
    {"userSessionId": "e", "stringProperties": [{"key": "k", "value": "1"}], "userActions": [{"duration": 3}, {"duration": 3}]},
]  # fmt: skip


def by_name(source: Any) -> dict[str, Content]:
    return {f"{c.table}.{c.name}": c for one in contents(load(source)) for c in one.fields}


@pytest.mark.parametrize("source", [EXPORT, "sample", ODD], ids=["data", "sample", "odd"])
@pytest.mark.parametrize("chunk", [1 << 20, 7])
def test_against_plain_python(source: Any, chunk: int) -> None:
    if source == "sample":
        from usql.samples import generate

        source = generate(200, 3)
    store = load(source, tuning=StoreTuning(codes_counted_at_once=chunk))
    seen = 0
    for one in contents(store):
        data = store.tables[one.table.name]
        assert one.rows == data.rows
        for content in one.fields:
            if "." in content.name:
                continue  # a property
            cells = to_arrow(data.columns[content.name]).to_pylist()
            values = [v for v in cells if v is not None]
            if content.is_list:
                assert content.filled == sum(bool(cell) for cell in cells)
                values = [v for cell in cells for v in cell if v is not None]
            else:
                assert content.filled == len(values)
            counts = Counter(values)
            assert content.distinct == len(counts)
            assert content.rows == len(cells)
            if content.type.value != "ip":
                assert content.smallest == min(values, default=None)
                assert content.largest == max(values, default=None)
            assert [n for _, n in content.frequent] == [n for _, n in counts.most_common(3)]
            assert all(counts[value] == n for value, n in content.frequent)
            seen += 1
    assert seen >= 5


def test_kinds_of_fields() -> None:
    found = by_name(ODD)
    duration = found["usersession.duration"]
    assert (duration.filled, duration.distinct) == (3, 2)
    assert (duration.smallest, duration.largest) == (-5, 10**18)
    assert duration.frequent == ((10**18, 2), (-5, 1))
    tags = found["usersession.tags"]
    assert (tags.is_list, tags.filled, tags.distinct, tags.frequent) == (
        True,
        2,
        2,
        (("x", 2), ("y", 2)),
    )
    address = found["usersession.ip"]
    assert (address.smallest, address.largest) == ("9.0.0.1", "10.0.0.9")
    key = found["usersession.stringProperties.k"]  # of a key that is there twice the first answers
    assert (key.rows, key.filled, key.frequent) == (5, 2, (("1", 2),))
    empty = found['usersession.stringProperties."A b"']
    assert (empty.filled, empty.distinct, empty.smallest, empty.largest, empty.frequent) == (
        0,
        0,
        None,
        None,
        (),
    )
    assert found["useraction.duration"].frequent == ((3, 2),)
    assert found["usersession.bounce"].frequent == ((False, 1), (True, 1))


def test_properties_are_named_as_queries_name_them() -> None:
    sessions = usql.open(ODD)
    for one in sessions.contents():
        for content in one.fields:
            text = f"SELECT COUNT({content.name}), COUNT(*) FROM {one.table.name}"
            assert sessions.query(text).rows()[0][1] == one.rows


def test_a_saved_store_tells_the_same(tmp_path: Path) -> None:
    usql.open(EXPORT).save(tmp_path / "s.usqlstore")
    assert by_name(str(tmp_path / "s.usqlstore")) == by_name(EXPORT)
