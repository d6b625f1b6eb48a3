"""NDJSON of which some fields are read: the same as all of it, and not more than is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reading import picked_alone, slow_path
from usql.errors import DataError
from usql.store import Store, load
from usql.store.views import to_arrow

Write = Callable[[str, bytes | str], Path]

GOOD = '{"userSessionId": "a", "city": "Linz", "userActions": [{"name": "x", "duration": 5}]}'


def values(store: Store, field: str, table: str = "usersession") -> list[Any]:
    column = store.tables[table].columns.get(field)
    return [] if column is None else to_arrow(column).to_pylist()


def picked(path: Path, *fields: str) -> Store:
    """The store, of which nothing was read as a whole."""
    with picked_alone():
        return load(path, fields=fields)


def test_single_fields_are_picked(write: Write) -> None:
    path = write("a.ndjson", f"{GOOD}\n" * 3)
    store = picked(path, "city", "useraction.duration")
    assert values(store, "city") == ["Linz"] * 3
    assert values(store, "duration", "useraction") == [5] * 3
    assert values(store, "name", "useraction") == []
    assert values(store, "userSessionId") == ["a"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "\n\n{}\n  \n{}\n",
        " {}\r\n{} \r\n",
        "{}\n{}",
        '{"index": {"_id": "1"}}\n{}\n{"index": {}}\n{}\n',
        '{"_source": {}, "_id": "1"}\n{"_source": {}}\n',
    ],
)
def test_lines_are_picked_whatever_stands_around_their_sessions(write: Write, text: str) -> None:
    lines = text.replace("{}", GOOD).replace(f'{{"index": {GOOD}}}', '{"index": {}}')
    store = picked(write("a.ndjson", lines), "city")
    assert values(store, "city") == ["Linz", "Linz"]


@pytest.mark.parametrize(
    "line",
    [
        '{"userSessionId": "b", "CITY": "Wien"}',
        '{"userSessionId": "b", "c\\u0069ty": "Wien"}',
        '{"userSessionId": "b", "geolocationCityName": "Wien"}',
        '{"userSessionId": "b", "GeolocationCityName": "Wien"}',
        '{"userSessionId": "b", "geolocationCityName": "Rome", "city": "Wien"}',
        '{"userSessionId": "b", "city": "Rome", "city": "Wien"}',
        '{"userSessionId": "b", "city": "Wien", "CITY": "Rome"}',
        '{"city": "Wien", "UserSessionId": "b"}',
        '{"_source": {"city": "Wien"}}',
        '{"sessions": [{"city": "Wien"}]}',
        '{"columnNames": ["city"], "values": [["Wien"]]}',
        '{"city": "Wien"} ',
    ],
)
def test_other_names_and_wrappings_are_seen(write: Write, line: str) -> None:
    path = write("a.ndjson", f"{GOOD}\n{line}\n")
    assert values(load(path, fields=["city"]), "city") == ["Linz", "Wien"]


def test_two_sessions_in_a_line(write: Write) -> None:
    path = write("a.ndjson", f"{GOOD} {GOOD}\n{GOOD}\n")
    assert values(load(path, fields=["city"]), "city") == ["Linz"] * 3


@pytest.mark.parametrize("line", ['{"city":\n"Wien"}', '{"userActions": [{}\n,{}]}'])
def test_a_session_over_two_lines_is_left_to_the_reader_of_all(write: Write, line: str) -> None:
    path = write("a.ndjson", f"{GOOD}\n{line}\n{GOOD} {GOOD}\n")
    with (
        slow_path() as read_all,
        pytest.raises(DataError, match="line 2: the text ends in the middle of a value"),
    ):
        load(path, fields=["city"])
    assert read_all.called


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"city": 1', "line 2: the text ends in the middle of a value"),
        ('{"country": "\\x"}', "line 2: not JSON"),
        ('{"duration": "x"}', 'line 2, duration: expected a whole number, found the string "x"'),
        ('{"duration": 9223372036854775808}', "does not fit into 64 bits"),
        ('{"duration": NaN}', "line 2, duration: expected a whole number, found NaN"),
        ('{"foo": 1}', "line 2: this is not a session"),
        ('{"userActions": [{"name": {}}]}', "line 2, userActions[0].name: expected"),
        ("null", "line 2: expected an object, found null"),
        ("7", "line 2: expected an object, found the number 7"),
    ],
)
def test_what_is_read_is_checked(write: Write, line: str, reason: str) -> None:
    path = write("a.ndjson", f"{GOOD}\n{line}\n")
    with pytest.raises(DataError) as caught:
        load(path, fields=["duration", "useraction.name"])
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "rest",
    ['"duration": "x"', '"duration": NaN', '"bounce": 7', '"country": "\\ud800"',
     '"userActions": [{"duration": {}}]', '"events": 5', '"further": 123456789012345678901'],
)  # fmt: skip
def test_what_is_not_read_is_not_checked(write: Write, rest: str) -> None:
    path = write("a.ndjson", f'{GOOD}\n{{"city": "Wien", {rest}}}\n')
    with pytest.raises(DataError):
        load(path)
    assert values(load(path, fields=["city", "useraction.name"]), "city") == ["Linz", "Wien"]


def test_rows_that_show_nothing_of_it_are_judged_by_all_that_they_have(write: Write) -> None:
    rows = ['{"bounce": true}', '{"userActions": []}', '{"city": null, "COUNTRY": "Spain"}']
    store = picked(write("a.ndjson", "\n".join([GOOD, *rows])), "city")
    assert values(store, "city") == ["Linz", None, None, None]
    path = write("b.ndjson", f'{GOOD}\n{{"bounce": "often"}}\n')
    with pytest.raises(DataError, match="line 2, bounce"):
        load(path, fields=["city"])


def test_further_fields_are_picked_once_their_spelling_is_known(write: Write) -> None:
    lines = [json.dumps({"userSessionId": f"{i}", "orderTotal": i / 2}) for i in range(4)]
    store = picked(write("a.ndjson", "\n".join(lines)), "ordertotal", "useraction.orderTotal")
    assert values(store, "orderTotal") == [0.0, 0.5, 1.0, 1.5]
    field = store.catalog.table("usersession").get("ORDERTOTAL")
    assert field is not None
    assert field.name == "orderTotal"


def test_lists_and_properties_are_picked(write: Write) -> None:
    rows = [
        {"userSessionId": "a", "matchingConversionGoals": ["x", None],
         "stringProperties": [{"key": "k", "value": "v"}]},
        {"userSessionId": "b", "stringTags": {"k": "w"}},
    ]  # fmt: skip
    path = write("a.ndjson", "\n".join(map(json.dumps, rows)))
    store = picked(path, "matchingConversionGoals", "stringProperties")
    assert values(store, "matchingConversionGoals") == [["x", None], []]
    assert values(store, "stringProperties") == [
        [{"key": "k", "value": "v"}],
        [{"key": "k", "value": "w"}],
    ]
    assert store.notes == (
        "Fields with names of older exports were read: stringTags as stringProperties.",
    )


def test_found_rows_of_results_are_none_of_sessions(write: Write, tmp_path: Path) -> None:
    write("d/a.ndjson", f'{GOOD}\n{{"userSessionId": "b", "COUNT(*)": 3}}\n')
    with pytest.raises(DataError, match="a row of a result"):
        load(tmp_path / "d", fields=["city"])


@pytest.mark.parametrize("spelled", ["name", "Name"])
def test_further_fields_may_have_the_name_of_another_tables(write: Write, spelled: str) -> None:
    lines = f'{{"userSessionId": "a", "{spelled}": "n"}}\n{GOOD}\n'
    path = write("a.ndjson", lines)
    store = load(path, fields=["usersession.name", "useraction.name"])
    assert values(store, spelled) == values(load(path), spelled) == ["n", None]
    assert values(store, "name", "useraction") == ["x"]
