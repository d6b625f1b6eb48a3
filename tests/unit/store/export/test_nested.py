"""What comes out of ``JSON`` and ``write`` otherwise than it came in: all that docs/DATA.md tells, and
nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import usql
from tests.places import SESSIONS
from usql.store.columns import Store
from usql.store.export.nested import nested_batches

NOT_QUERYABLE = ("tenantId", "clientType")


def out(sessions: usql.Sessions) -> str:
    """The first session as ``JSON`` has it."""
    text = sessions.query("SELECT JSON FROM usersession LIMIT 1").rows()[0][0]
    assert isinstance(text, str)
    return text


def test_an_export_comes_out_as_it_came_in(rows: list[dict[str, Any]]) -> None:
    """But for what cannot be queried, nulls and empty lists."""
    for row in rows:
        expected = {
            name: [{k: v for k, v in entry.items() if v is not None} for entry in value]
            if name in ("userActions", "events", "errors", "syntheticEvents")
            else value
            for name, value in row.items()
            if name not in NOT_QUERYABLE and value is not None and value != []
        }
        for action in expected.get("userActions", ()):
            for name in [n for n, v in action.items() if v == []]:
                del action[name]
        assert json.loads(out(usql.open([row]))) == expected
    texts = usql.open(SESSIONS).query("SELECT JSON FROM usersession").rows()
    assert len(texts) == len(rows)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # Members that are missing or empty, and what cannot be queried.
        ('{"city": null, "tenantId": "t"}', "{}"),
        ('{"matchingConversionGoals": [], "events": [], "userActions": []}', "{}"),
        ('{"stringProperties": [{"key": "a", "value": null, "x": null}]}',
         '{"stringProperties": [{"key": "a"}]}'),
        # Inside an object that no type holds nothing is left out.
        ('{"future": {"a": null, "b": []}}', '{"future": {"a": null, "b": []}}'),
        # Order, white space and escapes.
        ('{"zz":1,"city":"\\u00e9","aa":2,"country":"\\ud83d\\ude00"}',
         '{"country": "😀", "city": "é", "aa": 2, "zz": 1}'),
        ('{"stringProperties": [{"z": 1, "value": "v", "app": "a", "key": "k"}]}',
         '{"stringProperties": [{"key": "k", "value": "v", "app": "a", "z": 1}]}'),
        # Names.
        ('{"CITY": "Linz", "geolocationCountryName": "Austria"}',
         '{"country": "Austria", "city": "Linz"}'),
        # Values of a documented field are of its type.
        ('{"duration": "12", "userActionCount": 3.0, "browserMajorVersion": 131, "bounce": "TRUE"}',
         '{"duration": 12, "bounce": true, "userActionCount": 3, "browserMajorVersion": "131"}'),
        ('{"endTime": "1970-01-01T00:00:01Z"}', '{"endTime": 1000}'),
        ('{"doubleProperties": [{"key": "a", "value": 1E2}, {"key": "b", "value": 3}]}',
         '{"doubleProperties": [{"key": "a", "value": 100.0}, {"key": "b", "value": 3.0}]}'),
        ('{"stringProperties": {"tier": "gold"}}',
         '{"stringProperties": [{"key": "tier", "value": "gold"}]}'),
        # Dates of properties keep their form; a number is a whole one.
        ('{"dateProperties": [{"key": "a", "value": "2026-03-01"}, {"key": "b", "value": 1.0}]}',
         '{"dateProperties": [{"key": "a", "value": "2026-03-01"}, {"key": "b", "value": 1}]}'),
    ],
)  # fmt: skip
def test_what_differs(given: str, expected: str) -> None:
    row = {"userSessionId": "a", **json.loads(given)}
    wanted = '{"userSessionId": "a"' + (", " if expected != "{}" else "") + expected[1:]
    assert sorted(json.loads(out(usql.open([row])))) == sorted(json.loads(wanted))
    assert out(usql.open([row])) == wanted


def test_numbers_of_a_further_field_beside_fractions() -> None:
    rows = [{"userSessionId": "a", "future": 1}, {"userSessionId": "b", "future": 0.5}]
    assert out(usql.open(rows)) == '{"userSessionId": "a", "future": 1.0}'


def test_flags_that_were_derived_are_no_part(tmp_path: Path) -> None:
    row = {"userSessionId": "a", "userActions": [{"name": "n"}]}
    sessions = usql.open([row])
    assert sessions.query("SELECT isEntryAction FROM useraction").rows() == [[True]]
    assert json.loads(out(sessions)) == row


def test_batches_of_no_sessions_have_their_columns(tmp_path: Path) -> None:
    """Also of objects, and of properties with more than key and value."""
    pair = {"key": "k", "value": "v", "app": "A"}
    row = {"userSessionId": "a", "future": {"a": 1}, "stringProperties": [pair]}
    row["userActions"] = [{"name": "n", "inner": {"a": 1}}]
    store: Store = usql.open([row, {"userSessionId": "b"}])._store
    [batch] = nested_batches(store)
    assert [b.num_rows for b in nested_batches(store, 1)] == [1, 1]
    assert {b.schema for b in nested_batches(store, 1)} == {batch.schema}
    texts = usql.open([row, {"userSessionId": "b"}]).query("SELECT JSON FROM usersession").rows()
    assert [json.loads(text) for (text,) in texts] == [row, {"userSessionId": "b"}]
    nothing = usql.open(pa.table({"userSessionId": pa.array([], pa.string())}))
    nothing.write(tmp_path / "a.parquet")
    assert usql.open(tmp_path / "a.parquet").query("SELECT JSON FROM usersession").rows() == []
