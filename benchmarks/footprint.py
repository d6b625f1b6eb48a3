"""``python -m benchmarks.footprint EXPORT QUERIES``: the memory of a process that does nothing else
than load an export and answer queries (a JSON list of texts), as JSON, in bytes."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import psutil

from benchmarks.memory import status
from benchmarks.ours import ask, load


def main() -> None:
    """Load, ask, and tell the resident memory."""
    process = psutil.Process()
    export, texts = sys.argv[1:]
    sessions = load(Path(export))
    loaded = process.memory_info().rss
    for text in json.loads(texts):
        ask(sessions, text)
    bytes_held = {
        "loaded": loaded,
        "after the queries": process.memory_info().rss,
        "at its peak": _peak(),
    }
    print(json.dumps(bytes_held))


def _peak() -> int:
    if sys.platform == "linux":
        return status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
