"""How far a query passes its limits before it stops, for each kind of work (SECURITY.md)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import usql
from tests.places import ROOT
from tests.robust.faults.command import environment
from tests.robust.security.kinds import KINDS
from tests.sampling import IS_LONG

SESSIONS = 300_000
LIMIT, TIMEOUT = 100_000_000, 0.2

MEASURED = """
import json, sys, time
import usql
from benchmarks.memory import status
from usql.engine.runtime.limits import Control
from usql.store import load
from usql.store.memory import release_unused_memory
from tests.robust.security.kinds import KINDS

folder, name, limit, timeout = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
store = load(folder)
WARM = "SELECT *, useraction.*, userevent.*, usererror.* FROM usersession LIMIT 1"
usql.Sessions(store).query(WARM, profile="offline")  # reads the columns of the store

def measured(text, threads, index_memory, limit, timeout):
    sessions = usql.Sessions(store, threads=threads, index_memory=index_memory, memory_limit=limit)
    release_unused_memory()  # what an earlier query freed would hide what this one takes
    open("/proc/self/clear_refs", "w").write("5")  # the peak is counted anew
    before, began = status("VmRSS"), time.process_time()
    try:
        sessions.query(text, profile="offline", timeout=timeout)
        stopped = ""
    except usql.UsqlError as error:
        stopped = error.diagnostics[0].name
    return stopped, time.process_time() - began, status("VmHWM") - before

def longest_between_looks(text):
    # A timeout ends a query early, where it may come to long work later.
    check, longest, last = Control.check, [0.0], [time.thread_time()]

    def look(self):
        longest[0] = max(longest[0], time.thread_time() - last[0])
        check(self)
        last[0] = time.thread_time()

    sessions = usql.Sessions(store, threads=1, index_memory=0, memory_limit=25 * limit)
    Control.check, last[0] = look, time.thread_time()
    try:
        sessions.query(text, profile="offline", timeout=4)
    except usql.UsqlError:
        pass
    Control.check = check
    return "timeout", max(longest[0], time.thread_time() - last[0]), 0

text = KINDS[name]
found = []
for index_memory in (0, None):
    found.append(["memory", *measured(text, 2, index_memory, limit, 60)])
for threads in (1, 2):
    found.append(["time", *measured(text, threads, 0, 20 * limit, timeout)])
found.append(["looks", *longest_between_looks(text)])
print(json.dumps(found))
"""


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, large enough that nothing is done in one look."""
    folder = tmp_path_factory.mktemp("overshoot") / "sample.usqlstore"
    usql.sample(sessions=SESSIONS, seed=7).save(folder)
    return folder


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")
@pytest.mark.parametrize("name", KINDS if IS_LONG else list(KINDS)[::3])
def test_a_query_stops_soon_past_its_limits(store: Path, name: str) -> None:
    """At most 1.5 times its memory limit and 200 MB, and half a second of its threads' time."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(store), name, str(LIMIT), str(TIMEOUT)],
        capture_output=True, text=True, cwd=ROOT, env=environment(), timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for limit, stopped, seconds, grown in json.loads(done.stdout):
        told = (name, limit, stopped, seconds, grown)
        match limit:
            case "memory":
                assert stopped in ("", "memory-limit"), told
                assert grown <= 1.5 * LIMIT + 200_000_000, told
            case "time":
                assert stopped in ("", "timeout"), told
                assert seconds <= TIMEOUT + 0.5, told
            case "looks":
                assert seconds <= 0.5, told
