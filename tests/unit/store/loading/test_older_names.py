"""Names of older exports stand for today's (LANGUAGE.md §3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.reading import fast_path, slow_path

OLD = {
    "userSessionId": "a",
    "geolocationContinentName": "Europe",
    "geolocationCountryName": "Spain",
    "geolocationRegionName": "Catalonia",
    "geolocationCityName": "Girona",
    "osFamilyName": "Linux",
    "osVersionName": "6",
    "browserTypeName": "Firefox 140",
    "browserFamilyName": "Firefox",
    "browserMajorVersionName": 140,
}
FIELDS = (
    "continent, country, region, city, osFamily, osVersion, browserType, browserFamily, "
    "browserMajorVersion"
)
TODAYS = ["Europe", "Spain", "Catalonia", "Girona", "Linux", "6", "Firefox 140", "Firefox", "140"]


def sources(rows: list[dict[str, Any]], folder: Path) -> list[Any]:
    """The rows in every kind of source."""
    (folder / "a.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "a.json").write_text(json.dumps(rows))
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, folder / "a.parquet")
    return [
        rows,
        table,
        table.to_pandas(),
        *(folder / f"a.{s}" for s in ("ndjson", "json", "parquet")),
    ]


def test_every_older_name_answers_as_todays(tmp_path: Path) -> None:
    for source in sources([OLD], tmp_path):
        sessions = usql.open(source)
        assert sessions.query(f"SELECT {FIELDS} FROM usersession").rows() == [TODAYS]
        assert not {f.name for f in sessions.catalog.table("usersession").fields} & OLD.keys() - {
            "userSessionId"
        }
        assert len(sessions.notes) == 1
        assert sessions.notes[0].startswith(
            "Fields with names of older exports were read: browserFamilyName as browserFamily, "
        )


def test_lines_with_older_names_are_read_fast(tmp_path: Path) -> None:
    with fast_path():
        usql.open(sources([OLD], tmp_path)[3])


def test_tags_are_properties(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"userSessionId": "a", "stringTags": {"tier": "gold", "my key": "x"}},
        {"userSessionId": "b", "stringTags": {"tier": "x"}},
    ]
    for source in sources(rows, tmp_path):
        sessions = usql.open(source)
        query = 'SELECT stringProperties.tier, stringProperties."my key" FROM usersession'
        assert sessions.query(query).rows() == [["gold", "x"], ["x", None]]
        keys = sessions.query("SELECT KEYS(stringProperties) FROM usersession").rows()
        assert [sorted(k[0]) for k in keys] == [["my key", "tier"], ["tier"]]
        assert sessions.notes == (
            "Fields with names of older exports were read: stringTags as stringProperties.",
        )


def test_todays_name_wins_where_a_row_has_both(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"userSessionId": "a", "country": "Spain", "geolocationCountryName": "Japan"},
        {"userSessionId": "b", "country": None, "geolocationCountryName": "Japan"},
        {"userSessionId": "c", "geolocationCountryName": None},
    ]
    for source in sources(rows, tmp_path):
        sessions = usql.open(source)
        query = "SELECT country FROM usersession"
        assert sessions.query(query).rows() == [["Spain"], ["Japan"], [None]]
        assert len(sessions.notes) == 1


def test_older_names_in_another_case(tmp_path: Path) -> None:
    rows = [{"userSessionId": "a", "GeolocationCityName": "Girona"}]
    for source in sources(rows, tmp_path):
        assert usql.open(source).query("SELECT city FROM usersession").rows() == [["Girona"]]


def test_older_names_belong_to_sessions_alone() -> None:
    sessions = usql.open([{"userSessionId": "a", "userActions": [{"osFamilyName": "x"}]}])
    assert sessions.query("SELECT osFamilyName FROM useraction").rows() == [["x"]]
    assert sessions.notes == ()


def test_names_that_only_nulls_have_are_not_told(tmp_path: Path) -> None:
    sessions = usql.open([{"userSessionId": "a", "osFamilyName": None}])
    assert sessions.notes == ()


@pytest.mark.parametrize("value", [5, True, "a"])
def test_values_under_older_names_are_judged_as_todays(value: Any) -> None:
    with pytest.raises(usql.DataError, match="stringTags: expected a list"):
        usql.open([{"userSessionId": "a", "stringTags": value}])


def test_the_ways_agree(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [OLD, {"userSessionId": "b", "city": "x"}, {**OLD, "city": "y"}]
    path = sources(rows, tmp_path)[3]
    fast = usql.open(path)
    with slow_path():
        slow = usql.open(path)
    query = "SELECT *, JSON FROM usersession"
    assert fast.query(query).rows() == slow.query(query).rows()
    assert fast.notes == slow.notes
