"""The table: rows beyond what is in sight, sorting, choosing, copying."""

from __future__ import annotations

import json
from pathlib import Path

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import Opened, query
from tests.unit.server.running import serving

pytestmark = MARKS

ROWS = "SELECT * FROM useraction LIMIT 5000"
MOST = 60


def rows_there(opened: Opened) -> int:
    return opened.grid.get_by_role("row").count()


def test_only_rows_in_sight_are_elements(open_page: Open) -> None:
    opened = open_page(query(ROWS))
    opened.wait()
    grid = opened.grid
    assert grid.get_attribute("aria-rowcount") == "5001"
    assert int(grid.get_attribute("aria-colcount") or 0) >= 45
    assert 10 < rows_there(opened) < MOST
    grid.focus()
    opened.page.keyboard.press("Control+End")
    opened.page.keyboard.press("Home")
    opened.page.wait_for_selector("[aria-rowindex='5001']")
    assert 10 < rows_there(opened) < MOST
    active = grid.get_attribute("aria-activedescendant")
    assert active is not None
    assert opened.page.locator(f"#{active}").count() == 1
    opened.page.keyboard.press("Control+ArrowUp")
    opened.page.wait_for_selector("[aria-rowindex='2']")
    assert 10 < rows_there(opened) < MOST


def test_sorting(open_page: Open) -> None:
    opened = open_page(
        query("SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 100")
    )
    opened.wait()
    head = opened.grid.get_by_role("columnheader", name="count(*)")

    def counts() -> list[int]:
        return [int(opened.cells(row)[1].replace(",", "")) for row in range(1, 10)]

    first = counts()
    head.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert counts() == sorted(counts())
    head.click()
    assert head.get_attribute("aria-sort") == "descending"
    assert counts() == sorted(counts(), reverse=True)
    assert opened.page.get_by_text("ORDER BY sorts all").count() == 1
    head.click()
    assert head.get_attribute("aria-sort") == "none"
    assert counts() == first
    names = opened.grid.get_by_role("columnheader", name="country")
    names.click()
    opened.grid.focus()
    opened.page.keyboard.press("Control+End")
    assert opened.cells(int(opened.grid.get_attribute("aria-rowcount") or 0) - 1)[0] == "null"


def test_copying(open_page: Open) -> None:
    opened = open_page(
        query("SELECT country, COUNT(*), AVG(duration) FROM usersession GROUP BY country LIMIT 3"),
        permissions=["clipboard-read", "clipboard-write"],
    )
    opened.wait()
    opened.grid.focus()
    press = opened.page.keyboard.press
    read = "navigator.clipboard.readText()"
    press("ArrowDown")
    press("Control+c")
    opened.until(lambda: opened.page.evaluate(read) == "United States")
    press("Shift+ArrowDown")
    press("Shift+ArrowRight")
    press("Control+c")
    opened.until(lambda: opened.page.evaluate(read).startswith("country\tcount(*)\n"))
    copied = opened.page.evaluate(read).split("\n")
    assert [line.split("\t")[0] for line in copied[1:]] == [opened.cells(r)[0] for r in (1, 2)]
    press("m")
    opened.page.get_by_text("Copied as Markdown.").wait_for()
    head = "| country | count(*) |\n| --- | ---: |\n"
    opened.until(lambda: opened.page.evaluate(read).startswith(head))
    opened.page.get_by_role("button", name="Download").click()
    opened.page.get_by_role("menuitem", name="for a spreadsheet Ctrl C").click()
    opened.page.get_by_text("Copied.", exact=True).wait_for()
    whole = opened.page.evaluate(read).split("\n")
    assert len(whole) == 4
    assert len(whole[1].split("\t")[2]) > len(opened.cells(1)[2])  # all digits


def test_a_row_opens_its_session(open_page: Open) -> None:
    opened = open_page(query("SELECT userSessionId, city FROM usersession LIMIT 3"))
    opened.wait()
    session = opened.cells(2)[0]
    opened.grid.focus()
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    dialog = opened.page.get_by_role("dialog")
    dialog.wait_for()
    assert session in dialog.inner_text()
    opened.page.keyboard.press("Escape")
    opened.until(lambda: opened.page.locator("dialog").count() == 0)


def test_large_whole_numbers_are_whole(open_page: Open, tmp_path: Path) -> None:
    """JavaScript's numbers would round them."""
    values = [9_007_199_254_740_995, 5, 9_007_199_254_740_993]
    sessions = [
        {"userSessionId": str(n), "startTime": 1, "endTime": 2, "longProperties": [{"key": "n", "value": n}]}
        for n in values
    ]  # fmt: skip
    file = tmp_path / "large.ndjson"
    file.write_text("\n".join(map(json.dumps, sessions)), encoding="utf-8")
    with serving(tmp_path, file.name) as running:
        opened = open_page(query("SELECT longProperties.n FROM usersession"), server=running)
        opened.wait()
        opened.grid.get_by_role("columnheader").last.click()
        shown = [opened.cells(row)[0] for row in (1, 2, 3)]
    assert shown == [f"{value:,}" for value in sorted(values)]
