"""What runs within a checkout: it answers questions, and tells what processor time they take.

It is started as a file, with the checkout as the only place to import usql from, and knows nothing
else of either. Each line that comes in is a request, each that goes out its answer, both as JSON::

    {"text": query, "indexes": false, "calls": 20}  ->  {"seconds": of one call}
    {"text": query, "indexes": false, "to": path}   ->  {"rows": of the answer, written there}
"""

from __future__ import annotations

import gc
import json
import sys
import time
from typing import Any

import pyarrow as pa

import usql

WARM = 4
"""Times that a query is asked before any is timed: some indexes are built by the second of its kind."""


def main(source: str, store: str) -> None:
    """Save the source as a store of this checkout, open it twice, and answer until nobody asks any
    more. The first line out tells that it is ready."""
    usql.open(source).save(store)
    opened = {
        on: usql.open(store, threads=1, index_memory=None if on else 0) for on in (False, True)
    }
    _say({})
    for line in sys.stdin:
        request = json.loads(line)
        sessions, text = opened[request["indexes"]], request["text"]
        if "to" in request:
            _say({"rows": _write(sessions, text, request["to"])})
        else:
            _say({"seconds": _seconds(sessions, text, request["calls"])})


def _write(sessions: Any, text: str, path: str) -> int:
    for _ in range(WARM):
        table: pa.Table = _ask(sessions, text)
    with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return int(table.num_rows)


def _seconds(sessions: Any, text: str, calls: int) -> float:
    """Of the processor, of one call. As in ``timeit``, garbage is not collected meanwhile."""
    gc.collect()
    gc.disable()
    begin = time.process_time()
    for _ in range(calls):
        _ask(sessions, text)
    spent = time.process_time() - begin
    gc.enable()
    return spent / calls


def _ask(sessions: Any, text: str) -> Any:
    return sessions.query(text, profile="offline").to_arrow()


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
