"""Rules of accessibility, checked by axe-core in light and dark."""

from __future__ import annotations

import pytest

from tests.page.conftest import Open
from tests.page.golden import GOLDEN
from tests.page.marks import MARKS
from tests.page.opened import Opened, query
from tests.sampling import IS_LONG

pytestmark = MARKS

ANSWER = query("SELECT country, COUNT(*), AVG(duration) FROM usersession GROUP BY country")

LOOKS = [
    (name, scheme)
    for name in ("groups", "two-keys", "days", "numbers", "one-row", "funnel")
    for scheme in ("light", "dark")
]


def violations(opened: Opened, axe: str) -> list[str]:
    opened.page.evaluate(axe)
    found = opened.page.evaluate("axe.run()")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_is_broken(open_page: Open, axe: str, scheme: str) -> None:
    opened = open_page(ANSWER, color_scheme=scheme)
    opened.wait()
    opened.page.get_by_role("region", name="Problems").wait_for()
    assert violations(opened, axe) == []
    opened.grid.focus()
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Shift+ArrowDown")
    assert violations(opened, axe) == []
    opened.page.get_by_role("button", name="Download").click()
    assert violations(opened, axe) == []
    opened.page.keyboard.press("Escape")
    for button in ("Keys and help", "Commands", "Save"):
        opened.page.get_by_role("button", name=button, exact=True).click()
        opened.page.get_by_role("dialog").wait_for()
        assert violations(opened, axe) == []
        opened.page.keyboard.press("Escape")
    opened.write("SELECT coun")
    opened.page.keyboard.press("Control+Space")
    opened.page.get_by_role("option", name="country").first.wait_for()
    assert violations(opened, axe) == []


@pytest.mark.parametrize(("name", "scheme"), LOOKS if IS_LONG else LOOKS[::3])
def test_no_view_breaks_a_rule(open_page: Open, axe: str, name: str, scheme: str) -> None:
    opened = open_page(query(GOLDEN[name]), color_scheme=scheme)
    opened.wait()
    for view in opened.views:
        opened.look(view)
        assert violations(opened, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_refusals_and_the_login(open_page: Open, axe: str, scheme: str) -> None:
    opened = open_page(query("SELECT cty FROM usersession"), color_scheme=scheme)
    opened.page.get_by_role("alert").wait_for()
    opened.page.get_by_role("region", name="Problems").wait_for()
    assert violations(opened, axe) == []
    opened.wait_for_fields()
    opened.page.context.clear_cookies()
    opened.go(token=None)
    opened.page.get_by_label("Token").wait_for()
    assert violations(opened, axe) == []


def test_four_times_as_large(open_page: Open, axe: str) -> None:
    """What a window of 1280 × 1024 has when it is enlarged by 400 %."""
    opened = open_page(ANSWER, viewport={"width": 320, "height": 256})
    opened.wait()
    assert violations(opened, axe) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320
    opened.grid.scroll_into_view_if_needed()
    assert opened.page.evaluate("document.querySelector('.grid').clientHeight") >= 150
