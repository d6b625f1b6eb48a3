"""Each view of the golden questions, as accessibility trees, and what can be done there."""

from __future__ import annotations

import json
import shlex
import urllib.request
from pathlib import Path

import pytest

from tests.page.conftest import Open
from tests.page.golden import CHARTS, GOLDEN
from tests.page.marks import MARKS
from tests.page.opened import Opened, query
from tests.unit.server.asking import TOKEN
from tests.unit.server.running import PATIENCE
from usql.formats.kinds import KINDS

pytestmark = MARKS


def asked(open_page: Open, name: str, view: str = "") -> Opened:
    opened = open_page(query(GOLDEN[name]))
    opened.wait()
    if view:
        opened.look(view)
    return opened


@pytest.mark.parametrize("name", GOLDEN)
def test_the_views_of_an_answer(open_page: Open, name: str) -> None:
    opened = asked(open_page, name)
    trees = []
    for view in opened.views:
        if name == "nothing" and view == "table":
            opened.page.get_by_text("No rows.").wait_for()
        elif name != "nothing" or view != "tree":
            opened.look(view)
        trees.append(f"== {view}\n{opened.tree('[role=tabpanel]')}")
    opened.match(f"views-{name}", "\n".join(trees))


def test_every_kind_of_chart_has_a_view(open_page: Open) -> None:
    opened = open_page()
    seen = set[str]()
    for text in GOLDEN.values():
        opened.ask(text)
        seen |= {*opened.views}
    assert seen == {"table", "tree", "response", "plan", *KINDS}


# --- charts


def test_charts_are_drawn(open_page: Open) -> None:
    """The rules of the page's security forbid to make functions of text; a breach fails the test."""
    opened = asked(open_page, "groups", "bar")
    chart = opened.page.locator(".drawing svg")
    assert chart.locator("[aria-roledescription='bar']").count() == 8  # two columns of numbers
    labels = chart.locator("text").all_text_contents()
    assert {"United States", "Brazil", "country", "count(*)", "avg(duration) in ms"} <= set(labels)
    opened.page.get_by_role("button", name="Use dark colours").click()
    opened.until(lambda: chart.locator("[fill='#6aa3d8']").count() == 8)


@pytest.mark.parametrize(
    ("name", "view", "role", "count"),
    [
        ("two-keys", "stacked-bar", "bar", 5),
        ("two-keys-mean", "heat-map", "rect mark", 5),
        ("days", "line", "point", 4),
        ("times", "line", "point", 3),
        ("one-row", "single-value", "text mark", 6),
    ],
)
def test_what_charts_consist_of(
    open_page: Open, name: str, view: str, role: str, count: int
) -> None:
    opened = asked(open_page, name, view)
    assert opened.page.locator(f".drawing [aria-roledescription='{role}']").count() == count


def test_charts_are_loaded_when_one_is_opened(open_page: Open) -> None:
    opened = asked(open_page, "groups")
    assert not any(address.endswith("/draw.js") for address in opened.addresses)
    opened.look("bar")
    assert sum(address.endswith("/draw.js") for address in opened.addresses) == 1


def test_what_is_under_the_pointer(open_page: Open) -> None:
    opened = asked(open_page, "groups", "bar")
    tip = opened.page.locator(".tip")
    opened.page.locator(".drawing [aria-roledescription='bar']").first.hover()
    told = ["country", "United States", "count(*)", "208"]
    opened.until(lambda: tip.inner_text().split("\n") == told)
    opened.page.get_by_role("heading", name="usql").hover()
    tip.wait_for(state="hidden")


