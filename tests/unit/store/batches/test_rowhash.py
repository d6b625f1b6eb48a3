"""Numbers of rows: one for equal rows, however they lie, and others for others."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.strategies import sessions
from tests.places import ROOT
from usql.samples import generate
from usql.store import load, save
from usql.store.batches.flat import FlatTable
from usql.store.batches.parts import chosen
from usql.store.batches.rowhash import U64, content_hashes, key_hashes
from usql.store.loading.sink import Sink
from usql.store.loading.source import read
from usql.store.saved.folder import open_folder

Row = dict[str, Any]


def numbers(source: Any, step: int = 1 << 30) -> tuple[U64, U64]:
    """Of a source as it is read, in batches of so many rows."""
    with Sink("stop", None, None) as sink:
        for at in range(0, len(source), step):
            read([source[at : at + step]], sink)
        found = [(key_hashes(b), content_hashes(b)) for b in sink.batches]
    keys, contents = zip(*found, strict=True)
    return np.concatenate(keys), np.concatenate(contents)


def content(row: Row) -> int:
    return int(numbers([row])[1][0])


def of_cities(texts: pa.Array) -> U64:
    """Of sessions of which each has nothing but a city."""
    return content_hashes({"usersession": FlatTable(len(texts), {"city": texts})})


def test_numbers_are_the_same_everywhere() -> None:
    """A saved store is compared with what later versions read: a change of these numbers needs
    another version of stores."""
    row = {
        "userSessionId": "SÄ1", "startTime": 1_700_000_000_000, "partNumber": 1, "bounce": True,
        "city": None, "duration": -5, "further": 1.5, "matchingConversionGoals": ["a", None, "b"],
        "stringProperties": [{"key": "k", "value": "v"}, {"key": "k", "value": None}],
        "userActions": [{"name": "a" * 17}, {}],
    }  # fmt: skip
    keys, contents = numbers([row])
    assert (hex(keys[0]), hex(contents[0])) == ("0xeab34d1fc5f625c1", "0x94ebcca641f69915")


def test_another_process_has_the_same_numbers() -> None:
    script = (
        "from usql.samples import generate; from tests.unit.store.batches.test_rowhash import numbers; "
        "print([int(n.sum()) for n in numbers(generate(50, 1).to_pylist())])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert json.loads(done.stdout) == [int(n.sum()) for n in numbers(generate(50, 1).to_pylist())]


@settings(deadline=None)
@given(rows=sessions(), step=st.integers(1, 5))
def test_batches_and_stores_have_the_same_numbers(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], step: int
) -> None:
    if not rows:
        return
    keys, contents = numbers(rows)
    pieces = numbers(rows, step)
    np.testing.assert_array_equal(keys, pieces[0])
    np.testing.assert_array_equal(contents, pieces[1])
    folder = tmp_path_factory.mktemp("saved") / "s"
    save(load(rows), folder)
    saved = open_folder(folder).saved
    assert saved is not None
    np.testing.assert_array_equal(keys, saved.keys["key"])
    np.testing.assert_array_equal(contents, saved.keys["content"])


ROW: Row = {
    "userSessionId": "a", "startTime": 5, "city": "Linz", "duration": 3, "bounce": False,
    "further": 2, "matchingConversionGoals": ["x", "y"],
    "stringProperties": [{"key": "k", "value": "v"}, {"key": "l", "value": None}],
    "userActions": [{"name": "n", "duration": 1}, {"name": "m"}], "errors": [{"name": "n"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"city": "Linz\0"}, {"city": None}, {"city": "Lin"}, {"city": "zLin"}, {"country": "Linz"},
        {"city": "Linz" + "z" * 60}, {"duration": -3}, {"duration": 3 + 2**32}, {"bounce": True},
        {"bounce": None}, {"further": 2.5}, {"further": "2"}, {"further": True},
        {"matchingConversionGoals": ["y", "x"]}, {"matchingConversionGoals": ["x", "y", None]},
        {"matchingConversionGoals": ["x", "y", "y"]}, {"matchingConversionGoals": []},
        {"stringProperties": [{"key": "k", "value": "v"}, {"key": "l", "value": ""}]},
        {"stringProperties": [{"key": "l", "value": None}, {"key": "k", "value": "v"}]},
        {"stringProperties": [{"key": "v", "value": "k"}, {"key": "l", "value": None}]},
        {"userActions": [{"name": "m"}, {"name": "n", "duration": 1}]},
        {"userActions": [{"name": "n"}, {"name": "m", "duration": 1}]},
        {"userActions": [{"name": "n", "duration": 1}, {"name": "m"}, {}]},
        {"errors": [], "events": [{"name": "n"}]}, {"errors": [{"name": "n"}] * 2},
    ],
    ids=repr,
)  # fmt: skip
def test_other_rows_have_other_numbers(change: Row) -> None:
    assert content(ROW | change) != content(ROW)


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(ROW.items())), ROW | {"country": None, "events": [], "syntheticEvents": None},
        ROW | {"further": 2.0}, ROW | {"duration": "3"}, {("CITY" if k == "city" else k): v for k, v in ROW.items()},
        ROW | {"longProperties": []}, ROW | {"userActions": [dict(reversed(a.items())) for a in ROW["userActions"]]},
    ],
    ids=range(7),
)  # fmt: skip
def test_equal_rows_have_one_number(same: Row) -> None:
    assert content(same) == content(ROW)
    others = [{"city": f"c{i}", "duration": 2**40 + i} for i in range(300)]
    assert int(numbers([*others, same])[1][-1]) == content(ROW)


def test_minus_zero_is_zero() -> None:
    zeros: list[Row] = [
        {"further": 0.0},
        {"further": -0.0},
        {"further": 1e300},
        {"further": 2.0**63},
    ]
    found = numbers([{"city": "x"} | row for row in zeros])[1]
    assert found[0] == found[1]
    assert len(np.unique(found)) == 3


def test_no_two_of_many_texts_have_one_number() -> None:
    texts = [
        *map(str, range(200_000)),
        *("x" * n for n in range(300)),
        *("é" * n for n in range(1, 90)),
    ]
    found = of_cities(pa.array(texts))
    assert len(np.unique(found)) == len(texts)
    for kind in (pa.string(), pa.large_string()):
        part = pa.array(["", *texts], kind).slice(1)
        np.testing.assert_array_equal(of_cities(part), found)


def test_chosen_sessions_keep_their_numbers() -> None:
    with Sink("stop", None, None) as sink:
        read([generate(500, 1)], sink)
        (batch,) = sink.batches
    rows = np.array([0, 3, 4, 77, 499])
    np.testing.assert_array_equal(key_hashes(chosen(batch, rows)), key_hashes(batch)[rows])
    np.testing.assert_array_equal(content_hashes(chosen(batch, rows)), content_hashes(batch)[rows])


def test_no_key_is_zero_without_an_id() -> None:
    rows: list[Row] = [
        {"userSessionId": "a"},
        {"userSessionId": None, "city": "x"},
        {"userSessionId": ""},
    ]
    keys, _ = numbers(rows)
    assert (keys == 0).tolist() == [False, True, False]
    assert numbers([{"city": "x", "startTime": 1}])[0].tolist() == [0]
