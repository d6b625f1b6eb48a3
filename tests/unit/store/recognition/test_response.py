"""The vendor's table response as a source (LANGUAGE.md §10a)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usql
from tests.compare import equal
from tests.oracle import strategies
from tests.places import SESSIONS
from tests.sampling import examples
from usql.errors import DataError

Write = Callable[[str, bytes | str], Path]
Response = dict[str, Any]

READ = "1 table response was read as sessions."
QUERIES = [
    "SELECT userSessionId, startTime, endTime, duration, bounce, ip FROM usersession",
    "SELECT * FROM usersession",
    "SELECT *, useraction.*, userevent.*, usererror.*, usersyntheticevent.* FROM usersession",
    "SELECT usersession.city, USERSESSION.Country, userSessionId FROM usersession",
    "SELECT country, city FROM usersession",
    "SELECT city FROM usersession WHERE city IS NOT NULL",
    "SELECT userSessionId, useraction.name, useraction.duration, useraction.startTime FROM usersession",
    "SELECT useraction.name, usererror.name, userevent.name, usersyntheticevent.name FROM usersession",
    "SELECT useraction.cumulativeLayoutShift, useraction.keyUserAction FROM usersession",
    "SELECT useraction.matchingConversionGoals, useraction.name FROM usersession",
    "SELECT useraction.stringProperties, useraction.name FROM usersession",
    "SELECT useraction.longProperties.items, useraction.stringProperties.step FROM usersession",
    "SELECT matchingConversionGoals, userSessionId FROM usersession",
    "SELECT stringProperties, longProperties, doubleProperties, dateProperties FROM usersession",
    "SELECT stringProperties.memberstatus, longProperties.items, doubleProperties.revenue FROM usersession",
    "SELECT stringProperties, stringProperties.memberstatus, startTime FROM usersession",
    'SELECT usersession.stringProperties."A/B test", startTime FROM usersession',
    "SELECT dateProperties, startTime FROM usersession",
    "SELECT futureField, startTime FROM usersession",
    "SELECT name, duration, userSessionId FROM usersession WHERE useraction.name IS NOT NULL",
    "SELECT userSessionId, city, city, country AS land FROM usersession",
    "SELECT useraction.isEntryAction, useraction.name, useraction.startTime FROM usersession",
    "SELECT JSON FROM usersession",
    "SELECT city, JSON, useraction.name FROM usersession",
]


def rows_of(data: usql.Sessions, query: str) -> list[list[Any]]:
    return data.query(query, profile="offline").rows()


def refusal(response: Any, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        usql.open([response], **options)
    return str(caught.value)


# --- round trips ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["export", "sample"])
def data(request: pytest.FixtureRequest) -> usql.Sessions:
    return usql.open(SESSIONS) if request.param == "export" else usql.sample(sessions=60, seed=3)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("links", [False, True])
def test_a_response_answers_its_query(data: usql.Sessions, query: str, links: bool) -> None:
    asked = query.replace("futureField", "endReason") if len(data) > 20 else query
    result = data.query(asked, profile="offline")
    response = json.loads(json.dumps(result.to_table_response(explain=links, deep_links=links)))
    again = usql.open(response)
    assert again.notes[0] == READ
    asked = asked.replace("country AS land", "land")
    assert equal(rows_of(again, asked), result.rows())
    if links:
        assert equal(
            rows_of(again, "SELECT userSessionId, startTime, endTime FROM usersession"),
            response["additionalValues"],
        )


FIELDS = [
    "userSessionId", "startTime", "duration", "bounce", "ip", "city", "totalErrorCount", "futureField",
    "matchingConversionGoals", "stringProperties", "stringProperties.tier", "longProperties.order",
    'dateProperties."my-key"', "useraction.name", "useraction.duration", "useraction.startTime",
    "useraction.matchingConversionGoals", "useraction.longProperties", "useraction.newField",
    "userevent.name", "userevent.type", "usererror.name", "usersyntheticevent.sequenceNumber",
]  # fmt: skip


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.sessions(), st.lists(st.sampled_from(FIELDS), min_size=1, max_size=7))
def test_generated_responses(sessions: list[dict[str, Any]], fields: list[str]) -> None:
    data = usql.open(sessions)
    known = {
        f"{prefix}{field.name}"
        for table, prefix in (("usersession", ""), ("useraction", "useraction."))
        for field in data.catalog.table(table).fields
    }
    asked = [f for f in fields if f not in ("futureField", "useraction.newField") or f in known]
    query = f"SELECT userSessionId, startTime, {', '.join([*asked, 'duration'])} FROM usersession"
    response = data.query(query, profile="offline").to_table_response(deep_links=True)
    again = usql.open(json.loads(json.dumps(response)))
    assert len(again) == len(data)
    left = {f"{f.name}" for f in again.catalog.table("useraction").fields}
    if "useraction.newField" in asked and "newField" not in left:
        return  # it was null everywhere
    if "futureField" in asked and again.catalog.table("usersession").get("futureField") is None:
        return
    assert equal(rows_of(again, query), response["values"])


# --- where responses come from ----------------------------------------------------------------------


def response_of(query: str = "SELECT userSessionId, useraction.name FROM usersession") -> Response:
    return usql.open(SESSIONS).query(query).to_table_response()


@pytest.mark.parametrize("form", ["line", "pretty", "lines", "array", "pretty array"])
def test_responses_in_files(write: Write, form: str) -> None:
    one = response_of()
    text = {
        "line": json.dumps(one),
        "pretty": json.dumps(one, indent=2),
        "lines": (json.dumps(one) + "\n") * 3,
        "array": json.dumps([one] * 3),
        "pretty array": json.dumps([one] * 3, indent=1),
    }[form]
    count = 1 if form in ("line", "pretty") else 3
    write("x/a.json", text)
    for source in (write("a.json", text), write("a.json", text).parent / "x"):
        data = usql.open(source)
        assert (
            rows_of(data, "SELECT userSessionId, useraction.name FROM usersession")
            == one["values"] * count
        )
        assert data.notes[0] == READ if count == 1 else "3 table responses were read as sessions."


def test_responses_beside_sessions(write: Write) -> None:
    text = SESSIONS.read_text() + json.dumps(response_of()) + "\n"
    assert len(usql.open(write("a.ndjson", text))) == 32


def test_an_empty_response_is_an_empty_file(write: Write) -> None:
    file = write("a.json", json.dumps({"columnNames": ["city"], "values": []}))
    assert usql.open(file).notes == (f"1 file is empty: {file}.", READ)


def test_rows_without_a_key_are_sessions_where_the_file_is_named(write: Write) -> None:
    file = write("x/a.json", json.dumps({"columnNames": ["city"], "values": [["Linz"], [None]]}))
    data = usql.open(file)
    assert rows_of(data, "SELECT city FROM usersession") == [["Linz"], [None]]
    assert data.notes == (
        READ,
        "1 table response has neither userSessionId nor startTime; if its query groups, its rows are "
        "not sessions.",
    )
    with pytest.raises(
        DataError, match=r"a.json, line 1, values\[0\]: this may be a row of a result"
    ):
        usql.open(file.parent)


# --- what a response tells --------------------------------------------------------------------------


def test_a_whole_response_in_detail() -> None:
    response = {
        "extrapolationLevel": 4,
        "columnNames": [
            "usersession.userSessionId", "CITY", 'stringProperties."my key"', "stringProperties.a/b c",
            "longProperties.items", "useraction.Name", "useraction.stringProperties.step", "duration",
            "usererror.type", "datetime(startTime,\"E\")", "month(startTime)-1", "Day of week",
            "useraction.duration", "usersession.\"my-field\"", "tenantId",
        ],
        "values": [
            ["a", "Linz", "x", "y", 3, ["n", None], ["1", None], 5, [], "Mon", 2, "Monday", [7, None], 1, "t"],
            ["b", None, None, None, None, [], [], None, None, None, None, None, [], None, None],
        ],
        "additionalColumnNames": ["userSessionId", "startTime", "endTime"],
        "additionalValues": [["z", 10, 20], ["b", 30, None]],
    }  # fmt: skip
    data = usql.open([response])
    fields = (
        "userSessionId, city, stringProperties, longProperties.items, useraction.name, "
        "useraction.stringProperties.step, useraction.duration, duration, usererror.type, startTime, "
        'endTime, usersession."my-field", usersession."Day of week"'
    )
    pairs = [{"key": "my key", "value": "x"}, {"key": "a/b c", "value": "y"}]
    assert rows_of(data, f"SELECT {fields} FROM usersession") == [
        ["a", "Linz", pairs, 3, ["n", None], ["1", None], [7, None], 5, [], 10, 20, 1, "Monday"],
        ["b", None, [], None, [], [], [], None, [], 30, None, None, None],
    ]
    passed = "of 1 table response, which is computed and not a field, was skipped."
    assert data.notes == (
        READ,
        "1 table response was made from one in 4 sessions only.",
        f'The column datetime(startTime,"E") {passed}',
        f"The column month(startTime)-1 {passed}",
    )
    assert data.catalog.table("usersession").get("tenantId") is None


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("count(*)", 3), ("count(distinct city)", 3), ("avg(duration)", 3.5), ("top(city,3)", ["a"]),
        ("sum(duration)/count(*)", 1), ("condition(count(*),where userActionCount>2)", 1),
        ("datetime(max(startTime))", "2026"), ("percentile(useraction.duration,90)", 1),
        ("-median(duration)", 1), ("max(startTime)", 5),
    ],
)  # fmt: skip
def test_responses_with_groups_are_refused(column: str, cell: Any, write: Write) -> None:
    response = {"columnNames": ["userSessionId", column], "values": [["a", cell]]}
    reason = f"a response with groups ({column}); sessions come from a query of usersession without grouping"
    assert refusal(response) == f"row 0: {reason}"
    file = write("a.json", json.dumps(response))
    kept = usql.open(file, on_error="skip")
    assert kept.notes == (f"1 source without any session was left out: {file}, line 1: {reason}.",)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT DISTINCT userSessionId, useraction.name FROM usersession", "one useraction.name a row"),
        ("SELECT name, duration FROM useraction", "one name a row, not a list"),
        ("SELECT useraction.name, usersession.city FROM useraction", "one useraction.name a row"),
        ("SELECT JSON FROM useraction", "the column JSON holds an entry of a session"),
        ("SELECT country FROM usersession GROUP BY country", 'the group "null" of country'),
        ("SELECT FUNNEL(bounce = TRUE, useraction.name LIKE '*a*') FROM usersession", "without a field of usersession"),
        ("SELECT COUNT(*) AS n FROM usersession", r"without a field of usersession among its columns \(n\)"),
    ],
)  # fmt: skip
def test_other_responses_are_refused(query: str, words: str) -> None:
    data = usql.open(
        [*json.loads("[" + ",".join(SESSIONS.read_text().splitlines()) + "]"), {"city": "x"}]
    )
    with pytest.raises(DataError, match=words):
        usql.open(data.query(query).to_table_response())


def test_tree_responses_and_errors_are_refused(write: Write) -> None:
    result = usql.open(SESSIONS).query("SELECT country, COUNT(*) FROM usersession GROUP BY country")
    assert "a tree response holds groups and no sessions" in refusal(result.to_tree_response())
    error = {"error": {"code": 403, "message": "Token is missing required scope."}}
    assert refusal(error) == (
        "row 0: a response of the server that reports an error: Token is missing required scope."
    )
    assert len(usql.open([{"city": "x", **error}])) == 1


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            {"columnNames": ["city", "useraction.name", "useraction.duration"], "values": [["a", ["x"], [1, 2]]]},
            "values[0]: lists of one table have different lengths: useraction.name 1, useraction.duration 2",
        ),
        ({"columnNames": ["city", "country"], "values": [["a", "b"], ["c"]]}, "values[1]: 1 values for 2 columns"),
        ({"columnNames": ["city"], "values": ["a"]}, "values[0]: expected a list of values"),
        ({"columnNames": ["city", "City"], "values": [["a", "b"]]}, "values[0]: two columns give City different values"),
        ({"columnNames": ["duration"], "values": [["x"]]}, 'values[0].duration: expected a whole number, found the string "x"'),
        (
            {"columnNames": ["useraction.duration"], "values": [[[1, "x"]]]},
            'values[0].userActions[1].duration: expected a whole number, found the string "x"',
        ),
        ({"columnNames": ["JSON"], "values": [["{"]]}, "values[0]: the text in the column JSON is not JSON"),
        ({"columnNames": ["JSON"], "values": [['{"duration": NaN}']]}, "values[0]: the text in the column JSON is not JSON"),
        ({"columnNames": ["JSON"], "values": [[5]]}, "values[0]: expected an object in the column JSON"),
        ({"columnNames": ["JSON"], "values": [[{"foo": 1}]]}, "values[0]: this is not a session: none of its members (foo) is a field of usersession with a value"),
        ({"columnNames": [5], "values": []}, "the names of a response's columns are a list of texts"),
        (
            {"columnNames": ["city"], "values": [["a"]], "additionalColumnNames": ["startTime"], "additionalValues": []},
            "0 additionalValues for 1 values",
        ),
    ],
)  # fmt: skip
def test_bad_responses_have_their_place(response: Response, message: str) -> None:
    separator = ", " if message.startswith("values") else ": "
    assert refusal(response) == f"row 0{separator}{message}"


def test_bad_rows_of_a_response_are_left_out(tmp_path: Path) -> None:
    response = {
        "columnNames": ["userSessionId", "useraction.name", "useraction.duration"],
        "values": [["a", ["x"], [1]], ["b", ["x"], []], ["c", [], []]],
    }
    kept = usql.open(response, on_error="skip", rejects=tmp_path / "bad")
    assert rows_of(kept, "SELECT userSessionId FROM usersession") == [["a"], ["c"]]
    assert kept.notes[0].startswith("1 row was left out: row 0, values[1]: lists of one table")
    assert (tmp_path / "bad").read_text() == '["b", ["x"], []]\n'


@settings(deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=2)
        ),
        max_leaves=12,
    ),
    st.lists(
        st.sampled_from(["city", "useraction.name", "JSON", "stringProperties", "x", "a b", ""]),
        max_size=3,
    ),
)
def test_any_response_is_read_or_refused(values: Any, names: list[str]) -> None:
    for held in (values, [values], [[values] * len(names)]):
        with contextlib.suppress(DataError):
            usql.open([{"columnNames": names, "values": held, "additionalValues": values}])
