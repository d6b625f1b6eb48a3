"""Every command of the README gives the output that stands below it.

``python -m tests.test_readme`` writes what the commands print into the README.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def run(command: str, folder: Path) -> str:
    """What a command prints, on either stream."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | {"PATH": path}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, timeout=60, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout


def completed(folder: Path) -> str:
    """The README with the output of its commands."""

    def block(found: re.Match[str]) -> str:
        commands = [line for line in found[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{c}\n{run(c[2:], folder)}" for c in commands) + "```"

    return BLOCK.sub(block, README.read_text(encoding="utf-8"))


def test_the_outputs_are_true(tmp_path: Path) -> None:
    assert completed(tmp_path) == README.read_text(encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        README.write_text(completed(Path(temporary)), encoding="utf-8")
