"""Questions about the data."""

from __future__ import annotations

import json
from typing import Any

import altair
import pytest
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import TABLE, client_of
from tests.unit.server.page.asking import ask, look
from usql.formats.kinds import KINDS
from usql.server.parameters import MOST_ROWS

GROUPS = "SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 99"


def test_rows(client: TestClient, sessions: usql.Sessions) -> None:
    found = ask(client, "query", text=GROUPS)
    result = sessions.query(GROUPS)
    assert found["rows"] == result.rows()
    assert found["rowCount"] == found["totalRows"] == len(result) > 5
    assert [(c["name"], c["role"], c["type"], c["unit"]) for c in found["columns"]] == [
        ("country", "key", "string", None), ("count(*)", "leaf", "integer", None),
    ]  # fmt: skip
    assert (found["chart"], found["sessions"], found["funnel"]) == ("bar", None, None)
    assert found["explanations"] == list(result.explanations)
    assert (found["text"], found["limitNote"], found["diagnostics"]) == (GROUPS, None, [])
    assert 0 < found["milliseconds"] < 60_000


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("startTime", "timestamp"), ("duration", "integer"), ("bounce", "boolean"), ("ip", "string"),
        ("useraction.name", "list<string>"), ("useraction.startTime", "list<timestamp>"),
        ("stringProperties", "list<pair<string>>"), ("dateProperties", "list<pair<timestamp>>"),
        ("AVG(duration)", "double"), ("AVG(startTime)", "timestamp"), ("MAX(startTime)", "timestamp"),
        ("JSON", "string"),
    ],
)  # fmt: skip
def test_types_of_columns(client: TestClient, item: str, kind: str) -> None:
    (column,) = ask(client, "query", text=f"SELECT {item} FROM usersession LIMIT 1")["columns"]
    assert column["type"] == kind


def test_rows_of_sessions_say_which(client: TestClient, sessions: usql.Sessions) -> None:
    text = "SELECT name, usersession.userSessionId, usersession.startTime FROM useraction LIMIT 9"
    found = ask(client, "query", text=text)
    assert found["sessions"] == [row[1:] for row in found["rows"]]
    assert found["sessions"] == [list(row)[1:] for row in sessions.query(text).rows()]


def test_a_limit_cuts_what_is_sent(client: TestClient) -> None:
    text = "SELECT userSessionId FROM usersession LIMIT 100"
    found = ask(client, "query", text=text, limit=7)
    assert (len(found["rows"]), len(found["sessions"]), found["rowCount"]) == (7, 7, 100)
    assert found["totalRows"] == 400
    for limit in (0, MOST_ROWS + 1):
        assert "limit" in ask(client, "query", 400, text=text, limit=limit)["error"]["message"]


def test_the_note_about_the_limit(client: TestClient, sessions: usql.Sessions) -> None:
    found = ask(client, "query", text="SELECT userSessionId FROM usersession")
    assert len(found["rows"]) == 50
    assert found["limitNote"] in found["explanations"]
    found = ask(client, "query", text="SELECT userSessionId FROM usersession", profile="offline")
    assert (len(found["rows"]), found["limitNote"]) == (400, None)


def test_large_whole_numbers_are_texts() -> None:
    data = [
        {"userSessionId": "a", "startTime": 1, "endTime": 2, "big": 2**53 - 1, "n": [2**60, 1]},
        {"userSessionId": "b", "startTime": 1, "endTime": 2, "big": -(2**62), "n": []},
    ]
    client = client_of(usql.open(data))
    text = "SELECT big, n FROM usersession ORDER BY userSessionId"
    assert ask(client, "query", text=text)["rows"] == [
        [2**53 - 1, [str(2**60), 1]], [str(-(2**62)), []],
    ]  # fmt: skip
    found = ask(client, "session", userSessionId="a")
    assert found["sessions"][0]["n"] == [str(2**60), 1]


def test_a_funnel(client: TestClient, sessions: usql.Sessions) -> None:
    text = "SELECT FUNNEL(useraction.name LIKE '*cart*' AS cart, bounce = false) FROM usersession"
    found = ask(client, "query", text=text)
    steps = sessions.query(text).funnel
    assert steps is not None
    assert found["funnel"] == [
        {"name": s.name, "count": s.count, "fromFirst": s.from_first, "fromPrevious": s.from_previous}
        for s in steps
    ]  # fmt: skip
    assert found["funnel"][0]["fromPrevious"] is None
    assert found["chart"] == "funnel"


def test_refused_queries_have_their_problems(client: TestClient) -> None:
    found = ask(client, "query", 422, text="SELECT '😀' AS a, cty FROM usersession")
    problem = found["diagnostics"][-1]
    assert (problem["code"], problem["from"], problem["to"]) == ("USQL202", 18, 21)
    for path in ("chart", "tree", "explain"):
        again = ask(client, path, 422, text="SELECT '😀' AS a, cty FROM usersession")
        assert again == found


