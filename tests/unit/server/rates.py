"""How many requests the server answers, beside the least that could answer them (``bare.py``): the rates of
docs/SERVER.md. ``python -m tests.unit.server.rates STORE`` asks with ``wrk`` over four connections, each in
turns of three seconds, and prints medians. Rates are the machine's; the ratio of processor times of the
same turn is not."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import httpx2
import psutil

from tests.unit.server.asking import HEADER, TABLE
from tests.unit.server.cost import QUERIES, TIMES
from tests.unit.server.running import serving

_TURNS, _SECONDS, _CONNECTIONS = 5, 3, 4
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class Asked(NamedTuple):
    """A turn: requests a second, milliseconds within which half and 99 % of them were answered, and the
    server's milliseconds of processor time for each."""

    rate: float
    half: float
    most: float
    spent: float = 0.0


class Server(NamedTuple):
    """A server and its process."""

    url: str
    process: int

    def used(self) -> float:
        """The milliseconds of processor time that it has used."""
        used = psutil.Process(self.process).cpu_times()
        return float(used.user + used.system) * 1000

    def asked(self, path: str) -> Asked:
        """A turn that asks for the path."""
        before = self.used()
        seen = seen_by(self.asking(path, _CONNECTIONS, _SECONDS))
        spent = (self.used() - before) / (seen.rate * _SECONDS)
        return Asked(seen.rate, seen.half, seen.most, spent)

    def asking(self, path: str, connections: int, seconds: int) -> subprocess.Popen[str]:
        """``wrk`` that asks for the path."""
        sent = [
            argument for name, value in HEADER.items() for argument in ("-H", f"{name}: {value}")
        ]
        counts = ("-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency")
        command = ["wrk", *counts, *sent, self.url + path]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def seen_by(wrk: subprocess.Popen[str]) -> Asked:
    """What it printed. Raises ValueError if a request failed."""
    printed = wrk.communicate()[0]
    if wrk.returncode or "Non-2xx" in printed or "Socket errors" in printed:
        raise ValueError(printed)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", printed)
    within = {
        p: float(n) * _UNITS[u] for p, n, u in re.findall(r"(50|99)%\s+([\d.]+)(\w+)", printed)
    }
    return Asked(float(rate), within["50"], within["99"])


@contextmanager
def bare(store: Path) -> Iterator[Server]:
    """The least that answers."""
    command = [sys.executable, "-m", "tests.unit.server.bare", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Server(process.stdout.readline().split()[-1], process.pid)
        finally:
            process.kill()


def compared(server: Server, least: Server, path: str) -> list[tuple[Asked, Asked]]:
    """Turns of both, which answer the same bytes."""
    first, second = (
        httpx2.get(one.url + path, headers=HEADER, timeout=60) for one in (server, least)
    )
    assert first.raise_for_status().content == second.raise_for_status().content
    for one in (server, least):
        one.asked(path)
    return [(server.asked(path), least.asked(path)) for _ in range(_TURNS)]


def main(store: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), str(store)) as running,
        bare(store) as least,
    ):
        server = Server(running.url, running.process.pid)
        for name, query in QUERIES.items():
            path = f"{TABLE}?{urlencode({'query': query, **TIMES})}"
            turns = compared(server, least, path)
            rate, half, most, spent = (
                statistics.median(one) for one in zip(*(ours for ours, _ in turns), strict=True)
            )
            ratio = statistics.median(ours.spent / theirs.spent for ours, theirs in turns)
            print(
                f"{name}: {rate:.0f} requests/s, half within {half:.1f} ms, 99 % within {most:.1f} ms; "
                f"{spent:.2f} ms of processor time each, {ratio:.2f} of the least",
                flush=True,
            )
        beside = server.asking(path, _CONNECTIONS, 12)
        seen = seen_by(server.asking("/healthz", 1, 10))
        seen_by(beside)
        print(
            f"/healthz beside the last: half within {seen.half:.1f} ms, 99 % within {seen.most:.1f} ms"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
