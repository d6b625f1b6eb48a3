"""DynatraceAPI_UserQueries: a script that asks for the actions of one day and writes a spreadsheet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import usql
from tests.clients.conftest import Source
from tests.clients.marks import MARKS
from tests.clients.recordings import compare, recording
from tests.places import SESSIONS
from tests.unit.server.asking import TOKEN
from tests.unit.server.running import certificate_in

pytestmark = MARKS

_PROGRAM = """
import runpy, sys
import pandas
pandas.options.future.infer_string = False  # a missing text has a length, as it had in 2020
pandas.ExcelWriter.save = pandas.ExcelWriter.close  # by its name of then
runpy.run_path(sys.argv[1], run_name="__main__")
"""

DAY = 86_400_000
BACK = -2204 * DAY
"""From 2026-03-02, the first day of the examples, to 2020-02-18, the day in the script."""


def moved(value: Any, by: int) -> Any:
    """The value with all times in it moved."""
    if isinstance(value, dict):
        return {name: moved(part, by) for name, part in value.items()}
    if isinstance(value, list):
        return [moved(part, by) for part in value]
    is_time = isinstance(value, int) and 1_700_000_000_000 < value < 1_900_000_000_000
    return value + by if is_time else value


def test_a_spreadsheet(source: Source, tmp_path: Path) -> None:
    data = tmp_path / "sessions.ndjson"
    with data.open("w", encoding="utf-8") as lines:
        for line in SESSIONS.read_text(encoding="utf-8").splitlines():
            lines.write(json.dumps(moved(json.loads(line), BACK)) + "\n")
    (tmp_path / "data").mkdir()
    certificate, key = certificate_in(tmp_path)
    options = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    with recording(tmp_path, data, *options) as (running, file):
        script = source("DynatraceAPI_UserQueries") / "API-dyna-requests.py"
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(script)],
            cwd=tmp_path,
            env={
                **os.environ, "REQUESTS_CA_BUNDLE": str(certificate), "APIKEY": TOKEN,
                "HOSTNAME_DYNATRACE": f"localhost:{running.port}",
            },
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "extrapolationLevel" not in done.stdout
    actions = usql.open(data).query(
        "SELECT * FROM useraction", start="2020-02-18", end="2020-02-19"
    )
    with zipfile.ZipFile(tmp_path / "data" / "userQuery.xlsx") as sheet:
        written = sheet.read("xl/worksheets/sheet1.xml").decode()
    assert len(actions) > 3
    assert written.count("<row ") == 1 + len(actions)
    compare(file, "user-queries")
