"""Processes and what they cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Of one process: processor seconds of all its threads, seconds on the wall, and the most
    memory in bytes. The process that measures must itself be small: on Linux a child begins with
    the peak of the process that started it."""

    processor: float
    wall: float
    memory: int


def run(command: Sequence[str]) -> tuple[bytes, Cost]:
    """What a command writes to standard output, and its cost. Raises ``RuntimeError`` if it fails."""
    began = time.perf_counter()
    # Not Popen.wait: only wait4 tells the cost of this child alone.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        written = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode} of {' '.join(command)}")
    scale = 1 if sys.platform == "darwin" else 1024
    return written, Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * scale)


def alternate(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Cost]]:
    """The costs of all commands, one after the other in each round, beginning with another one each
    time; each runs once before, so that the files are in the system's cache."""
    names = list(commands)
    for command in commands.values():
        run(command)
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(rounds):
        for place in range(len(names)):
            name = names[(number + place) % len(names)]
            costs[name].append(run(commands[name])[1])
    return costs


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        statistics.median(c.processor for c in costs),
        statistics.median(c.wall for c in costs),
        round(statistics.median(c.memory for c in costs)),
    )


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """The median over the rounds of the ratio of processor times in one round."""
    return statistics.median(a.processor / b.processor for a, b in zip(ours, theirs, strict=True))
