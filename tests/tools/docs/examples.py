"""The scripts of ``examples``: what each prints stands in its docstring."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.places import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
_PRINTS = re.compile(r'(?<=\nPrints:\n\n)(?: {4}.*\n|\n)*(?=""")')


def printed(script: Path) -> str:
    """What a script prints in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-W", "error", script],
            cwd=folder, capture_output=True, check=False, text=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def _written(script: Path) -> str:
    shown = textwrap.indent(printed(script).rstrip() + "\n", "    ")
    text, found = _PRINTS.subn(lambda _: shown, script.read_text(encoding="utf-8"), count=1)
    assert found, f"{script.name} does not say what it prints"
    return text


def scripts() -> dict[Path, Callable[[], str]]:
    """Each script, with a function that gives its text with what it prints now."""
    return {script: partial(_written, script) for script in EXAMPLES}
