"""What people do in the page, as accessibility trees."""

from __future__ import annotations

import json

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import query
from tests.unit.server.asking import TOKEN

pytestmark = MARKS

BY_COUNTRY = (
    "SELECT country, COUNT(*) AS sessions, AVG(duration) FROM usersession GROUP BY country LIMIT 5"
)


def test_the_first_view(open_page: Open) -> None:
    opened = open_page()
    opened.page.get_by_role("list", name="Or try one of these").wait_for()
    opened.wait_for_fields()
    opened.compare("first-view")


def test_examples(open_page: Open) -> None:
    opened = open_page()
    offered = opened.page.get_by_role("list", name="Or try one of these")
    offered.wait_for()
    assert offered.get_by_role("button").count() >= 10
    offered.get_by_role("button", name="Countries with the most sessions", exact=True).click()
    opened.wait()
    assert "Ctrl Enter" not in opened.page.locator(".results").inner_text()
    assert "country" in opened.text


def test_an_answer(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY))
    opened.wait()
    opened.compare("answer", "main")
    assert opened.cells(0) == ["country", "sessions", "avg(duration) ms"]


def test_a_refused_query(open_page: Open) -> None:
    opened = open_page(query("SELECT cty FROM usersession"))
    opened.page.get_by_role("alert").wait_for()
    opened.page.get_by_role("region", name="Problems").wait_for()
    opened.compare("refused", "main")


def test_a_correction(open_page: Open) -> None:
    opened = open_page(query("SELECT cty FROM usersession"))
    opened.page.get_by_role("button", name="Write city").click()
    assert opened.text == "SELECT city FROM usersession"
    opened.page.get_by_role("button", name="Run").click()
    opened.page.get_by_role("gridcell").first.wait_for()


def test_completion(open_page: Open) -> None:
    opened = open_page()
    opened.editor.click()
    opened.page.keyboard.type("SELECT coun")
    opened.mark("country")
    opened.page.keyboard.press("Enter")
    opened.until(lambda: opened.text == "SELECT country")


def test_explanations(open_page: Open) -> None:
    opened = open_page()
    opened.editor.click()
    opened.page.keyboard.type("SELECT PERCENTILE(duration, ")
    opened.page.get_by_text("PERCENTILE(field, percent)").wait_for()
    opened.editor.locator(".tok-function").hover()
    opened.page.get_by_text("interpolated between neighbouring values").wait_for()


def test_format(open_page: Open) -> None:
    opened = open_page(query("select country from usersession where country='x' limit 2"))
    opened.page.get_by_role("button", name="Format").click()
    opened.until(lambda: opened.text.startswith("SELECT country"))


def test_the_menu_of_downloads(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY))
    opened.wait()
    opened.page.get_by_role("button", name="Download").click()
    opened.compare("downloads", "[role=menu]")


def test_the_palette(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY))
    opened.wait()
    opened.page.keyboard.press("Control+k")
    opened.page.keyboard.type("download")
    opened.compare("palette", "dialog")
    opened.page.keyboard.press("Escape")
    opened.until(lambda: opened.page.locator("dialog").count() == 0)


def test_help(open_page: Open) -> None:
    opened = open_page()
    opened.page.get_by_role("button", name="Keys and help").click()
    opened.page.get_by_role("dialog", name="Keys").wait_for()
    version = opened.info()["version"]
    assert opened.page.get_by_text(f"usql {version}").count() == 1


def test_the_timeframe(open_page: Open) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession"))
    opened.wait()
    every = opened.cells(1)
    opened.page.get_by_label("Timeframe").select_option("Last 24 hours")
    opened.page.get_by_role("button", name="Run").click()
    opened.until(lambda: opened.cells(1) != every)
    opened.until(lambda: "from=-24h&to=now" in opened.page.url)
    opened.page.get_by_role("button", name="Earlier").click()
    start = opened.page.get_by_label("Start").input_value()
    end = opened.page.get_by_label("End", exact=True).input_value()
    assert start[:10] < end[:10]
    opened.page.get_by_label("Offset from UTC").select_option("UTC+02:00")
    assert opened.page.get_by_label("Start").input_value() > start


