"""The process of the command spends nothing on a life that it does not have."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

_TOLD_AT_END = """
import atexit, gc, os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            seen.append(os.environ.get("OPENBLAS_NUM_THREADS"))

seen = []
sys.meta_path.insert(0, Watch())
atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 10_000, *seen))
from usql.cli import main
main()
"""


def told(variables: Mapping[str, str]) -> list[str]:
    """What is so at the end of the command: the collector's threshold, whether it passes over what
    there is, and the threads for linear algebra when numpy is imported."""
    known = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", _TOLD_AT_END, "query", "SELECT COUNT(*) FROM usersession", "--sample"],
        capture_output=True, text=True, check=True, timeout=60, env={**known, **variables},
    )  # fmt: skip
    return done.stdout.splitlines()[-1].split()


def test_the_collector_looks_seldom_and_not_at_the_end() -> None:
    assert told({})[:2] == ["100000", "True"]


def test_no_threads_are_started_for_linear_algebra_unless_someone_says_so() -> None:
    assert told({})[2:] == ["1"]
    assert told({"OPENBLAS_NUM_THREADS": "4"})[2:] == ["4"]


def test_the_exit_code_is_the_commands() -> None:
    command = [sys.executable, "-m", "usql", "query", "SELEC city", "--sample"]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 1
    command[4] = "SELECT city FROM usersession"
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def test_a_program_that_runs_the_command_keeps_its_own_ways() -> None:
    code = (
        "import gc, os; before = gc.get_threshold(), dict(os.environ); from usql.cli import run; "
        "assert run(['query', 'SELECT COUNT(*) FROM usersession', '--sample']) == 0; "
        "assert (gc.get_threshold(), dict(os.environ)) == before; assert not gc.get_freeze_count()"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)


def test_an_interrupt_in_a_callback_is_not_lost() -> None:
    program = """
import time, weakref
from usql.cli import process

class Thing:
    pass

def callback(_):
    raise kind

process.begin()
for kind in (ValueError("shown"), KeyboardInterrupt()):
    thing = Thing()
    reference = weakref.ref(thing, callback)
    del thing
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=50
    )
    assert done.stdout == "interrupted\n"
    assert "ValueError: shown" in done.stderr
    assert "KeyboardInterrupt" not in done.stderr
