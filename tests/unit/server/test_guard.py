"""Who is let in, by what a request says of itself, and the headers of every response."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest
from starlette.testclient import TestClient

import usql
from tests.places import ROOT
from tests.unit.server.asking import HEADER, TABLE, TOKEN, TREE, client_of
from usql.server import guard
from usql.server.guard import LARGEST_HEAD, SECURITY_HEADERS

LOOKUP = "/api/v1/tokens/lookup"
PATHS = ["/", "/healthz", "/api/openapi.json", "/api/v1/time", "/api/v1/config/clusterversion", LOOKUP,
         TABLE, TREE, "/e/x/api/v1/time", "/nothing", "/session", "/app/info", "/app/query", "/static/page.js", "/static/x.js", "/ingest"]  # fmt: skip
QUERY = "?query=SELECT+COUNT(*)+FROM+usersession"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    ["evil.test:8642", "evil.test", "localhost.evil.test", "127.0.0.2", "10.0.0.5:8642", "[::2]:8642",
     "localhost:8642:1", "localhost@evil.test", "xlocalhost", "", "localhost:x"],
)  # fmt: skip
def test_another_host_is_refused_before_anything(client: TestClient, path: str, host: str) -> None:
    found = client.get(path, headers={"Host": host})
    assert found.status_code == 421
    assert found.json()["error"]["code"] == 421


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:8642", "127.0.0.1:1", "[::1]:8642", "[::1]"]
)
def test_names_without_a_port_go_with_any(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_names_with_a_port_go_with_that_one(sessions: usql.Sessions) -> None:
    client = client_of(sessions, hosts=["shop.example:8642"])
    statuses = [
        client.get("/healthz", headers={"Host": host}).status_code
        for host in ("shop.example:8642", "shop.example", "shop.example:86", "localhost:8642")
    ]
    assert statuses == [200, 421, 421, 421]


def test_a_request_has_one_host(client: TestClient) -> None:
    assert (
        client.get("/healthz", headers=[("Host", "localhost"), ("Host", "localhost")]).status_code
        == 400
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
def test_every_response_has_the_headers(client: TestClient, path: str, method: str) -> None:
    for headers in ({}, {"Host": "evil.test"}, {"Authorization": "Api-Token x"}):
        found = client.request(method, path + QUERY, headers=headers)
        is_file = found.status_code == 200 and path in ("/", "/static/page.js")
        kept = {"Cache-Control": "no-cache"} if is_file else {}  # asked for again each time
        for name, value in {**SECURITY_HEADERS, **kept}.items():
            assert found.headers[name] == value
        assert "unsafe" not in found.headers["Content-Security-Policy"]
        assert "server" not in found.headers
        assert not any(name.startswith("access-control-") for name in found.headers)


# --- pages of other origins

OURS = "http://localhost:8642"
THEIRS = "https://shop.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": OURS}, 200),
        ({"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": OURS, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": THEIRS}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://localhost:8643"}, 403),
        ({"Origin": "http://localhost:8642.evil.test"}, 403),
    ],
)
def test_what_pages_may_send(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post(LOOKUP, json={"token": TOKEN}, headers=headers).status_code == status


def test_no_page_of_another_origin_is_answered(client: TestClient) -> None:
    found = client.options(TABLE, headers={"Origin": THEIRS, **PREFLIGHT})
    assert found.status_code == 403
    assert not any(name.startswith("access-control-") for name in found.headers)
    found = client.get(TABLE + QUERY, headers={"Origin": THEIRS})
    assert not any(name.startswith("access-control-") for name in found.headers)
    assert found.headers["cross-origin-resource-policy"] == "same-origin"


def test_pages_of_an_allowed_origin(sessions: usql.Sessions) -> None:
    client = client_of(sessions, header={}, allow_origins=[THEIRS, "http://localhost:8000"])
    found = client.options(TABLE, headers={"Origin": THEIRS, **PREFLIGHT})
    assert found.status_code == 204
    assert found.headers["access-control-allow-origin"] == THEIRS
    assert found.headers["access-control-allow-headers"] == "authorization, content-type"
    assert found.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert found.headers["access-control-max-age"] == "600"
    assert "access-control-allow-credentials" not in found.headers
    assert "access-control-allow-private-network" not in found.headers
    private = {"Access-Control-Request-Private-Network": "true"}
    found = client.options(TABLE, headers={"Origin": THEIRS, **PREFLIGHT, **private})
    assert found.headers["access-control-allow-private-network"] == "true"
    for path, token in ((TABLE + QUERY, HEADER), (TABLE, HEADER), (TABLE + QUERY, {})):
        found = client.get(path, headers={"Origin": THEIRS, **token})
        assert found.headers["access-control-allow-origin"] == THEIRS
        assert "Retry-After" in found.headers["access-control-expose-headers"]
        assert "Origin" in found.headers["vary"]
    sent = client.post(
        LOOKUP,
        json={"token": TOKEN},
        headers={"Origin": THEIRS, "Sec-Fetch-Site": "cross-site", **HEADER},
    )
    assert sent.status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["null", "https://SHOP.example", "https://shop.example:443", "http://shop.example", "https://shop.example/",
     "https://shop.example.evil.test", "https://evilshop.example", "https://x.shop.example", "*", ""],
)  # fmt: skip
def test_no_origin_but_the_very_same_is_allowed(sessions: usql.Sessions, origin: str) -> None:
    client = client_of(sessions, allow_origins=[THEIRS])
    private = {"Access-Control-Request-Private-Network": "true"}
    found = client.options(TABLE, headers={"Origin": origin, **PREFLIGHT, **private})
    assert found.status_code == 403
    assert not any(name.startswith("access-control-") for name in found.headers)


# --- sizes


def test_long_targets_and_headers(client: TestClient) -> None:
    fits = "x" * (LARGEST_HEAD - 2000)
    assert client.get(f"/healthz?{fits}").status_code == 200
    assert client.get("/healthz", headers={"X": fits}).status_code == 200
    for found in (client.get(f"/healthz?{fits}", headers={"X": "y" * 2000}),
                  client.get("/" + fits, headers={"X": "y" * 2000})):  # fmt: skip
        assert found.status_code == 431
        assert found.json()["error"]["code"] == 431


def test_long_bodies(client: TestClient) -> None:
    kind = {"Content-Type": "application/json"}
    assert client.post(LOOKUP, content=b" " * 65_537, headers=kind).status_code == 413
    assert client.post(LOOKUP, content=b" " * 65_000, headers=kind).status_code == 400

    def pieces() -> Any:
        for _ in range(100):
            yield b" " * 1000

    assert client.post(LOOKUP, content=pieces(), headers=kind).status_code == 413


def test_a_body_that_is_not_read_ends_the_connection(client: TestClient) -> None:
    found = client.request("GET", TABLE + QUERY, content=b"x" * 10)
    assert found.status_code == 200
    assert found.headers["connection"] == "close"
    assert "connection" not in client.get(TABLE + QUERY).headers
    assert "connection" not in client.post(LOOKUP, json={"token": TOKEN}).headers


# --- faults


@pytest.mark.parametrize(
    "path", [TABLE + QUERY, TREE + QUERY, "/api/v1/time", "/api/v1/config/clusterversion", LOOKUP]
)
def test_a_fault_is_told_by_a_number(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("".join(("SEC", "RET")))

    for name in ("table", "tree", "clock_of", "json_bytes", "json_body"):
        monkeypatch.setattr(f"usql.server.vendor.{name}", broken)
    with caplog.at_level(logging.ERROR, guard.FAULTS.name):
        found = client.post(path, json={}) if path == LOOKUP else client.get(path)
    assert found.status_code == 500
    number = found.json()["error"]["message"].split()[-4].strip(",")
    (record,) = (r for r in caplog.records if r.name == guard.FAULTS.name)
    assert number in record.getMessage()
    assert "RuntimeError" in record.getMessage()
    assert "vendor.py" in record.getMessage()
    assert "SECRET" not in record.getMessage() + found.text
    assert ".py" not in found.text
    assert found.headers["X-Content-Type-Options"] == "nosniff"


def test_no_path_leads_to_a_file(client: TestClient) -> None:
    for up in (
        "../",
        "..%2f",
        "%2e%2e/",
        "..\\",
        "..%5c",
        "....//",
        "%c0%ae%c0%ae/",
        "..%00/",
        "/",
        "//",
        "file:///",
    ):
        for file in ("etc/passwd", "pyproject.toml", "usql/__init__.py"):
            assert client.get(f"http://localhost:8642/static/{up * 3}{file}").status_code == 404


def test_other_protocols_are_closed(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/app"):
        pass


_OPENING = """
import sys
from starlette.testclient import TestClient
import usql
from tests.unit.server.asking import TABLE, TREE, client_of
from tests.unit.server.test_guard import PATHS, QUERY

client = client_of(usql.sample(sessions=50), now="now")
texts = ["SELECT * FROM usersession LIMIT 5", "SELECT city FROM usersession", "SELECT cty FROM usersession", "x",
         "SELECT COUNT(*) FROM '/etc/passwd'", "SELECT city FROM usersession WHERE city = 'file:///etc/passwd'"]

def everything():
    for path in [*PATHS, "/../../etc/passwd", "/static/..%2f..%2fetc/passwd"]:
        client.get(f"http://localhost:8642{path}{QUERY}")
        client.post(f"http://localhost:8642{path}", json={"token": "/etc/passwd"})
    for text in texts:
        for path in (TABLE, TREE):
            client.get(path, params={"query": text, "explain": "true", "startTimestamp": "1"})

everything()  # imports, and what is loaded once
opened = []
sys.addaudithook(lambda event, given: opened.append((event, given)) if event in
                 ("open", "socket.connect", "subprocess.Popen", "os.exec", "os.listdir") else None)
everything()
print(opened)
"""


def test_requests_open_no_file_and_no_connection() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OPENING], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stderr == ""
    assert done.stdout == "[]\n"
