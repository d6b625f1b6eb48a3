"""The page over a folder that grows."""

from __future__ import annotations

import base64
import urllib.request
from pathlib import Path

import pytest

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import query
from tests.unit.live.bodies import lines
from tests.unit.server.running import PATIENCE, serving

pytestmark = MARKS

PASSWORD = "a-password-for-pages"
AT_ONCE = "import usql.live.following as following; following.SOONEST = following.LATEST = 0.0"


def test_what_arrives_is_counted(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USQL_INGEST_PASSWORD", PASSWORD)
    basic = base64.b64encode(f"usql:{PASSWORD}".encode()).decode()
    with serving(tmp_path, "shop.live", "--ingest", before=AT_ONCE) as running:
        opened = open_page(query("SELECT COUNT(*) FROM usersession"), server=running)
        opened.wait()
        header = opened.page.locator(".source")
        assert header.inner_text() == "shop.live · 0 sessions · live"
        assert opened.page.locator(".range").inner_text() == ""
        opened.wait_for_fields()
        tables = opened.page.locator(".of-schema summary").all_inner_texts()[1:]
        assert [text.split()[1] for text in tables] == ["0"] * len(tables)
        opened.page.locator(".of-schema summary", has_text="usersession").click()
        keys = opened.page.get_by_title("Insert stringProperties.")
        opened.page.get_by_role("button", name="About stringProperties").click()
        assert keys.count() == 0
        body = b"".join(lines(30))
        headers = {"Authorization": f"Basic {basic}"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{running.url}/ingest", body, headers), timeout=PATIENCE
        ):
            pass
        opened.page.get_by_role("button", name="Run").click()
        opened.until(lambda: opened.cells(1) == ["30"])
        opened.until(lambda: header.inner_text().startswith("shop.live · 30 sessions · 2026-03-"))
        assert opened.page.locator(".range").inner_text().startswith("2026-03-")
        sessions = opened.page.locator(".of-schema summary", has_text="usersession")
        opened.until(lambda: sessions.inner_text() == "usersession 30")
        opened.page.get_by_role("button", name="About stringProperties").click()
        opened.until(lambda: keys.count() > 0)
