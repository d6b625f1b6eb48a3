"""The command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import IO

from tests import forks

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


def usql(
    *arguments: str,
    given: bytes = b"",
    output: int | IO[bytes] = subprocess.PIPE,
    setup: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Its output and exit code; it never ends with a traceback. ``setup`` runs in the new process
    before it."""
    if setup is None and output == subprocess.PIPE:
        done = forks.run(arguments, given, environment(), timeout=120)
    else:
        done = subprocess.run(
            [sys.executable, "-m", "usql", *arguments], input=given, stdout=output, stderr=subprocess.PIPE,
            env=environment(), preexec_fn=setup, timeout=120, check=False,
        )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def started(
    *arguments: str, given: int | IO[bytes] = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """A process that goes on after its first line of output."""
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, *arguments], stdin=given, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    return process
