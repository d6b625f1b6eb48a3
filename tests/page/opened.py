"""A page that is open in Chromium, with what tests do to it and ask of it."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tests.unit.server.asking import TOKEN
from tests.unit.server.running import PATIENCE, Running

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page, Request

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITES = "USQL_WRITE_SNAPSHOTS" in os.environ
"""Whether the snapshots are written instead of compared."""

_EXPECTED = re.compile(r"Failed to load resource: .* status of (401|422) ")
"""What Chromium says of requests that are refused."""

_SHOWN = ", ".join(
    f".results:not([aria-busy]) {part}"
    for part in (".view > div:not(:has(.grid))", ".grid [aria-rowindex='2']")
)
"""What is there once an answer is shown: a view, in a table its first row, which comes a moment later."""

_DRAWN = {
    "table": ".grid [aria-rowindex='2']",
    "funnel": "table",
    "tree": "[role=tree]",
    "response": "pre",
}
"""What is there once a view is drawn; others end with their buttons."""


class Opened:
    """A page and what it did: its errors, and the addresses that it asked."""

    def __init__(self, page: Page, server: Running) -> None:
        self.page = page
        self.server = server
        self.addresses: list[str] = []
        self.errors: list[str] = []
        page.set_default_timeout(20_000)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _EXPECTED.match(message.text):
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        self.addresses.append(request.url)

    def check(self) -> None:
        """No error, and no request to another host."""
        assert self.errors == [], self.errors
        hosts = {urlsplit(url).netloc for url in self.addresses if not url.startswith("blob:")}
        assert hosts <= {urlsplit(self.server.url).netloc}

    # --- doing

    def go(self, fragment: str = "", token: str | None = TOKEN) -> None:
        """Open the page with the link that the server shows, and with more in its fragment."""
        parts = [] if token is None else [f"token={token}"]
        self.page.goto("about:blank")
        self.page.goto(f"{self.server.url}/#" + "&".join([*parts, *filter(None, [fragment])]))

    def ask(self, text: str) -> None:
        """Open the page with a query, which it runs, and wait for its answer."""
        self.go(query(text))
        self.wait()

    def wait(self) -> None:
        """Until the answer is shown."""
        self.page.wait_for_selector(_SHOWN)

    def wait_for_fields(self) -> None:
        """Until the side bar lists the tables."""
        self.page.get_by_label("Filter fields").wait_for()

    def look(self, view: str) -> None:
        """Choose the tab of a view by its name, and wait until it is drawn."""
        self.page.locator(f"#tab-{view}").click()
        self.page.wait_for_selector(f".of-{view} {_DRAWN.get(view, '.tools')}")

    @property
    def views(self) -> list[str]:
        """The names of the views that the answer has."""
        tabs = self.page.get_by_role("tab").all()
        return [str(tab.get_attribute("id")).removeprefix("tab-") for tab in tabs]

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so. (Playwright's own way to wait for a condition of the page needs
        eval, which the page forbids.)"""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, self.page.locator("body").inner_text()
            self.page.wait_for_timeout(50)

    def write(self, text: str) -> None:
        """Write a query in place of what is there, key by key."""
        self.clear()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Escape")

    def clear(self) -> None:
        """Delete what is in the editor."""
        self.editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")

    def mark(self, offer: str) -> None:
        """Mark an offer of the completion list. (Keys that come just after the list opens or changes
        are taken for the editor's; in a text of one line they do nothing there.)"""
        self.page.get_by_role("option", name=offer).first.wait_for()
        marked = self.page.get_by_role("option", name=offer, selected=True)

        def is_marked() -> bool:
            if not marked.is_visible():
                self.page.keyboard.press("ArrowDown")
            return marked.is_visible()

        self.until(is_marked)

    # --- looking

    @property
    def editor(self) -> Locator:
        return self.page.get_by_role("textbox", name="Query")

    @property
    def grid(self) -> Locator:
        return self.page.get_by_role("grid", name="Rows")

    @property
    def text(self) -> str:
        """What the editor has."""
        return "\n".join(self.editor.locator(".cm-line").all_inner_texts())

    def cells(self, row: int) -> list[str]:
        """The texts of a row; 0 is the head."""
        found = self.grid.locator(f"[aria-rowindex='{row + 1}'] > *")
        return [text for text in found.all_inner_texts() if text != "↗"]

    def info(self) -> Any:
        """What the server says of itself."""
        request = urllib.request.Request(
            f"{self.server.url}/app/info", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def compare(self, name: str, part: str = "#page") -> None:
        """The accessibility tree of a part of the page is that of the snapshot with this name."""
        self.match(name, re.sub(r"[\d.,]+ ms\b", "… ms", self.tree(part)))

    def tree(self, part: str) -> str:
        """The accessibility tree of a part of the page, without the server's port."""
        tree = self.page.locator(part).aria_snapshot()
        return re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:…", tree) + "\n"

    def match(self, name: str, tree: str) -> None:
        """These accessibility trees are those of the snapshot with this name."""
        file = SNAPSHOTS / f"{name}.txt"
        if WRITES:
            file.write_text(tree, encoding="utf-8")
        assert tree == file.read_text(encoding="utf-8")


def query(text: str, **others: str) -> str:
    """The fragment of a question."""
    return "&".join(f"{name}={quote(value)}" for name, value in {"q": text, **others}.items())
