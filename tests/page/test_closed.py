"""The page lets nothing in and nothing out: labels are texts, the token leaves the address, questions
stay between the page and its server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import query
from tests.unit.server.asking import TOKEN
from tests.unit.server.running import Running, serving
from tests.unit.server.slow import SLOW, slow_data

pytestmark = MARKS

HOSTILE = "<img src=x onerror=document.title='broken'>"


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Sessions whose values, keys and file have markup for names."""
    folder = tmp_path_factory.mktemp("hostile")
    session = {
        "userSessionId": HOSTILE, "startTime": 1, "endTime": 2, "city": HOSTILE,
        "stringProperties": [{"key": HOSTILE, "value": HOSTILE}], HOSTILE: HOSTILE,
    }  # fmt: skip
    file = folder / f"{HOSTILE.replace('/', '')}.ndjson"
    file.write_text(json.dumps(session), encoding="utf-8")
    with serving(folder, file.name) as running:
        yield running


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM usersession",
        f'SELECT city AS "{HOSTILE}", COUNT(*) FROM usersession GROUP BY city',
        f'SELECT city FROM usersession WHERE city = "{HOSTILE}"',
        f"SELECT `{HOSTILE}` FROM usersession",
        f"SELECT ' {HOSTILE} FROM usersession",
    ],
)
def test_labels_are_texts(open_page: Open, hostile_server: Running, text: str) -> None:
    opened = open_page(query(text), server=hostile_server)
    opened.wait()
    assert HOSTILE in opened.page.locator("header").inner_text()
    views = opened.views
    for view in views:
        opened.look(view)
    if not views:
        opened.page.get_by_role("region", name="Problems").wait_for()
    assert opened.page.locator("img").count() == 0
    assert opened.page.title() == "usql"


def test_labels_of_charts_are_texts(open_page: Open, hostile_server: Running) -> None:
    text = "SELECT city, COUNT(*) FROM usersession GROUP BY city"
    opened = open_page(query(text), server=hostile_server)
    opened.wait()
    opened.look("bar")
    opened.page.locator(".drawing [aria-roledescription='bar']").hover()
    opened.until(lambda: HOSTILE in opened.page.locator(".tip").inner_text())
    drawn = opened.page.locator(".drawing text").all_text_contents()
    assert any(label.startswith("<img") for label in drawn)
    assert opened.page.locator("img").count() == 0
    assert opened.page.title() == "usql"


def test_a_session_with_markup(open_page: Open, hostile_server: Running) -> None:
    opened = open_page(query("SELECT city FROM usersession"), server=hostile_server)
    opened.wait()
    opened.grid.get_by_role("gridcell", name="Open session").click()
    opened.page.locator(".of-session").wait_for()
    assert HOSTILE in opened.page.get_by_role("dialog").inner_text()
    assert opened.page.locator("img").count() == 0
    assert opened.page.title() == "usql"


def test_trusted_types_are_required(open_page: Open) -> None:
    opened = open_page()
    opened.editor.wait_for()
    refused = opened.page.evaluate(
        "(() => { try { document.createElement('div').innerHTML = '<b>x</b>'; return false }"
        " catch (error) { return error instanceof TypeError } })()"
    )
    assert refused
    opened.until(lambda: opened.errors != [])
    opened.errors.clear()  # what Chromium says of that


def test_the_token_leaves_the_address(open_page: Open) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession"))
    opened.wait()
    assert TOKEN not in opened.page.url
    assert all(TOKEN not in address for address in opened.addresses)
    opened.page.go_back()
    assert TOKEN not in opened.page.url
    stored = opened.page.context.storage_state()
    assert TOKEN not in json.dumps(stored)
    assert TOKEN not in opened.server.log.read_text(encoding="utf-8")
    (cookie,) = opened.page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"


def test_questions_are_not_in_addresses(open_page: Open) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession WHERE city = 'Secretville'"))
    opened.wait()
    assert all("Secretville" not in address for address in opened.addresses)
    assert "Secretville" not in opened.server.log.read_text(encoding="utf-8")


def test_without_a_token(open_page: Open) -> None:
    opened = open_page()
    opened.page.get_by_role("list", name="Or try one of these").wait_for()
    opened.wait_for_fields()
    opened.page.context.clear_cookies()
    opened.go(token=None)
    opened.page.get_by_label("Token").wait_for()
    opened.compare("login")
    opened.page.get_by_label("Token").fill("wrong")
    opened.page.keyboard.press("Enter")
    opened.page.get_by_text("This is not the token of this server.").wait_for()
    opened.page.get_by_label("Token").fill(TOKEN)
    opened.page.keyboard.press("Enter")
    opened.editor.wait_for()


def test_stop_ends_the_query_on_the_server(open_page: Open, tmp_path: Path) -> None:
    # One thread is slow enough for any browser.
    arguments = ["--profile", "offline", "--timeout", "600", "--threads", "1"]
    with serving(tmp_path, str(slow_data(tmp_path)), *arguments) as running:
        opened = open_page(query(SLOW), server=running)
        opened.until(lambda: opened.info()["queries"]["running"] == 1)
        opened.page.get_by_role("button", name="Stop").click()
        opened.page.get_by_text("Stopped.").wait_for()
        opened.until(lambda: opened.info()["queries"]["cancelled"] == 1)
        opened.until(lambda: opened.info()["queries"]["running"] == 0)
