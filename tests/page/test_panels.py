"""The side bar: tables and fields with their values, saved queries, history."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import Opened, query
from tests.page.test_accessibility import violations
from tests.unit.server.running import serving

pytestmark = MARKS


@pytest.fixture
def opened(open_page: Open) -> Opened:
    page = open_page()
    page.wait_for_fields()
    return page


def unfold(opened: Opened, table: str) -> None:
    part = opened.page.locator(".table").filter(has=opened.page.get_by_text(table, exact=True))
    part.locator("> summary").click()
    part.locator(".fields > li").first.wait_for()


def test_a_table(opened: Opened) -> None:
    unfold(opened, "usererror")
    opened.match("table-of-fields", opened.tree(".of-schema"))


def test_the_meaning_and_the_values_of_a_field(opened: Opened) -> None:
    unfold(opened, "usersession")
    opened.page.get_by_role("button", name="About userType").click()
    opened.page.get_by_role("list", name="Most frequent values").wait_for()
    opened.match("field", opened.tree(".about-field:not([hidden])"))
    opened.page.get_by_role("button", name="About userType").click()
    assert opened.page.locator(".about-field:not([hidden])").count() == 0


def test_values_are_those_of_the_timeframe(opened: Opened) -> None:
    opened.page.get_by_label("Timeframe").select_option("Last 24 hours")
    unfold(opened, "usersession")
    opened.page.get_by_role("button", name="About userType").click()
    values = opened.page.get_by_role("list", name="Most frequent values")
    assert int(values.locator("li").first.inner_text().split("\n")[-1]) < 100


def test_a_click_inserts(opened: Opened) -> None:
    opened.write("SELECT ")
    unfold(opened, "usersession")
    opened.page.get_by_role("button", name="country", exact=True).click()
    assert opened.text == "SELECT country"
    opened.page.keyboard.type(" FROM useraction WHERE ")
    opened.page.keyboard.press("Escape")
    opened.page.get_by_role("button", name="country", exact=True).click()
    assert opened.text.endswith("WHERE usersession.country")
    opened.page.keyboard.type(" = ")
    opened.page.keyboard.press("Escape")
    opened.page.get_by_role("button", name="About country").click()
    opened.page.get_by_role("button", name="United States").click()
    assert opened.text.endswith('usersession.country = "United States"')


def test_times_of_a_field_are_written_as_times(opened: Opened) -> None:
    unfold(opened, "usersession")
    opened.page.get_by_role("button", name="About startTime").click()
    values = opened.page.get_by_role("list", name="Most frequent values")
    values.wait_for()
    texts = values.get_by_role("button").all_inner_texts()
    assert texts
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", text) for text in texts), texts


def test_keys_of_properties(opened: Opened) -> None:
    unfold(opened, "usersession")
    opened.page.get_by_role("button", name="About stringProperties").click()
    opened.page.get_by_role("button", name="Values of tier").click()
    opened.page.get_by_role("list", name="Most frequent values").wait_for()
    opened.page.get_by_role("button", name="tier", exact=True).click()
    assert opened.text == "stringProperties.tier"


def test_the_filter(opened: Opened) -> None:
    opened.page.get_by_label("Filter fields").fill("browserfam")
    assert opened.page.locator(".fields > li .line > .name").all_inner_texts() == ["browserFamily"]
    opened.page.get_by_label("Filter fields").fill("no such field")
    assert opened.page.locator(".table:visible").count() == 0
    opened.page.get_by_label("Filter fields").fill("")
    assert opened.page.locator(".table:visible").count() == 5


def test_the_history(open_page: Open) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession", tz="60"))
    opened.wait()
    opened.page.locator(".of-history > summary").click()
    opened.ask("SELECT city FROM usersession LIMIT 1")
    opened.page.locator(".of-history > summary").click()
    queries = opened.page.locator(".of-history .query")
    opened.until(lambda: queries.count() == 2)
    texts = queries.locator("code").all_inner_texts()
    assert texts == ["SELECT city FROM usersession LIMIT 1", "SELECT COUNT(*) FROM usersession"]
    queries.last.click()
    assert opened.text == "SELECT COUNT(*) FROM usersession"
    assert opened.page.get_by_label("Offset from UTC").input_value() == "60"
    opened.page.get_by_role("button", name="Forget SELECT city").click()
    opened.until(lambda: queries.count() == 1)
    opened.page.get_by_role("button", name="Forget all").click()
    opened.page.get_by_text("What you ask is listed here").wait_for()


def test_saved_queries(open_page: Open) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession", tz="60"))
    opened.wait()
    opened.page.locator(".of-saved > summary").click()
    opened.page.get_by_role("button", name="Save", exact=True).click()
    opened.page.keyboard.type("All of them")
    opened.page.keyboard.press("Enter")
    saved = opened.page.get_by_role("list", name="Saved in this browser")
    opened.write("SELECT city FROM usersession")
    saved.get_by_role("button", name="All of them", exact=True).click()
    assert opened.text == "SELECT COUNT(*) FROM usersession"
    saved.get_by_role("button", name="Delete All of them").click()
    assert saved.get_by_role("listitem").count() == 0


def test_queries_of_the_server(open_page: Open, tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    text = "-- <b>Countries</b>\nSELECT country, COUNT(*) FROM usersession GROUP BY country"
    (folder / "a.usql").write_text(text, encoding="utf-8")
    with serving(tmp_path, "--sample", "--queries", str(folder)) as running:
        opened = open_page(server=running)
        opened.page.locator(".of-saved > summary").click()
        opened.page.locator(".of-saved").get_by_role("button", name="<b>Countries</b>").click()
        assert opened.text == text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(open_page: Open, axe: str, scheme: str) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession"), color_scheme=scheme)
    opened.wait_for_fields()
    unfold(opened, "usersession")
    for field in ("country", "duration", "stringProperties"):
        opened.page.get_by_role("button", name=f"About {field}", exact=True).click()
    opened.until(lambda: opened.page.locator(".values ul").count() == 2)
    for panel in ("saved", "history"):
        opened.page.locator(f".of-{panel} > summary").click()
        opened.page.locator(f".of-{panel} .query").first.wait_for()
    assert violations(opened, axe) == []
