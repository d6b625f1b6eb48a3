"""What merging and finishing many groups takes: ``python -m benchmarks.merging [GROUPS] [PARTS]``.

The parts' states are made of numbers, not of sessions: each has half of the groups, by a text of 16
characters, with two metrics. Printed are the processor's seconds and the most memory that a process
had which received them and answered the query.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.memory import status
from usql.analysis.bound import Condition, Timeframe
from usql.asking.question import QueryOptions
from usql.catalog import Catalog, default_catalog
from usql.distributed.dataset import Part
from usql.distributed.sessions import DistributedSessions
from usql.distributed.task import NumberedPart
from usql.engine import Event
from usql.engine.states import wire
from usql.engine.states.columns import of_numbers
from usql.store.compute import pc, taken

QUERY = "SELECT userId, COUNT(*), SUM(duration) FROM usersession GROUP BY userId LIMIT 50"


@dataclass(frozen=True)
class StatesInFolder:
    """An executor whose parts' states lie in files of a folder, and the data set that has them."""

    folder: Path
    parts: Sequence[Part]
    catalog: Catalog = field(default_factory=default_catalog)
    span: tuple[int, int] = (0, 0)
    sessions: int = 0
    notes: tuple[str, ...] = ()
    threads: int = 1
    memory_limit: int | None = None

    def touched(self, timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        """All parts."""
        return range(len(self.parts))

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[bytes]:
        """The states of each part."""
        return ((self.folder / str(number)).read_bytes() for number, _ in parts)

    def close(self) -> None:
        """There is nothing to let go of."""


def main(groups: int, parts: int) -> int:
    """Run and print; the exit code of the process that answers."""
    with tempfile.TemporaryDirectory() as folder:
        make(groups, parts, Path(folder))
        answers = [sys.executable, "-m", "benchmarks.merging", str(groups), str(parts), folder]
        return subprocess.run(answers, check=False).returncode


def make(groups: int, parts: int, folder: Path) -> None:
    """The states of each part: distinct groups, whose texts ascend."""
    random = np.random.default_rng(1)
    for part in range(parts):
        numbers = np.sort(np.flatnonzero(random.random(groups) < 0.5) * 7919 % 10**9)
        texts = pc.binary_join_element_wise("user", pa.array(numbers + 10**11).cast("string"), "")
        texts = taken(texts, pc.array_sort_indices(texts))
        codes = pa.array(np.arange(len(texts), dtype=np.uint32))
        keys = pa.DictionaryArray.from_arrays(codes, texts)
        ones = np.ones(len(texts), dtype=np.int64)
        counts = [of_numbers(ones), of_numbers(ones), of_numbers(ones - 1)]
        states = wire.tables_to_bytes([wire.table([keys, *counts])])
        (folder / str(part)).write_bytes(states)


def answer(parts: int, folder: Path) -> int:
    """Answer the query of the states in a folder, and print what that took."""
    executor = StatesInFolder(folder, [None] * parts)  # type: ignore[list-item]  # no part is opened
    data = DistributedSessions(executor, executor, memory_limit=1 << 40)
    before, began = most(), time.process_time()
    result = data.ask(QUERY, QueryOptions(profile="offline"))
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    print(
        f"{result.total_rows:,} groups of {parts} parts, {size:,.0f} MB of states: "
        f"{time.process_time() - began:.1f} s, most memory {most():,.0f} MB ({before:,.0f} before)"
    )
    return 0


def most() -> float:
    """The most memory that this process had so far, in MB."""
    return status("VmHWM") / 1e6


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if len(arguments) == 3:
        sys.exit(answer(int(arguments[1]), Path(arguments[2])))
    sys.exit(main(*([int(number) for number in arguments] or [10_000_000, 4])))
