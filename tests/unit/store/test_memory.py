"""Memory between the process and the system: the C library is tuned only by who asks for it."""

from __future__ import annotations

import subprocess
import sys

TOLD = """
import ctypes
told = []
class Library:
    def __init__(self, name): pass
    def mallopt(self, option, value): told.append(option)
ctypes.CDLL = Library
import usql
sessions = usql.open([{"userSessionId": "a", "startTime": 1700000000000}])
sessions.query("SELECT COUNT(*) FROM usersession")
print(len(told))
usql.tune_allocator()
usql.tune_allocator()
print(len(told))
"""


def test_only_a_call_tunes_the_allocator() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TOLD], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["0", "2" if sys.platform == "linux" else "0"]
