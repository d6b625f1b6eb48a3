"""BizOpsConfigurator: a page on another origin, in Chromium. Its requests are not intercepted, which
would switch preflights off; other hosts do not resolve."""

from __future__ import annotations

import functools
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import usql
from tests.clients.conftest import Source
from tests.clients.marks import MARKS
from tests.clients.recordings import compare, recording
from tests.places import SESSIONS
from tests.unit.server.asking import TOKEN
from usql.server.vendor import VERSION

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = MARKS

_CONNECT = "([where, what]) => { url = where; token = what; }"

_ASK = """async ([asks, app]) => {
    const found = {};
    for (const ask of asks) {
        found[ask] = await window[ask](app).then(answer => answer, failed => "failed: " + failed.status);
    }
    return found;
}"""

_READ = """([found]) => ({
    connected: processTestConnect(found.testConnect),
    regions: parseRegions(found.getRegions),
    goals: parseGoals(found.getGoals).goals,
    kpis: parseKPIs(found.getKPIs),
    usps: parseUSPFilter(found.getUSPs),
    keyActions: parseKeyActions(found.getKeyActions).goals,
    shown: $("#errorBox").text(),
})"""

ASKS = [
    "testConnect", "getVersion", "getRegions", "getGoals", "getKPIs", "getUSPs", "getKeyActions",
]  # fmt: skip
LAST_DAY = datetime(2026, 3, 8, tzinfo=UTC)
"""The time that the page is given, near the end of the data, so that its requests are always the same."""


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *values: Any) -> None:
        """Nothing is written to the terminal."""


@pytest.fixture
def origin(source: Source) -> Iterator[str]:
    """Where the page is served, by a server of plain files."""
    handler = functools.partial(_Files, directory=str(source("BizOpsConfigurator")))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def browser(source: Source) -> Iterator[Browser]:
    """Chromium that reaches nothing but this machine. It is not the one of the page's tests, since its
    names resolve otherwise."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path is not None, "Chromium is not installed"
    options = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


def _opened(browser: Browser, origin: str, server: str, now: datetime | None = None) -> Page:
    """The page, connected to a server."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    if now is not None:
        page.clock.set_fixed_time(now)
    page.goto(f"{origin}/index.html")
    page.wait_for_function("() => typeof testConnect === 'function' && !!window.jQuery")
    page.evaluate(_CONNECT, [f"{server}/e/0123", TOKEN])
    return page


def _expected(sessions: usql.Sessions, requests: list[dict[str, str]], end: int) -> list[Any]:
    """What the requests for tables ask for, in the two hours before an end if they do not say since
    when."""
    asked = [
        dict(parse_qsl(urlsplit(request["target"]).query))
        for request in requests
        if request["method"] == "GET" and "/table?" in request["target"]
    ]
    return [
        sessions.query(
            text["query"],
            start=int(text.get("startTimestamp", end - 7_200_000)),
            end=end,
        ).to_table_response()
        for text in asked
    ]


def _requests(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_all_that_it_asks(browser: Browser, origin: str, tmp_path: Path) -> None:
    """Every function that asks is answered after a preflight, and the page can read the answers."""
    with recording(tmp_path, SESSIONS, "--allow-origin", origin) as (running, file):
        page = _opened(browser, origin, running.url, LAST_DAY)
        found = page.evaluate(_ASK, [ASKS, "Web Shop"])
        read = page.evaluate(_READ, [found])
    assert found["getVersion"] == {"version": VERSION}
    sessions = usql.open(SESSIONS)
    assert [found[ask] for ask in ASKS[2:]] == _expected(
        sessions, _requests(file), sessions.span[1]
    )
    assert (read["connected"], read["shown"]) == (True, "")
    assert [region["country"] for region in read["regions"]] == ["Poland"]
    assert len(read["keyActions"]) == len(found["getKeyActions"]["values"]) > 0
    methods = [request["method"] for request in _requests(file)]
    assert methods == ["OPTIONS", "POST", *["OPTIONS", "GET"] * 6]
    compare(file, "bizops", origin)


def test_several_applications(browser: Browser, origin: str, tmp_path: Path) -> None:
    """The same for a list of applications, and at a time when there are properties to read."""
    now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    options = ["--allow-origin", origin, "--now", f"{now:%Y-%m-%d %H:%M}"]
    sessions = usql.open(SESSIONS)
    with recording(tmp_path, SESSIONS, *options) as (running, file):
        page = _opened(browser, origin, running.url, now)
        found = page.evaluate(_ASK, [ASKS, ["Web Shop", "Mobile App"]])
        read = page.evaluate(_READ, [found])
    end = int(now.timestamp() * 1000)
    assert [found[ask] for ask in ASKS[2:]] == _expected(sessions, _requests(file), end)
    assert (read["connected"], read["shown"]) == (True, "")
    assert [kpi["key"] for kpi in read["kpis"]] == ["items", "revenue"]
    assert read["usps"]["usersession.stringProperties"] == {"memberstatus": ["gold"]}
    assert all(read[what] for what in ("regions", "keyActions"))


def test_since_yesterday(browser: Browser, origin: str, tmp_path: Path) -> None:
    """The actions since yesterday are none when the data ended before, and that is no error."""
    with recording(tmp_path, SESSIONS, "--allow-origin", origin) as (running, _):
        page = _opened(browser, origin, running.url)
        found = page.evaluate(_ASK, [["getKeyActions"], "Web Shop"])["getKeyActions"]
    assert (found["columnNames"], found["values"]) == (["application", "name"], [])


def test_a_page_of_another_origin(browser: Browser, origin: str, tmp_path: Path) -> None:
    """Without --allow-origin the browser shows the page no answer."""
    with recording(tmp_path, SESSIONS) as (running, file):
        page = _opened(browser, origin, running.url)
        assert page.evaluate(_ASK, [["getVersion"], ""]) == {"getVersion": "failed: 0"}
    assert [request["method"] for request in _requests(file)] == ["OPTIONS"]
