"""What an export costs the server: ``python -m tests.unit.live.cost SECONDS`` posts as many bulks as come
in so many seconds, 20 a second of 50 sessions, as fast as they are taken or at their pace, whichever is
slower, and prints the server's processor time per second of the export, and that of opening the folder."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import psutil

import usql
from tests.unit.live.bodies import lines
from tests.unit.server.running import serving

RATE, SESSIONS = 20, 50
DISTINCT = 20
"""Seconds of the export that are generated; after these the same sessions come with other IDs."""

PASSWORD = "a-password-for-costs"
_ID = b'"userSessionId": "'
COUNT = "SELECT COUNT(*) FROM usersession"


def bodies(seconds: int) -> Iterator[bytes]:
    """The export of so many seconds. Each session comes once."""
    some = lines(RATE * SESSIONS * min(seconds, DISTINCT), seed=5)
    bulks = [some[at : at + SESSIONS] for at in range(0, len(some), SESSIONS)]
    for number in range(RATE * seconds):
        turn, place = divmod(number, len(bulks))
        other = _ID + str(turn).encode()
        yield b"".join(line.replace(_ID, other, 1) for line in bulks[place])


def main(seconds: int) -> None:
    coming = bodies(seconds)
    coming = chain([next(coming)], coming)  # generated before the clock runs
    basic = base64.b64encode(f"usql:{PASSWORD}".encode()).decode()
    os.environ["USQL_INGEST_PASSWORD"] = PASSWORD
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with serving(folder, "shop.live", "--ingest") as server:
            process = psutil.Process(server.process.pid)
            before, began = sum(process.cpu_times()[:2]), time.monotonic()
            for number, body in enumerate(coming):
                time.sleep(max(0.0, began + number / RATE - time.monotonic()))
                headers = {"Authorization": f"Basic {basic}"}
                request = urllib.request.Request(f"{server.url}/ingest", body, headers)
                with urllib.request.urlopen(request, timeout=120):
                    pass
            time.sleep(2 + 10)  # the last segment
            used = sum(process.cpu_times()[:2]) - before
            print(f"{used / seconds:.2f} s of processor time for each second of the export")
            server.end()
        began_cpu = time.process_time()
        sessions = usql.open(folder / "shop.live")
        (row,) = sessions.query(COUNT).rows()
        print(
            f"{1000 * (time.process_time() - began_cpu):.0f} ms to open {row[0]:,} sessions and count"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))
