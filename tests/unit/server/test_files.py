"""The files that a server opens: none by a path from a request, and none to write."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.places import ROOT
from tests.unit.server.asking import HEADER, TABLE, TOKEN, TREE
from tests.unit.server.page.test_assets import TRAVERSALS
from tests.unit.server.page.test_faults import BODIES, TEXT
from tests.unit.server.running import serving
from usql.server.page.downloads import FORMS
from usql.server.tokens import cookie_of

WATCH = """
import os, sys
_file = os.open(os.environ["USQL_TEST_AUDIT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
_WATCHED = {"open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate",
            "os.chmod", "os.link", "os.symlink", "shutil.move", "subprocess.Popen", "os.system", "os.exec",
            "os.posix_spawn", "os.fork", "socket.connect", "socket.getaddrinfo", "urllib.Request"}
def _hook(event, args, _watched=_WATCHED, _write=os.write, _file=_file, _repr=repr):
    if event in _watched:
        _write(_file, (event + " " + _repr(args) + "\\n").encode("utf-8", "backslashreplace"))
sys.addaudithook(_hook)
"""
"""Writes what the process opens, lists, changes, starts and connects to, one event a line."""

CODE = [ROOT, *(Path(place) for place in sys.path if place)]
"""Where modules are read that are imported at their first use."""


def is_of_code(path: str) -> bool:
    real = Path(os.path.realpath(path))
    is_module = (
        real.suffix in (".py", ".pyc", ".so", ".json") or real.is_dir() or ".so." in real.name
    )
    return is_module and any(real.is_relative_to(os.path.realpath(place)) for place in CODE)


def events_in(file: Path, skip: int) -> list[tuple[str, Any]]:
    lines = file.read_bytes()[skip:].decode().splitlines()
    parted = [line.partition(" ") for line in lines]
    return [(event, eval(args, {"__builtins__": {}})) for event, _, args in parted]


def requests(client: httpx2.Client, queries: Path) -> None:
    """Requests of every kind to every path, many with paths and URLs in them."""
    names = [*TRAVERSALS, str(queries / "one.usql"), "http://evil.test/x", "\\\\evil.test\\x"]
    for name in names:
        client.get(f"/static/{name}", headers=HEADER)
        client.get("/app/queries", params={"name": name, "folder": name}, headers=HEADER)
        text = {"text": f"SELECT city FROM usersession WHERE city = '{name}'"}
        for path, body in BODIES.items():
            answer = client.post(
                f"/app/{path}",
                json={**body, **({} if "text" not in body else text)},
                headers=HEADER,
            )
            if path == "download":
                assert client.get(f"/{answer.json()['path']}", headers=HEADER).content
        client.post("/app/query", json={"text": f'SELECT city FROM "{name}"'}, headers=HEADER)
        client.post("/app/values", json={"table": name, "field": name}, headers=HEADER)
        client.post("/app/session", json={"userSessionId": name}, headers=HEADER)
        for path in (TABLE, TREE):
            client.get(path, params={"query": text["text"], "explain": "true"}, headers=HEADER)
        client.post("/session", json={"token": name})
        client.post("/api/v1/tokens/lookup", json={"token": name}, headers=HEADER)
    for form in FORMS:
        ready = client.post("/app/download", json={**TEXT, "form": form}, headers=HEADER).json()
        assert client.get(f"/{ready['path']}", headers=HEADER).content
    client.post("/session", json={"token": TOKEN})
    for path in ("/", "/app/info", "/app/catalog", "/healthz", "/api/openapi.json", "/api/v1/time"):
        client.get(path)


@pytest.mark.skipif(sys.platform == "win32", reason="paths are compared as POSIX has them")
def test_no_path_comes_from_a_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "one.usql").write_text("-- One\nSELECT city FROM usersession")
    audit = tmp_path / "audit"
    monkeypatch.setenv("USQL_TEST_AUDIT", str(audit))
    with serving(tmp_path, "--sample", "--queries", str(queries), before=WATCH) as running:
        with httpx2.Client(base_url=running.url) as client:
            assert client.get("/healthz").text == "ok"  # the page's files are in memory now
            started = audit.stat().st_size
            assert b"index.html" in audit.read_bytes()
            requests(client, queries)
        log = running.log.read_text()
        events = events_in(audit, started)
    opened = [args for event, args in events if event == "open"]
    assert [a for a in opened if a[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)] == []
    places = {str(a[0]) for a in opened} | {
        str(a[0]) for e, a in events if e in ("os.listdir", "os.scandir")
    }
    strange = {p for p in places if not is_of_code(p) and not Path(p).is_relative_to(queries)}
    assert strange == set()
    assert str(queries / "one.usql") in places
    others = {event for event, _ in events} - {"open", "os.listdir", "os.scandir"}
    assert others == set()
    for secret in (TOKEN, cookie_of(TOKEN), "SELECT", "COUNT", "evil.test", "passwd", "secret"):
        assert secret not in log
    assert log.count("POST /app/query 200") > len(TRAVERSALS)