def test_placeholders(client: TestClient) -> None:
    text = "SELECT COUNT(*) FROM usersession WHERE country = '${c}'"
    assert ask(client, "query", text=text, parameters={"c": "Brazil"})["rows"] == [[32]]
    assert ask(client, "query", 422, text=text)["diagnostics"][0]["name"] == "placeholder"
    found = ask(client, "query", 422, text=f"{text} AND x = 1", parameters={"c": "😀😀"})
    assert found["text"] == f"{text} AND x = 1".replace("${c}", "😀😀")
    assert found["diagnostics"][0]["from"] == len(found["text"]) + 2 - 5


def test_a_query_is_stopped_by_its_time(sessions: usql.Sessions) -> None:
    client = client_of(sessions, timeout=20)
    text = "SELECT country, COUNT(DISTINCT userSessionId) FROM usersession GROUP BY country"
    found = ask(client, "query", 422, text=text, timeout=1e-9)
    assert [d["code"] for d in found["diagnostics"]] == ["USQL802"]
    assert ask(client, "query", text=text, timeout=1e9)["rowCount"] > 0
    shorter = client_of(sessions, timeout=1e-9)
    assert ask(shorter, "query", 422, text=text, timeout=60)["diagnostics"][0]["code"] == "USQL802"


def test_a_query_is_stopped_by_its_memory() -> None:
    rows = [{"userSessionId": str(i), "startTime": i} for i in range(1, 20_000)]
    text = "SELECT userSessionId, COUNT(*) FROM usersession GROUP BY userSessionId"
    with usql.open(rows, memory_limit=20_000_000) as some:
        store = some._store
    with usql.Sessions(store, memory_limit=10_000) as few:
        found = ask(client_of(few), "query", 422, text=text, profile="offline")
    assert [d["code"] for d in found["diagnostics"]] == ["USQL803"]


def test_timeframes(client: TestClient, sessions: usql.Sessions) -> None:
    count = "SELECT COUNT(*) FROM usersession"
    now = look(client, "info")["clock"]["now"]
    for options in (
        {"start": "-2d"}, {"start": now - 86_400_000, "end": now}, {"end": "2026-03-10 12:00"},
        {"start": "2026-03-10", "end": "2026-03-11", "offset": 120}, {"now": "2026-03-05", "start": "-1d"},
    ):  # fmt: skip
        given: dict[str, Any] = {"now": "data-end", **options}
        found = ask(client, "query", text=count, **given)
        given["utc_offset"] = given.pop("offset", 0)
        expected = sessions.query(count, **given).rows()
        assert found["rows"] == expected
        assert 0 < expected[0][0] < 400
    assert ask(client, "query", text=count)["rows"] == [[400]]


