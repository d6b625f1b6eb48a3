"""A session by itself: its actions, events and errors in the order of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import Opened, query
from tests.page.test_accessibility import violations

pytestmark = MARKS

TEXT = "SELECT userSessionId, country FROM usersession WHERE totalErrorCount > 1 AND userActionCount < 12 LIMIT 2"


@contextmanager
def session(open_page: Open, **options: str) -> Iterator[Opened]:
    opened = open_page(query(TEXT, tz="60"), **options)
    opened.wait()
    opened.grid.get_by_role("gridcell", name="Open session").first.click()
    opened.page.wait_for_selector(".timeline")
    yield opened


def test_what_happened(open_page: Open) -> None:
    with session(open_page) as opened:
        opened.match("session", opened.tree("dialog"))


def test_all_of_it_in_the_order_of_time(open_page: Open) -> None:
    with session(open_page) as opened:
        head = opened.page.locator(".of-session > p").first.inner_text()
        entries = opened.page.locator(".timeline > li")
        counts = re.findall(r"(\d+) (action|event|error)", head)
        assert sum(int(count) for count, _ in counts) == entries.count()
        for count, kind in counts:
            assert opened.page.locator(f".timeline > li.{kind}").count() == int(count)
        times = entries.locator("time").all_inner_texts()
        assert times == sorted(times)
        first = opened.page.locator(".timeline time").first
        assert str(first.get_attribute("datetime"))[11:13] != first.inner_text()[:2]  # UTC+01:00


def test_all_fields_of_an_entry(open_page: Open) -> None:
    with session(open_page) as opened:
        entry = opened.page.locator(".timeline > li").first
        assert entry.locator("dl").count() == 0
        entry.locator("summary").focus()
        opened.page.keyboard.press("Enter")
        entry.locator("dt").first.wait_for()
        names = entry.locator("dt").all_inner_texts()
        assert {"name", "type", "startTime"} <= set(names)
        opened.page.get_by_text("All fields of the session").click()
        assert opened.page.locator(".of-session > details dt").first.inner_text() == "userSessionId"
        opened.page.keyboard.press("Escape")
        opened.until(lambda: opened.page.locator("dialog").count() == 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(open_page: Open, axe: str, scheme: str) -> None:
    with session(open_page, color_scheme=scheme) as opened:
        entry = opened.page.locator(".timeline > li").first
        entry.locator("summary").click()
        entry.locator("dt").first.wait_for()
        assert violations(opened, axe) == []
