"""The benchmark of merging many groups: its answer, and what it takes of memory."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.places import ROOT

GROUPS = 4_000_000


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")
def test_a_group_takes_a_bounded_number_of_bytes() -> None:
    """Beside what the process has before; the more groups there are, the fewer bytes each takes."""
    command = [sys.executable, "-m", "benchmarks.merging", str(GROUPS), "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = re.fullmatch(
        r"([\d,]+) groups of 4 parts, .* most memory ([\d,]+) MB \(([\d,]+) before\)\n", done.stdout
    )
    assert said is not None, done.stdout
    groups, most, before = (int(number.replace(",", "")) for number in said.groups())
    assert groups > 0.9 * GROUPS
    assert (most - before) * 1_000_000 < 250 * groups