def test_now_is_the_servers(client: TestClient) -> None:
    text = "SELECT COUNT(*) FROM usersession WHERE startTime < $NOW"
    assert ask(client, "query", text=text, now=1)["rows"] == [[0]]
    assert ask(client, "query", text=text)["rows"] == [[400]]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""), ({"text": 1}, "text"), ({"text": "", "x": 1}, ""), ({"text": "", "start": 1.5}, "start"),
        ({"text": "", "offset": 1440}, "offset"), ({"text": "", "profile": "fast"}, "profile"),
        ({"text": "", "timeout": 0}, "timeout"), ({"text": "", "timeout": -1}, "timeout"),
        ({"text": "", "parameters": {"a": 1}}, "parameters[...]"), ({"text": "", "end": "soon"}, "end"),
        ({"text": "", "now": "-2x"}, "now"), ({"text": "x" * 100_001}, "text"),
    ],
)  # fmt: skip
def test_bodies_that_are_not_as_they_should_be(
    client: TestClient, body: dict[str, Any], path: str
) -> None:
    error = ask(client, "query", 400, **body)["error"]
    assert [v["path"] for v in error["constraintViolations"]] == [path]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'"x"', b'{"text":"\\ud83d"}', b'{"text":"\xff"}', b"[" * 9000]
)
def test_bodies_that_are_no_object(client: TestClient, data: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert client.post("/app/query", content=data, headers=headers).status_code == 400


# --- charts, trees, responses, plans


@pytest.mark.parametrize("kind", ["auto", "bar"])
def test_charts(client: TestClient, sessions: usql.Sessions, kind: str) -> None:
    found = ask(client, "chart", text=GROUPS, kind=kind)
    assert found["spec"] == json.loads(json.dumps(sessions.query(GROUPS).chart(kind).spec))
    assert found["kind"] == "bar"
    assert found["kinds"] == ask(client, "query", text=GROUPS)["kinds"]
    assert "bar" in found["kinds"]
    altair.Chart.from_dict(found["spec"], validate=True)


def test_charts_that_cannot_be_drawn(client: TestClient) -> None:
    (problem,) = ask(client, "chart", 422, text=GROUPS, kind="funnel")["diagnostics"]
    assert problem["name"] == "undrawable"
    error = ask(client, "chart", 400, text=GROUPS, kind="pie")["error"]
    assert error["constraintViolations"][0]["path"] == "kind"
    found = ask(client, "query", text="SELECT city FROM usersession")
    assert (found["chart"], found["kinds"]) == (None, [])


def test_trees(client: TestClient, sessions: usql.Sessions) -> None:
    text = (
        "SELECT YEAR(startTime), userType, bounce, COUNT(*), MAX(startTime) FROM usersession "
        "GROUP BY YEAR(startTime), userType, bounce"
    )
    found = ask(client, "tree", text=text)
    assert [c["name"] for c in found["branches"]] == ["year(startTime)", "userType", "bounce"]
    assert [c["type"] for c in found["leaves"]] == ["integer", "timestamp"]
    rows = [
        [year["key"], kind["key"], bounce["key"], *leaves]
        for year in found["nodes"] for kind in year["nodes"] for bounce in kind["nodes"]
        for leaves in bounce["rows"]
    ]  # fmt: skip
    assert sorted(rows, key=repr) == sorted(sessions.query(text).rows(), key=repr)
    assert len(found["nodes"]) == 1
    assert found["rows"] == []


def test_a_tree_without_keys_is_rows(client: TestClient) -> None:
    found = ask(client, "tree", text="SELECT COUNT(*) FROM usersession")
    assert (found["branches"], found["nodes"], found["rows"]) == ([], [], [[400]])


def test_keys_in_a_tree_keep_their_values_and_order() -> None:
    data = [{"userSessionId": str(n), "startTime": 1, "k": k, "n": m}
            for n, (k, m) in enumerate([("b", 10), ("b", 9), ("null", 1), (None, 1), ("a", 1), ("b", 10)])]  # fmt: skip
    client = client_of(usql.open(data))
    found = ask(client, "tree", text="SELECT k, n, COUNT(*) FROM usersession GROUP BY k, n")
    tree = [
        (node["key"], [(inner["key"], inner["rows"]) for inner in node["nodes"]])
        for node in found["nodes"]
    ]
    assert tree[0] == ("b", [(10, [[2]]), (9, [[1]])])
    assert sorted(tree[1:], key=repr) == [
        ("a", [(1, [[1]])]),
        ("null", [(1, [[1]])]),
        (None, [(1, [[1]])]),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {}, {"start": "2026-03-05", "end": "2026-03-09", "offset": 60}, {"start": "-3d"},
        {"parameters": {"c": "Brazil & Chile + 😀"}},
    ],
)  # fmt: skip
def test_the_vendors_response_and_where_it_is(client: TestClient, options: dict[str, Any]) -> None:
    text = "SELECT country, COUNT(*) FROM usersession WHERE NOT country = '${c}' GROUP BY country"
    options = {"parameters": {"c": "x"}, **options}
    found = ask(client, "response", text=text, **options)
    assert found["url"].startswith(f"http://localhost:8642{TABLE}?query=SELECT+country")
    again = client.get(found["url"].removeprefix("http://localhost:8642"))
    assert again.json() == found["response"]
    rows = ask(client, "query", text=text, **options)["rows"]
    assert [row[1] for row in found["response"]["values"]] == [row[1] for row in rows]


def test_what_the_vendors_endpoint_refuses(client: TestClient) -> None:
    error = ask(client, "response", 404, text="SELECT cty FROM usersession")["error"]
    assert error["usql"][0]["code"] == "USQL202"


def test_plans(client: TestClient, sessions: usql.Sessions) -> None:
    assert ask(client, "explain", text=GROUPS) == {"plan": sessions.explain(GROUPS)}
    analyzed = ask(client, "explain", text=GROUPS, analyze=True)["plan"]
    assert "rows: 400" in analyzed


# --- the schema, values, a session


def test_the_schema(client: TestClient, sessions: usql.Sessions) -> None:
    tables = {t["name"]: t for t in look(client, "catalog")["tables"]}
    assert list(tables) == [t.name for t in sessions.catalog]
    for name, table in tables.items():
        assert table["rows"] == sessions.query(f"SELECT COUNT(*) FROM {name}").rows()[0][0]
        assert [f["name"] for f in table["fields"]] == [
            f.name for f in sessions.catalog.table(name).fields
        ]
    fields = {f["name"]: f for f in tables["usersession"]["fields"]}
    assert fields["userType"]["values"] == ["REAL_USER", "ROBOT", "SYNTHETIC"]
    assert (fields["duration"]["type"], fields["duration"]["unit"]) == ("long", "ms")
    assert "tier" in fields["stringProperties"]["keys"]
    assert fields["country"]["description"]


