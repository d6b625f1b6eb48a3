"""The vendor's endpoints as clients see them."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import HEADER, TABLE, TOKEN, TREE, client_of

ALL = {"startTimestamp": "1", "endTimestamp": "9000000000000"}
GROUPS = "SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 99"


def asked(client: TestClient, query: str, path: str = TABLE, **parameters: Any) -> Any:
    found = client.get(path, params={"query": query, **ALL, **parameters})
    assert found.status_code == 200, found.text
    return found.json()


def test_a_table_is_what_the_result_gives(client: TestClient, sessions: usql.Sessions) -> None:
    found = asked(client, GROUPS)
    assert found == sessions.query(GROUPS).to_table_response()
    assert len(found["values"]) > 5


def test_a_tree_is_what_the_result_gives(client: TestClient, sessions: usql.Sessions) -> None:
    assert asked(client, GROUPS, TREE) == sessions.query(GROUPS).to_tree_response()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM useraction LIMIT 300",
        "SELECT userSessionId, startTime, duration, bounce, useraction.name FROM usersession LIMIT 100",
        "SELECT stringProperties, longProperties FROM usersession LIMIT 100",
        "SELECT city, AVG(duration), MEDIAN(userActionCount) FROM usersession GROUP BY city LIMIT 99",
        "SELECT FUNNEL(useraction.name IS NOT NULL, bounce = false) FROM usersession",
        "SELECT JSON FROM usersession LIMIT 3",
    ],
)
@pytest.mark.parametrize("path", [TABLE, TREE])
def test_values_of_every_kind_are_those_of_the_result(
    client: TestClient, sessions: usql.Sessions, query: str, path: str
) -> None:
    result = sessions.query(query)
    expected = result.to_table_response() if path == TABLE else result.to_tree_response()
    assert asked(client, query, path) == json.loads(json.dumps(expected))


@pytest.mark.parametrize(
    "prefix", ["/api/v1", "/e/0-1-2/api/v1", "/e/abc12345//api/v1", "http://localhost:8642//api/v1"]
)
def test_both_prefixes_and_doubled_slashes(client: TestClient, prefix: str) -> None:
    for path in (f"{prefix}/userSessionQueryLanguage/table?query=SELECT+city+FROM+usersession",
                 f"{prefix}/userSessionQueryLanguage/tree?query=SELECT+city+FROM+usersession",
                 f"{prefix}/config/clusterversion", f"{prefix}/time"):  # fmt: skip
        assert client.get(path).status_code == 200, path
    assert client.post(f"{prefix}/tokens/lookup", json={"token": TOKEN}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/v1", "/api/v1/", TABLE + "/", "/e//api/v1/time", "/e/a/b/api/v1/time",
     "/api/v1/userSessionQueryLanguage", "/api/v2/time", "/API/v1/time",
     "/api/v1/userSessionQueryLanguage/api/v1/userSessionQueryLanguage/tree"],
)  # fmt: skip
def test_other_paths_are_not_there(client: TestClient, path: str) -> None:
    found = client.get(path)
    assert found.status_code == 404
    assert found.json()["error"]["code"] == 404


def test_explanations_only_when_asked(client: TestClient, sessions: usql.Sessions) -> None:
    assert "explanations" not in asked(client, GROUPS)
    told = asked(client, GROUPS, explain="true")["explanations"]
    assert told == list(sessions.query(GROUPS).explanations)


def test_deep_links_only_when_asked(client: TestClient, sessions: usql.Sessions) -> None:
    query = "SELECT name FROM useraction LIMIT 7"
    assert "additionalValues" not in asked(client, query)
    for path in (TABLE, TREE):
        found = asked(client, query, path, addDeepLinkFields="true")
        expected = sessions.query(query).to_table_response(deep_links=True)
        assert found["additionalColumnNames"] == ["userSessionId", "startTime", "endTime"]
        assert found["additionalValues"] == expected["additionalValues"]
        assert "additionalValues" not in asked(client, GROUPS, path, addDeepLinkFields="true")


def test_rows_that_a_tree_leaves_out_are_counted(client: TestClient) -> None:
    query = "SELECT COUNT(*), country FROM usersession GROUP BY country, city LIMIT 300"
    told = asked(client, query, TREE, explain="true")["explanations"]
    assert any("the tree shows the first of each" in sentence for sentence in told)


# --- pages


def rows(client: TestClient, query: str, **parameters: Any) -> list[list[Any]]:
    found: list[list[Any]] = asked(client, query, **parameters)["values"]
    return found


def test_the_page_takes_the_place_of_the_default_limit(client: TestClient) -> None:
    query = "SELECT userSessionId FROM usersession"
    every = rows(client, query, pageSize=5000)
    assert len(every) == 400
    assert rows(client, query) == every[:50]
    assert rows(client, query, pageSize=70, pageOffset=20) == every[20:90]
    assert rows(client, query, pageOffset=50) == every[50:100]
    assert rows(client, query, pageSize=9, pageOffset=396) == every[396:]
    assert rows(client, query, pageSize=9, pageOffset=2_000_000_000) == []


def test_a_limit_and_a_page_both_hold(client: TestClient) -> None:
    query = "SELECT userSessionId FROM usersession LIMIT 60"
    every = rows(client, query)
    assert len(every) == 60
    assert rows(client, query, pageSize=5000) == every
    assert rows(client, query, pageSize=20, pageOffset=50) == every[50:]


@pytest.mark.parametrize(
    "query",
    ["SELECT userSessionId FROM usersession -- all of them", "SELECT userSessionId FROM usersession\n;",
     "SELECT userSessionId FROM usersession /* all */ "],
)  # fmt: skip
def test_what_follows_a_query_does_not_hide_its_page(client: TestClient, query: str) -> None:
    assert len(rows(client, query, pageSize=123)) == 123


def test_pages_of_a_funnel_and_of_the_other_profile(sessions: usql.Sessions) -> None:
    funnel = "SELECT FUNNEL(bounce = false) FROM usersession"
    assert len(rows(client_of(sessions), funnel, pageSize=10)) == 1
    offline = client_of(sessions, profile="offline")
    query = "SELECT userSessionId FROM usersession"
    assert len(rows(offline, query)) == 400
    assert len(rows(offline, query, pageSize=10, pageOffset=395)) == 5


def test_a_tree_has_no_pages(client: TestClient) -> None:
    found = asked(
        client, "SELECT userSessionId FROM usersession", TREE, pageSize="x", pageOffset=-1
    )
    assert len(found["values"][0]) == 50


# --- time


def test_the_clock_of_the_data(client: TestClient, sessions: usql.Sessions) -> None:
    end = sessions.span[1]
    assert client.get("/api/v1/time", headers={"Authorization": ""}).text == str(end)
    query = "SELECT userSessionId FROM usersession LIMIT 5000"
    found = client.get(TABLE, params={"query": query, "explain": "true"}).json()
    expected = sessions.query(query, start=end - 7_200_000, end=end)
    assert found["values"] == expected.rows()
    assert 0 < len(found["values"]) < 100
    assert found["explanations"][-1].startswith("The time for queries is 2026-03-15 ")
    assert found["explanations"][-1].endswith(", the end of the data.")


def test_a_start_after_the_data() -> None:
    """Clients that ask since yesterday, by their own clock, are answered: there is nothing since then."""
    session = {"userSessionId": "1", "startTime": 1_000_000_000_000, "endTime": 1_000_000_000_001}
    old = client_of(usql.open([session]))
    yesterday = time.time_ns() // 1_000_000 - 86_400_000
    given: dict[str, Any] = {
        "query": "SELECT COUNT(*) FROM usersession",
        "startTimestamp": yesterday,
    }
    found = old.get(TABLE, params={**given, "explain": "true"}).json()
    assert found["values"] == [[0]]
    told = ", the end of the data; the timeframe begins after it."
    assert found["explanations"][-1].endswith(told)
    tomorrow = yesterday + 2 * 86_400_000
    assert old.get(TABLE, params={**given, "startTimestamp": tomorrow}).status_code == 400
    assert old.get(TABLE, params={**given, "endTimestamp": yesterday - 1}).status_code == 400
    fixed = client_of(usql.open([session]), now=1_000_000_000_000)
    assert fixed.get(TABLE, params=given).status_code == 400


def test_now_is_the_clock(client: TestClient, sessions: usql.Sessions) -> None:
    query = 'SELECT COUNT(*) FROM usersession WHERE startTime > $NOW - DURATION("1d")'
    expected = sessions.query(query, now="data-end").rows()
    assert rows(client, query) == expected != [[0]]


def test_other_clocks(sessions: usql.Sessions) -> None:
    fixed = client_of(sessions, now=1_773_000_000_000)
    assert fixed.get("/api/v1/time").text == "1773000000000"
    found = asked(fixed, GROUPS, startTimestamp=0, endTimestamp="", explain="true")
    at = 1_773_000_000_000
    assert (
        found["values"]
        == sessions.query(GROUPS, start=at - 7_200_000, end=at).to_table_response()["values"]
    )
    assert found["explanations"][-1] == "The time for queries is 2026-03-08 20:00:00.000."
    wall = client_of(sessions, now="now")
    assert int(wall.get("/api/v1/time").text) > sessions.span[1]
    told = wall.get(TABLE, params={"query": GROUPS, "explain": "true"}).json()
    assert not any("For this server" in sentence for sentence in told["explanations"])


def test_explicit_times_are_never_moved(client: TestClient, sessions: usql.Sessions) -> None:
    first, end = sessions.span
    middle = (first + end) // 2
    query = "SELECT COUNT(*) FROM usersession"
    expected = sessions.query(query, start=first, end=middle).rows()
    assert rows(client, query, startTimestamp=first, endTimestamp=middle) == expected
    assert rows(client, query, startTimestamp=first, endTimestamp=first) == [[0]]


def test_the_offset_is_that_of_the_query(client: TestClient, sessions: usql.Sessions) -> None:
    query = "SELECT HOUR(startTime), COUNT(*) FROM usersession GROUP BY HOUR(startTime)"
    expected = sessions.query(query, utc_offset=-90).rows()
    assert rows(client, query, offsetUTC="-90") == expected != rows(client, query)


# --- what is packed


def test_answers_are_packed_when_that_is_taken(client: TestClient) -> None:
    query = {"query": "SELECT userSessionId, city FROM usersession LIMIT 300", **ALL}
    plain = client.get(TABLE, params=query, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream(
        "GET", TABLE, params=query, headers={"Accept-Encoding": "br, GZIP;q=0.5"}
    ) as found:
        assert found.headers["content-encoding"] == "gzip"
        body = b"".join(found.iter_raw())
    assert len(body) < len(plain.content) / 2
    assert gzip.decompress(body) == plain.content
    for refused in ("gzip;q=0", "gzip; q=0.0", "deflate", ""):
        found = client.get(TABLE, params=query, headers={"Accept-Encoding": refused})
        assert "content-encoding" not in found.headers, refused
        assert "Accept-Encoding" in found.headers["vary"]
    small = {"query": "SELECT COUNT(*) FROM usersession"}
    assert "content-encoding" not in client.get(TABLE, params=small).headers


# --- tokens


def test_ways_to_send_the_token(sessions: usql.Sessions) -> None:
    bare = client_of(sessions, header={})
    path = "/api/v1/config/clusterversion"
    good = [
        bare.get(path, headers=HEADER),
        bare.get(path, headers={"Authorization": f"api-token {TOKEN}"}),
        bare.get(path, headers={"Authorization": f"Bearer {TOKEN}"}),
        bare.get(path, params={"api-token": TOKEN}),
        bare.get(path, params={"Api-Token": TOKEN}),
    ]
    assert [found.json() for found in good] == [{"version": "1.325.0"}] * 5
    bad = [
        bare.get(path),
        bare.get(path, headers={"Authorization": TOKEN}),
        bare.get(path, headers={"Authorization": f"Basic {TOKEN}"}),
        bare.get(path, headers={"Authorization": f"Api-Token {TOKEN[:-1]}C"}),
        bare.get(path, headers={"Authorization": "Api-Token"}),
        bare.get(path, headers={b"Authorization": "Api-Token ä".encode()}),
        bare.get(path, params={"api-token": "ä"}),
        bare.get(path, params={"api-token": TOKEN[:-1] + "C"}),
        bare.get(path, params=[("api-token", TOKEN), ("API-TOKEN", TOKEN)]),
        bare.get(path, params={"api-token": TOKEN}, headers={"Authorization": "Basic x"}),
        bare.get(path, headers={"Cookie": f"token={TOKEN}; api-token={TOKEN}"}),
    ]  # fmt: skip
    assert [found.status_code for found in bad] == [401] * 11
    assert bad[0].headers["www-authenticate"] == "Api-Token"
    assert bad[0].json()["error"]["code"] == 401


def test_a_token_is_looked_up(client: TestClient) -> None:
    found = client.post("/api/v1/tokens/lookup", json={"token": TOKEN}).json()
    assert found["id"] == "dt0c01." + "A" * 24
    assert set(found["scopes"]) == {"DTAQLAccess", "WriteConfig", "ReadConfig", "DataExport"}
    assert not found["revoked"]
    assert client.post("/api/v1/tokens/lookup", json={"token": "another"}).status_code == 404


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"token": 1}', "null", "[" * 60_000, b"\xff"]
)
def test_bodies_that_are_none(client: TestClient, body: str | bytes) -> None:
    kind = {"Content-Type": "application/json"}
    found = client.post("/api/v1/tokens/lookup", content=body, headers=kind)
    assert found.status_code == 400
    (violation,) = found.json()["error"]["constraintViolations"]
    assert violation["parameterLocation"] == "PAYLOAD_BODY"


def test_only_json_is_taken(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        found = client.post(
            "/api/v1/tokens/lookup",
            content=f'{{"token": "{TOKEN}"}}',
            headers={"Content-Type": kind},
        )
        assert found.status_code == 415


def test_other_methods_are_told_which_there_is(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD", "TRACE"):
        found = client.request(method, TABLE)
        assert found.status_code == 405
        assert found.headers["allow"] == "GET, OPTIONS"
    assert client.get("/api/v1/tokens/lookup").headers["allow"] == "POST, OPTIONS"
    assert client.options(TABLE).status_code == 204
