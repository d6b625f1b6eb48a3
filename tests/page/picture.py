"""Writes docs/page.png, the picture of the page that the README shows: `python -m tests.page.picture`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.page.opened import Opened, query
from tests.places import ROOT
from tests.unit.server.running import serving

PICTURE = ROOT / "docs" / "page.png"
QUESTION = """SELECT country, COUNT(*) AS sessions, AVG(duration), SUM(totalErrorCount) AS errors
FROM usersession
WHERE userType = "REAL_USER"
GROUP BY country
ORDER BY sessions DESC
LIMIT 20"""


def main() -> None:
    """Draw it with the system's Chromium."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), "--sample") as running,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = Opened(browser.new_page(viewport={"width": 1280, "height": 800}), running)
        opened.go(query(QUESTION))
        opened.wait()
        opened.page.get_by_role("button", name="Run").click()  # as quick as it is from now on
        opened.wait()
        opened.page.wait_for_timeout(1000)  # colours and problems
        opened.check()
        opened.page.screenshot(path=PICTURE, type="png")
        browser.close()


if __name__ == "__main__":
    main()
