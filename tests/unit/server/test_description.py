"""What the server says of itself is true: generated requests are answered as its description has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.places import ROOT
from tests.sampling import IS_LONG
from tests.unit.server.asking import HEADER
from tests.unit.server.running import serving
from usql.server.description import description

CASES = 500 if IS_LONG else 50
"""Generated requests for each operation."""


def test_it_is_served_to_those_who_have_the_token(client: TestClient) -> None:
    assert client.get("/api/openapi.json").json() == json.loads(json.dumps(description()))
    assert client.get("/api/openapi.json", headers={"Authorization": ""}).status_code == 401


def test_it_has_every_path(client: TestClient) -> None:
    """Each is served by the method that it names, and by no other."""
    for path, methods in description()["paths"].items():
        (method,) = methods
        for asked in ("get", "post"):
            is_there = client.request(asked.upper(), f"/api/v1{path}").status_code != 405
            assert is_there == (asked == method)


REFUSED = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 408, 413, 415, 429, 431]
"""
"""How requests against the description may be answered."""


def told(report: str) -> str:
    """A report whose lines are short: some name requests of thousands of characters."""
    return "\n".join(line[:300] for line in report.splitlines())


@pytest.mark.long
def test_generated_requests(tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(REFUSED)
    with serving(tmp_path, "--sample") as running:
        done = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "run", f"{running.url}/api/openapi.json",
                "--url", f"{running.url}/api/v1", "--header", f"Authorization: {HEADER['Authorization']}",
                "--max-examples", str(CASES), "--exclude-checks", "positive_data_acceptance",
                "--seed", "1", "--no-color",
            ],
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.unit.server.hooks", "PYTHONPATH": str(ROOT)},
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, told(done.stdout)
        assert "Tested: 5" in done.stdout
        log = running.log.read_text()
        assert " 500 |" not in log
        assert "/userSessionQueryLanguage/table 200 |" in log
        assert "/tokens/lookup 200 |" in log
        assert "fault" not in log
