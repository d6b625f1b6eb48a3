"""A copy of the package with a file more, and programs that use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import usql
from tests.places import ROOT


def copy_with(place: Path, file: str, text: str) -> None:
    """Copy the package to ``place``, with this file in it, and write its generated modules anew."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(usql.__file__).parent, place / "usql", ignore=ignored)
    (place / "usql" / file).write_text(text, encoding="utf-8")
    assert done(place, "-m", "tests.tools.docs.tables") == ""


def done(place: Path, *arguments: str, given: str = "") -> str:
    """What Python prints that uses the copy in ``place``; its failure is one of the test."""
    paths = os.pathsep.join((str(place), str(ROOT)))
    found = subprocess.run(
        [sys.executable, *arguments],
        cwd=place, env=os.environ | {"PYTHONPATH": paths, "COLUMNS": "200"},
        input=given, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout
