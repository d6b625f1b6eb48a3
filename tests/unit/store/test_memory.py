"""Memory between the process and the system: the C library is tuned only by who asks for it, and
allocates for Arrow only as long as someone shards."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa

from usql.store.memory import system_allocation

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


def test_blocks_of_system_allocation_overlap() -> None:
    """The first to begin ends first, as calls on two threads may; an error ends a block, too."""
    before = pa.default_memory_pool().backend_name
    assert before != "system"
    first, second = system_allocation(), system_allocation()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert pa.default_memory_pool().backend_name == "system"
    error = ValueError()
    assert not second.__exit__(ValueError, error, None)
    assert pa.default_memory_pool().backend_name == before
