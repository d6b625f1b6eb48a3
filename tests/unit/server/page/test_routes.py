"""Who is let in to the page's paths."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import HEADER, TABLE, TOKEN, client_of
from usql.server.application import Application
from usql.server.settings import Settings
from usql.server.tokens import cookie_of

OURS = "http://localhost:8642"
COOKIE = {"Cookie": f"usql-8642={cookie_of(TOKEN)}"}
LOOKS = ["/app/info", "/app/catalog", "/app/queries", "/app/download/nothing"]
ASKED = [f"/app/{name}" for name in (
    "diagnose", "complete", "hover", "signature", "format", "tokens",
    "query", "download", "chart", "tree", "response", "explain", "values", "session",
)]  # fmt: skip
QUERY = {"text": "SELECT COUNT(*) FROM usersession"}


@pytest.fixture(scope="module")
def nobody(sessions: usql.Sessions) -> TestClient:
    """A client without a token."""
    return client_of(sessions, {}, allow_origins=["https://shop.example", "http://localhost:8000"])


def test_every_path_is_in_these_lists(sessions: usql.Sessions) -> None:
    application = Application(sessions, Settings(token=TOKEN, hosts=frozenset({"localhost"})))
    paths = {route.path for route in application.page.routes()}  # type: ignore[attr-defined]
    paths |= {path.replace("{name}", "nothing") for path in paths}
    assert paths - {"/app/download/{name}"} == {
        "/",
        "/static/{name:path}",
        "/session",
        *LOOKS,
        *ASKED,
    }


# --- token and cookie


def test_the_token_is_exchanged_for_a_cookie(nobody: TestClient) -> None:
    found = nobody.post("/session", json={"token": TOKEN})
    assert (found.status_code, found.content) == (204, b"")
    value, *attributes = found.headers["set-cookie"].split("; ")
    assert value == f"usql-8642={cookie_of(TOKEN)}"
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=strict"]
    assert TOKEN not in str(found.headers)
    assert nobody.get("/app/info", headers=COOKIE).status_code == 200
    assert nobody.post("/app/query", json=QUERY, headers=COOKIE).json()["rows"] == [[400]]
    nobody.cookies.clear()


@pytest.mark.parametrize(
    ("body", "status"),
    [({"token": TOKEN[:-1] + "C"}, 401), ({"token": ""}, 401), ({"token": "\udc00" * 3}, 401),
     ({}, 400), ([], 400), ({"token": 1}, 400), (None, 400)],
)  # fmt: skip
def test_no_cookie_without_the_token(nobody: TestClient, body: Any, status: int) -> None:
    found = nobody.post(
        "/session", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert found.status_code == status
    assert "set-cookie" not in found.headers


@pytest.mark.parametrize("path", [*LOOKS, *ASKED])
def test_no_answer_without_either(nobody: TestClient, path: str) -> None:
    method = "GET" if path in LOOKS else "POST"
    value = cookie_of(TOKEN)
    for headers in (
        {}, {"Cookie": f"usql-8642={value[:-1]}x"}, {"Cookie": f"usql={value}"}, {"Cookie": "usql-8642="},
        {"Cookie": f"usql-8643={value}"}, {"Cookie": f"usql-8642={TOKEN}"}, {"Authorization": "Api-Token x"},
        {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Api-Token {value}"},
    ):  # fmt: skip
        assert nobody.request(method, path, json=QUERY, headers=headers).status_code == 401
    assert nobody.request(method, f"{path}?api-token={TOKEN}", json=QUERY).status_code == 401
    for headers in (HEADER, COOKIE):
        assert nobody.request(method, path, json=QUERY, headers=headers).status_code in (
            200,
            400,
            404,
        )


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"{TABLE}?query=SELECT+COUNT(*)+FROM+usersession"), ("GET", "/api/v1/config/clusterversion"),
     ("POST", "/api/v1/tokens/lookup"), ("GET", "/api/openapi.json"), ("GET", f"/e/x{TABLE}?query=x")],
)  # fmt: skip
def test_the_cookie_counts_for_the_page_only(nobody: TestClient, method: str, path: str) -> None:
    found = nobody.request(method, path, json={"token": TOKEN}, headers=COOKIE)
    assert found.status_code == 401


@pytest.mark.parametrize(
    ("base", "is_secure", "name", "secure"),
    [
        (OURS, False, "usql-8642", False), ("https://localhost:8642", False, "usql-8642", True),
        (OURS, True, "usql-8642", True), ("https://localhost", False, "usql", True),
    ],
)  # fmt: skip
def test_the_cookie_goes_over_tls_alone_if_the_page_does(
    sessions: usql.Sessions, base: str, is_secure: bool, name: str, secure: bool
) -> None:
    settings = Settings(token=TOKEN, hosts=frozenset({"localhost"}), is_secure=is_secure)
    client = TestClient(Application(sessions, settings), base_url=base)
    cookie = client.post("/session", json={"token": TOKEN}).headers["set-cookie"]
    assert cookie.startswith(f"{name}=")
    assert ("Secure" in cookie.split("; ")) == secure


def test_another_token_has_another_cookie() -> None:
    assert cookie_of(TOKEN) != cookie_of(TOKEN[:-1] + "C")
    assert len(cookie_of(TOKEN)) == 64


# --- pages of other origins


@pytest.mark.parametrize("path", ["/session", *LOOKS, *ASKED])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "x"},
        {"Origin": "https://evil.test"}, {"Origin": "null"}, {"Origin": "http://localhost:8643"},
        {"Origin": "https://localhost:8642"}, {"Origin": "http://localhost"},
        {"Origin": "http://localhost:8642.evil.test"}, {"Origin": "http://127.0.0.1:8642"},
        {"Origin": OURS, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://shop.example"}, {"Origin": "http://localhost:8000"},
        {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-site"},
    ],
)  # fmt: skip
def test_other_pages_are_refused(nobody: TestClient, path: str, headers: dict[str, str]) -> None:
    """Those of allowed origins, too, and before the token is looked at."""
    method = "GET" if path in LOOKS else "POST"
    for more in ({}, COOKIE, HEADER):
        found = nobody.request(method, path, json=QUERY, headers={**headers, **more})
        assert found.status_code == 403
        assert not any(name.startswith("access-control-") for name in found.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": OURS},
        {"Sec-Fetch-Site": "none"},
        {"Origin": OURS},
    ],
)
def test_the_page_itself_is_not(nobody: TestClient, headers: dict[str, str]) -> None:
    found = nobody.post("/app/query", json=QUERY, headers={**headers, **COOKIE})
    assert found.status_code == 200
    assert nobody.get("/app/info", headers={**headers, **COOKIE}).status_code == 200


@pytest.mark.parametrize("path", ["/session", *LOOKS, *ASKED])
@pytest.mark.parametrize("origin", ["https://shop.example", "https://evil.test", "null"])
def test_no_preflight_opens_the_page(nobody: TestClient, path: str, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    found = nobody.options(path, headers=headers)
    assert found.status_code == 403
    assert not any(name.startswith("access-control-") for name in found.headers)


@pytest.mark.parametrize("path", ["/session", *ASKED])
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None,
             "text/json", "application/jsonx", "text/plain; application/json"],
)  # fmt: skip
def test_a_body_is_declared_as_json(nobody: TestClient, path: str, kind: str | None) -> None:
    headers = {**COOKIE, **({} if kind is None else {"Content-Type": kind})}
    assert nobody.post(path, content=b'{"text":""}', headers=headers).status_code == 415


@pytest.mark.parametrize("path", ["/", "/static/x.js", "/session", *LOOKS, *ASKED])
def test_other_methods(nobody: TestClient, path: str) -> None:
    expected = "POST" if path == "/session" or path in ASKED else "GET"
    for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "TRACE"):
        found = nobody.request(method, path, headers=COOKIE)
        if method == expected:
            assert found.status_code != 405
        else:
            assert (found.status_code, found.headers["allow"]) == (405, f"{expected}, OPTIONS")


def test_below_another_path(sessions: usql.Sessions) -> None:
    """The application may be mounted in a larger one; the page's paths are known there, too."""
    inner = usql.server.app(sessions, token=TOKEN)
    client = TestClient(Starlette(routes=[Mount("/usql", inner)]), base_url=OURS)
    headers = {"Sec-Fetch-Site": "cross-site", **COOKIE}
    assert client.get("/usql/app/info", headers=headers).status_code == 403
    cookie = client.post("/usql/session", json={"token": TOKEN}).headers["set-cookie"]
    assert "Path=/usql/" in cookie
    assert client.get("/usql/app/info").status_code == 200
    found = client.post("/usql/app/response", json=QUERY).json()
    assert found["url"].startswith(f"{OURS}/usql{TABLE}?")
