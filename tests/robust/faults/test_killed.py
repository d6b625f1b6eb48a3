"""A process that is killed while it saves: the old data or the new, whole. ``USQL_FAULTS`` moments
of each kind of file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.robust.faults.command import environment

MOMENTS = int(os.environ.get("USQL_FAULTS", "20"))


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@pytest.mark.parametrize("kind", [".usqlstore", ".usqlshards", ".parquet", ".ndjson"])
def test_killed_at_random_moments(tmp_path: Path, kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.robust.faults.killing", str(tmp_path), kind, str(MOMENTS)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=60 + 10 * MOMENTS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["killed"] > MOMENTS // 4
    assert seen["left behind"] > 0