def test_placeholders_are_fields(open_page: Open) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession WHERE country = '{{where}}'"))
    field = opened.page.get_by_label("{{where}}")
    field.fill("Brazil")
    opened.page.get_by_role("button", name="Run").click()
    opened.wait()
    assert int(opened.cells(1)[0].replace(",", "")) > 0
    opened.until(lambda: "p.where=Brazil" in opened.page.url)


def test_reloading_keeps_the_question_and_the_view(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY, tz="60", p="offline", **{"from": "-7d", "to": "now"}))
    opened.wait()
    before = opened.page.url, opened.text, opened.cells(1)
    opened.page.reload()
    opened.wait()
    assert (opened.page.url, opened.text, opened.cells(1)) == before
    assert opened.page.get_by_label("Profile").input_value() == "offline"
    assert opened.page.get_by_label("Offset from UTC").input_value() == "60"


def test_the_query_at_the_cursor_is_run(open_page: Open) -> None:
    opened = open_page()
    opened.write("SELECT COUNT(*) FROM usersession;\n\nSELECT country FROM usersession LIMIT 3")
    opened.page.keyboard.press("Control+Enter")
    opened.wait()
    assert opened.cells(0) == ["Session", "country"]


def test_places_are_those_of_the_browser(open_page: Open) -> None:
    """An emoji is one character and two units."""
    opened = open_page(query("SELECT cty FROM usersession WHERE city = '😀😀' AND cnty = 'x'"))
    opened.page.get_by_role("button", name="Write country").last.click()
    assert opened.text == "SELECT cty FROM usersession WHERE city = '😀😀' AND country = 'x'"


def test_a_link_has_the_question_and_no_token(open_page: Open) -> None:
    opened = open_page(
        query(BY_COUNTRY, tz="60"), permissions=["clipboard-read", "clipboard-write"]
    )
    opened.wait()
    opened.page.get_by_role("button", name="Link").click()
    opened.page.get_by_text("The link was copied.").wait_for()
    link = opened.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{opened.server.url}/#q=SELECT%20country")
    assert "tz=60" in link
    assert TOKEN not in link


def test_colours_are_remembered(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY), color_scheme="light")
    opened.wait()
    shown = "getComputedStyle(document.body).backgroundColor"
    light = opened.page.evaluate(shown)
    opened.page.get_by_role("button", name="Use dark colours").click()
    dark = opened.page.evaluate(shown)
    assert dark != light
    assert opened.cells(1)  # the view was drawn again
    opened.page.reload()
    opened.wait()
    assert opened.page.evaluate(shown) == dark
    opened.page.get_by_role("button", name="Use light colours").click()
    assert opened.page.evaluate(shown) == light


def test_questions_are_remembered_once(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY))
    opened.wait()
    opened.page.get_by_role("button", name="Run").click()
    opened.wait()
    opened.write("SELECT COUNT(*) FROM usersession")
    opened.page.keyboard.press("Control+Enter")
    opened.grid.get_by_role("columnheader", name="count(*)").wait_for()
    kept = json.loads(opened.page.evaluate("localStorage['usql.asked']"))
    assert [entry["state"]["text"] for entry in kept] == [
        "SELECT COUNT(*) FROM usersession",
        BY_COUNTRY,
    ]
    assert [entry["rows"] for entry in kept] == [1, 5]


def test_a_dialog_has_keys_of_its_own(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY))
    opened.wait()
    opened.page.keyboard.press("Control+k")
    opened.page.keyboard.press("Control+k")
    assert opened.page.get_by_role("dialog").count() == 1


def test_narrow_pages(open_page: Open) -> None:
    opened = open_page(query(BY_COUNTRY), viewport={"width": 320, "height": 640})
    opened.wait()
    width = opened.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
