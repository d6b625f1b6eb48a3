"""What Linux keeps about the memory of this process."""

from __future__ import annotations

from pathlib import Path


def status(name: str) -> int:
    """A number of bytes: ``VmHWM`` is the most, ``VmRSS`` the present use. (``ru_maxrss`` would
    count the process that this one was forked from, too.)"""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))