def test_the_values_of_a_text(client: TestClient) -> None:
    found = ask(client, "values", table="usersession", field="country")
    assert found["values"][:2] == [["United States", 99], ["Brazil", 32]]
    assert len(found["values"]) == 20
    assert found["nulls"] == 12
    assert found["distinct"] > 40
    assert (found["min"], found["max"]) == (None, None)
    some = ask(client, "values", table="usersession", field="country", prefix="Fi")
    assert some["values"] == [["Finland", 3]]
    assert some["distinct"] == 1
    quoted = ask(client, "values", table="usersession", field="country", prefix="a\"' OR 1=1")
    assert quoted["values"] == []


def test_the_values_of_numbers_lists_and_properties(client: TestClient) -> None:
    found = ask(client, "values", table="usersession", field="duration")
    assert (found["min"], found["values"][0]) == (0, [0, 12])
    names = ask(client, "values", table="useraction", field="name", prefix="loading of page /cart")
    assert names["values"]
    assert all(name.startswith("loading of page /cart") for name, _ in names["values"])
    tiers = ask(client, "values", table="usersession", field="stringProperties", key="tier")
    assert {value for value, _ in tiers["values"]} == {"bronze", "silver", "gold", "platinum"}
    later = ask(client, "values", table="usersession", field="startTime", start="2026-03-10")
    assert later["min"] > 1_773_000_000_000


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"table": "x", "field": "city"}, "table"), ({"table": "useraction", "field": "x; SELECT"}, "field"),
        ({"table": "usersession", "field": "stringProperties"}, "key"),
        ({"table": "usersession", "field": "city", "key": "x"}, "key"),
    ],
)  # fmt: skip
def test_values_of_what_is_no_field(client: TestClient, body: dict[str, Any], path: str) -> None:
    error = ask(client, "values", 400, **body)["error"]
    assert error["constraintViolations"][0]["path"] == path


def test_a_session(client: TestClient, sessions: usql.Sessions) -> None:
    result = sessions.query("SELECT userSessionId, startTime, JSON FROM usersession LIMIT 1")
    ((identity, start, text),) = result.rows()
    expected = [json.loads(text)]
    assert ask(client, "session", userSessionId=identity)["sessions"] == expected
    assert ask(client, "session", userSessionId=identity, startTime=None)["sessions"] == expected
    assert ask(client, "session", userSessionId=identity, startTime=start)["sessions"] == expected
    for missing in ({"userSessionId": identity, "startTime": 5}, {"userSessionId": 'a" OR "1'}):
        assert ask(client, "session", 404, **missing)["error"]["code"] == 404


def test_an_id_with_several_sessions() -> None:
    data = [
        {"userSessionId": "a", "startTime": n, "endTime": n + 1, "city": str(n)}
        for n in (30, 10, 20)
    ]
    client = client_of(usql.open(data))
    found = ask(client, "session", userSessionId="a")["sessions"]
    assert [s["startTime"] for s in found] == [10, 20, 30]
    (one,) = ask(client, "session", userSessionId="a", startTime=20)["sessions"]
    assert one["city"] == "20"


# --- the server


def test_info(client: TestClient, sessions: usql.Sessions) -> None:
    found = look(client, "info")
    assert (found["sessions"], found["span"]) == (400, list(sessions.span))
    assert found["ingest"] is False
    assert (found["version"], found["profile"]) == (usql.__version__, "dynatrace")
    assert found["limits"] == {"timeout": 30.0, "rows": 5000, "text": 100_000}
    assert found["clock"] == {"now": sessions.span[1], "start": sessions.span[1] - 7_200_000}
    assert list(found["kinds"]) == list(KINDS)


def test_counts_of_queries(sessions: usql.Sessions) -> None:
    client = client_of(sessions)
    ask(client, "query", text=GROUPS)
    ask(client, "query", 422, text="x")
    assert look(client, "info")["queries"] == {
        "running": 0, "waiting": 0, "ended": 2, "cancelled": 0,
    }  # fmt: skip


def test_answers_are_compressed_for_those_who_accept_it(client: TestClient) -> None:
    for accepted, coding in (("gzip", "gzip"), ("identity", None), ("br, gzip;q=0", None)):
        found = client.get("/app/catalog", headers={"Accept-Encoding": accepted})
        assert found.headers.get("content-encoding") == coding
        assert found.headers["vary"] == "Accept-Encoding, Origin"
        assert len(found.json()["tables"]) == 5
