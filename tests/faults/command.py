"""The command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

STARTED = """
import sys

class Told:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "usql.cli.command":
            sys.stdout.write("started\\n")
            sys.stdout.flush()

sys.meta_path.insert(0, Told)
from usql.cli import main
main()
"""
"""The command, with a word as soon as more than Python itself has started."""


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}


def usql(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Its output and exit code; it never ends with a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "usql", *arguments],
        **{"capture_output": True, "timeout": 120, "check": False, "env": environment()} | options,
    )
    assert b"Traceback" not in (done.stderr or b""), done.stderr.decode()
    return done


def started(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """A process that goes on after its first line of output."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-c", STARTED, *arguments], **pipes | {"env": environment()} | options
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    return process
