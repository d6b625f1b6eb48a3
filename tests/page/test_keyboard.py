"""Everything without a pointer: write, complete, fix, run, sort, download."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import Opened, query

pytestmark = MARKS


def focused(opened: Opened) -> str:
    return str(opened.page.evaluate("document.activeElement.textContent"))


def test_a_question_by_keys_only(open_page: Open, tmp_path: Path) -> None:
    opened = open_page()
    opened.editor.wait_for()
    press, write = opened.page.keyboard.press, opened.page.keyboard.type
    write("SELECT coun")
    opened.mark("country")
    press("Tab")  # takes the offer that is marked
    write(", COUNT(*) AS sessions FROM usersession WHERE cty IS NOT NULL GROUP BY country LIMIT 9")
    press("Escape")
    opened.page.get_by_role("region", name="Problems").get_by_text("cty").wait_for()
    for _ in range(len(" IS NOT NULL GROUP BY country LIMIT 9")):
        press("ArrowLeft")

    def is_corrected() -> bool:
        """The problems that are shown may be those of a text that was not whole yet."""
        press("Control+.")
        opened.page.get_by_role("menu", name="Corrections").wait_for()
        assert focused(opened).startswith("Write")
        press("w")
        press("Enter")
        return "cty" not in opened.text

    opened.until(is_corrected)
    press("Control+Enter")
    opened.page.get_by_role("gridcell").first.wait_for()

    press("Tab")  # out of the editor
    for _ in range(60):
        if opened.page.evaluate("document.activeElement.getAttribute('role')") == "grid":
            break
        press("Tab")
    press("ArrowRight")
    press("Enter")
    head = opened.grid.get_by_role("columnheader", name="sessions")
    assert head.get_attribute("aria-sort") == "ascending"

    with opened.page.expect_download() as downloaded:
        press("Control+k")
        write("download csv")
        press("Enter")
    downloaded.value.save_as(tmp_path / "rows.csv")
    rows = list(csv.reader((tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["country", "sessions"]
    assert len(rows) == 10


def test_views_by_number_and_arrows(open_page: Open) -> None:
    opened = open_page(query("SELECT country, COUNT(*) FROM usersession GROUP BY country"))
    opened.wait()
    tabs = opened.page.get_by_role("tab")
    opened.page.keyboard.press("Alt+1")
    assert tabs.first.get_attribute("aria-selected") == "true"
    tabs.first.focus()
    opened.page.keyboard.press("End")
    assert tabs.last.get_attribute("aria-selected") == "true"


def test_escape_closes_menus_and_gives_focus_back(open_page: Open) -> None:
    opened = open_page("q=SELECT%20cty%20FROM%20usersession")
    opened.page.get_by_role("region", name="Problems").wait_for()
    opened.editor.click()
    opened.page.keyboard.press("Control+.")
    opened.page.get_by_role("menu").wait_for()
    opened.page.keyboard.press("Escape")
    assert opened.page.get_by_role("menu").count() == 0
    opened.page.keyboard.type("x")
    assert "x" in opened.text
