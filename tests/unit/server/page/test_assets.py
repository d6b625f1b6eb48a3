"""The page's files, and paths that are none of them."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import TOKEN
from usql.server.application import Application
from usql.server.page.assets import Assets
from usql.server.settings import Settings

TRAVERSALS = [
    "..", "../secret.txt", "../../secret.txt", "..%2fsecret.txt", "..%2Fsecret.txt", "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt", "%252e%252e%252fsecret.txt", "..%5csecret.txt", "..\\secret.txt", "%5csecret.txt",
    ".%2e/secret.txt", "....//secret.txt", "./../secret.txt", "parts/../../secret.txt", "parts/..%2f..%2fsecret.txt",
    "..%c0%afsecret.txt", "%c0%ae%c0%ae/secret.txt", "..%e0%80%afsecret.txt", "%uff0e%uff0e/secret.txt",
    "．．/secret.txt", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "file:///etc/passwd", "C:%5cwindows",
    "page.js%00", "page.js%00.txt", "page.js/", "page.js%20", "page.js.", "PAGE.JS", "./page.js", "parts//one.js",
    "parts", "parts/", "", ".", "%2e", "~root", "page.js;x", ".hidden.js%2f..%2fpage.js", "link.js/", "page.py",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "assets"
    (folder / "parts").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>usql</title>")
    (folder / "page.js").write_text("export const x = 1;\n" * 100)
    (folder / "page.py").write_text("x = 1")
    (folder / "parts" / "one.js").write_text("1;")
    return folder


@pytest.fixture
def client(sessions: usql.Sessions, folder: Path) -> TestClient:
    settings = Settings(token=TOKEN, hosts=frozenset({"localhost"}), assets=folder)
    return TestClient(Application(sessions, settings), base_url="http://localhost:8642")


def test_the_page_and_its_files_need_no_token(client: TestClient) -> None:
    page = client.get("/")
    assert page.text == "<!doctype html><title>usql</title>"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/static/page.js").headers["content-type"] == "text/javascript; charset=utf-8"
    assert client.get("/static/parts/one.js").text == "1;"


@pytest.mark.parametrize("path", TRAVERSALS)
@pytest.mark.parametrize(
    "decoded", [lambda path: path, unquote, lambda path: unquote(unquote(path))]
)
def test_other_paths_are_nothing(
    client: TestClient, path: str, decoded: Callable[[str], str]
) -> None:
    """Clients tidy paths before they send them, so the application gets these as they are."""
    status, body = asyncio.run(answered(client.app, f"/static/{decoded(path)}"))
    assert (status, b"secret" in body) == (404, False)


async def answered(application: Any, path: str) -> tuple[int, bytes]:
    scope = {
        "type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"host", b"localhost")], "root_path": "",
    }  # fmt: skip
    status, body = 0, b""

    async def send(message: Any) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await application(scope, receive, send)
    return status, body


def test_the_browser_asks_whether_a_file_has_changed(client: TestClient, folder: Path) -> None:
    for path in ("/", "/static/page.js"):
        first = client.get(path)
        assert first.headers["cache-control"] == "no-cache"
        tag = first.headers["etag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    (folder / "page.js").write_text("changed")
    changed = client.get("/static/page.js", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.text) == (200, "changed")


def test_files_are_compressed(client: TestClient, folder: Path) -> None:
    plain = client.get("/static/page.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = client.get("/static/page.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.text == plain.text == (folder / "page.js").read_text()


def test_files_are_read_once_unless_they_are_being_written(folder: Path) -> None:
    kept, live = Assets(folder), Assets(folder, is_live=True)
    (folder / "page.js").write_text("new")
    (folder / "more.js").write_text("more")
    old, new = kept.get("page.js"), live.get("page.js")
    assert old is not None
    assert new is not None
    assert old.body.startswith(b"export")
    assert new.body == gzip.decompress(new.packed) == b"new"
    assert kept.get("more.js") is None
    assert live.get("more.js") is not None


def test_without_a_page(sessions: usql.Sessions, tmp_path: Path) -> None:
    settings = Settings(token=TOKEN, hosts=frozenset({"localhost"}), assets=tmp_path)
    client = TestClient(Application(sessions, settings), base_url="http://localhost:8642")
    assert client.get("/").status_code == 404
