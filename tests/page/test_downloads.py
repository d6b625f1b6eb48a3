"""Files of whole answers: every row of the question, whatever the page shows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.page.conftest import Open
from tests.page.marks import MARKS
from tests.page.opened import Opened, query
from tests.unit.server.running import Running, serving
from tests.unit.server.slow import SLOW, slow_data

pytestmark = MARKS

ALL = "SELECT name, duration FROM useraction"
MOST = 5000


def downloaded(opened: Opened, name: str, folder: Path) -> bytes:
    opened.page.get_by_role("button", name="Download").click()
    with opened.page.expect_download() as download:
        opened.page.get_by_role("menuitem", name=f"Download {name}", exact=True).click()
    assert download.value.url.startswith(
        f"{opened.server.url}/app/download/"
    )  # no copy in the page
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file.read_bytes()


def test_files_have_all_rows(open_page: Open, tmp_path: Path) -> None:
    opened = open_page(query(ALL, p="offline"))
    opened.wait()
    assert opened.grid.get_attribute("aria-rowcount") == str(MOST + 1)
    opened.page.get_by_text("Information").click()
    first = opened.page.get_by_text("The page shows the first 5000 of").inner_text()
    count = int(first.split(" of ")[1].split()[0])
    assert count > MOST

    lines = list(csv.reader(io.StringIO(downloaded(opened, "CSV", tmp_path).decode(), newline="")))
    assert lines[0] == ["name", "duration"]
    assert len(lines) == count + 1
    rows = [json.loads(line) for line in downloaded(opened, "NDJSON", tmp_path).splitlines()]
    assert len(rows) == count
    assert rows[0]["name"] == opened.cells(1)[0] == lines[1][0]
    parquet = pq.read_table(pa.BufferReader(downloaded(opened, "Parquet", tmp_path)))
    arrow = pa.ipc.open_stream(downloaded(opened, "Arrow", tmp_path)).read_all()
    assert parquet.num_rows == arrow.num_rows == count
    assert parquet.column("name").to_pylist() == [row["name"] for row in rows]


def test_the_default_limit_is_told(open_page: Open, tmp_path: Path) -> None:
    opened = open_page(query("SELECT country, COUNT(*) FROM usersession GROUP BY country"))
    opened.wait()
    assert len(downloaded(opened, "CSV", tmp_path).splitlines()) == 51
    said = opened.page.get_by_text("The browser saves usql.csv: 50 rows.")
    said.wait_for()
    assert "The first 50 of 61 rows" in said.inner_text()


@pytest.fixture(scope="module")
def formulas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A value that a spreadsheet would evaluate."""
    folder = tmp_path_factory.mktemp("formulas")
    session = {"userSessionId": "1", "startTime": 1, "endTime": 2, "city": "=1+1"}
    (folder / "formulas.ndjson").write_text(json.dumps(session), encoding="utf-8")
    with serving(folder, "formulas.ndjson") as running:
        yield running


def test_spreadsheets_evaluate_nothing(open_page: Open, formulas: Running, tmp_path: Path) -> None:
    opened = open_page(query("SELECT city FROM usersession"), server=formulas)
    opened.wait()
    assert b"'=1+1" not in downloaded(opened, "CSV", tmp_path)
    safe = downloaded(opened, "CSV that spreadsheets do not evaluate", tmp_path)
    assert b"'=1+1" in safe


def test_stop_ends_the_query_of_a_download(open_page: Open, tmp_path: Path) -> None:
    arguments = ["--profile", "offline", "--timeout", "600"]
    with serving(tmp_path, str(slow_data(tmp_path)), *arguments) as running:
        opened = open_page(server=running)
        opened.clear()
        opened.page.keyboard.insert_text(SLOW)
        opened.page.keyboard.press("Control+k")
        opened.page.keyboard.type("download parquet")
        opened.page.keyboard.press("Enter")
        opened.until(lambda: opened.info()["queries"]["running"] == 1)
        opened.page.get_by_role("button", name="Stop").click()
        opened.page.get_by_text("Stopped.").wait_for()
        opened.until(lambda: opened.info()["queries"]["cancelled"] == 1)


def test_a_download_that_is_refused(open_page: Open) -> None:
    opened = open_page()
    opened.write("SELECT cty FROM usersession")
    opened.page.keyboard.press("Control+k")
    opened.page.keyboard.type("download parquet")
    opened.page.keyboard.press("Enter")
    opened.page.locator(".said").get_by_text("usersession has no field `cty`.").wait_for()