@pytest.mark.parametrize(
    ("form", "begin"), [("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("Vega-Lite", b"{")]
)
def test_downloads(open_page: Open, tmp_path: Path, form: str, begin: bytes) -> None:
    opened = asked(open_page, "groups", "bar")
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name=f"⤓ {form}").click()
    file = tmp_path / "chart"
    download.value.save_as(file)
    assert file.read_bytes().startswith(begin)
    if form == "Vega-Lite":
        spec = json.loads(file.read_text(encoding="utf-8"))
        assert spec["$schema"] == "https://vega.github.io/schema/vega-lite/v5.json"


def test_charts_follow_the_window(open_page: Open) -> None:
    opened = asked(open_page, "groups", "bar")
    drawing = opened.page.locator(".drawing svg")

    def width() -> float:
        box = drawing.bounding_box() if drawing.count() == 1 else None
        return 0.0 if box is None else box["width"]

    wide = width()
    opened.page.set_viewport_size({"width": 900, "height": 800})
    opened.until(lambda: 0 < width() < wide)
    opened.page.set_viewport_size({"width": 1280, "height": 800})
    opened.until(lambda: width() == wide)


@pytest.mark.parametrize("view", CHARTS)
def test_charts_in_narrow_windows(open_page: Open, view: str) -> None:
    name = {
        "line": "days",
        "bar": "groups",
        "stacked-bar": "two-keys",
        "heat-map": "two-keys",
        "histogram": "numbers",
        "single-value": "one-row",
    }[view]
    opened = open_page(query(GOLDEN[name], v=view), viewport={"width": 320, "height": 640})
    opened.page.wait_for_selector(f".of-{view} .tools")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


# --- the tree


def test_a_tree_by_keys_of_the_keyboard(open_page: Open) -> None:
    opened = asked(open_page, "three-keys", "tree")
    press = opened.page.keyboard.press
    items = opened.page.get_by_role("treeitem")
    before = items.count()
    items.first.focus()

    def here() -> tuple[str | None, str | None]:
        focused = opened.page.locator("[role=treeitem]:focus")
        return focused.get_attribute("aria-level"), focused.get_attribute("aria-expanded")

    assert here() == ("1", "false")
    press("ArrowRight")
    assert here() == ("1", "true")
    press("ArrowRight")
    assert here() == ("2", "false")
    press("Enter")
    press("ArrowDown")
    assert here() == ("3", None)
    press("ArrowLeft")
    assert here() == ("2", "true")
    press("Home")
    press("ArrowLeft")
    assert here() == ("1", "false")
    assert items.count() == before  # what is closed is not there for screen readers
    press("End")
    assert opened.page.locator("[role=treeitem]:focus").get_attribute("aria-posinset") == str(
        before
    )
    assert opened.page.locator("[role=treeitem][tabindex='0']").count() == 1


def test_long_branches_come_in_parts(open_page: Open) -> None:
    opened = open_page(
        query("SELECT userId, COUNT(*) FROM usersession GROUP BY userId LIMIT 450", p="offline")
    )
    opened.wait()
    opened.look("tree")
    items = opened.page.get_by_role("treeitem")
    assert items.count() == 201
    assert items.last.inner_text() == "250 more …"
    items.last.click()
    assert items.count() == 401
    items.last.press("Enter")
    assert items.count() == 450


# --- the response and the plan


def test_the_request_asks_for_what_is_shown(open_page: Open) -> None:
    opened = asked(open_page, "groups", "response")
    command = opened.page.get_by_role("region", name="Request").inner_text()
    shown = json.loads(opened.page.get_by_role("region", name="Response").inner_text())
    curl, option, header, url = shlex.split(command)
    assert (curl, option) == ("curl", "-H")
    name, value = header.replace("$DT_TOKEN", TOKEN).split(": ")
    asking = urllib.request.Request(url, headers={name: value})
    with urllib.request.urlopen(asking, timeout=PATIENCE) as answer:
        assert json.load(answer) == shown
    assert shown["columnNames"] == ["country", "count(*)", "avg(duration)"]


def test_a_request_with_quotes(open_page: Open) -> None:
    opened = open_page(query("SELECT COUNT(*) FROM usersession WHERE city = 'O''Brien'"))
    opened.wait()
    opened.look("response")
    command = opened.page.get_by_role("region", name="Request").inner_text()
    assert "O%27%27Brien" in shlex.split(command)[-1]


def test_copies(open_page: Open) -> None:
    opened = open_page(query(GOLDEN["groups"]), permissions=["clipboard-read", "clipboard-write"])
    opened.wait()
    opened.look("response")
    opened.page.get_by_role("button", name="Copy as curl").click()
    opened.page.get_by_text("The command was copied").wait_for()
    copied = opened.page.evaluate("navigator.clipboard.readText()")
    assert copied == opened.page.get_by_role("region", name="Request").inner_text()


def test_a_plan_that_is_measured(open_page: Open) -> None:
    opened = asked(open_page, "groups", "plan")
    plan = opened.page.get_by_role("region", name="Plan")
    assert plan.inner_text().startswith("Project")
    assert " ms" not in plan.inner_text()
    opened.page.get_by_role("button", name="Analyze").click()
    opened.until(lambda: " ms" in plan.inner_text())


def test_a_plan_alone(open_page: Open) -> None:
    opened = open_page()
    opened.write(GOLDEN["groups"])
    opened.page.get_by_role("button", name="Explain").click()
    plan = opened.page.get_by_role("region", name="Plan")
    plan.wait_for()
    assert plan.inner_text().startswith("Project")
    assert opened.views == ["plan"]
    assert opened.page.get_by_text("Not run.").count() == 1
    assert not any(address.endswith("/app/query") for address in opened.addresses)
    opened.page.get_by_role("button", name="Run").click()
    opened.grid.wait_for()
    assert opened.views[0] == "table"


def test_a_plan_that_cannot_be_made(open_page: Open) -> None:
    opened = open_page()
    opened.write("SELECT cty FROM usersession")
    opened.page.get_by_role("button", name="Explain").click()
    assert "USQL202" in opened.page.get_by_role("alert").inner_text()


def test_a_link_to_a_plan_runs_nothing(open_page: Open) -> None:
    opened = open_page(query(GOLDEN["groups"], v="plan"))
    opened.page.get_by_role("region", name="Plan").wait_for()
    assert not any(address.endswith("/app/query") for address in opened.addresses)
    opened.page.get_by_role("button", name="Run").click()
    opened.page.get_by_role("tab", name="Table").wait_for()
    assert opened.page.get_by_role("tab", name="Plan").get_attribute("aria-selected") == "true"
