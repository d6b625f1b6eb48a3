"""Saves again and again in processes that are killed: ``python -m tests.robust.faults.killing FOLDER KIND
MOMENTS``. Prints how often the old and the new data stood there, and in how many moments the old
folder lay aside."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import usql
from usql.samples import generate
from usql.store import Store, load, save
from usql.store.export.nested import nested_batches
from usql.store.export.write import write_batches
from usql.store.saved import shards
from usql.store.saved.folder import MANIFEST, is_store, verify
from usql.store.saved.replace import standing
from usql.store.sharding.shard import shard

_MARKS = {".usqlstore": MANIFEST, ".usqlshards": shards.MANIFEST}

ASKED = (
    "SELECT COUNT(*), SUM(duration), COUNT(DISTINCT userId) FROM usersession",
    "SELECT name, COUNT(*), MEDIAN(duration) FROM useraction GROUP BY name LIMIT 5000",
)


def write(store: Store, target: Path) -> None:
    if target.suffix == ".usqlstore":
        save(store, target)
    elif target.suffix == ".usqlshards":
        shard(store, target, sessions=300)
    else:
        write_batches(target, nested_batches(store))


def answers(target: Path) -> list[list[list[object]]]:
    if target.suffix == ".usqlstore":
        assert is_store(target)
        verify(target)
    sessions = usql.open(target, threads=1)
    return [sessions.query(text).rows() for text in ASKED]


def in_child(work: Callable[[], None]) -> int:
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    return child


def main(folder: Path, kind: str, moments: int) -> None:
    target = folder / f"s{kind}"
    stores = [load(generate(n, n), threads=1) for n in (700, 800)]
    expected = []
    lasts = 0.0
    for store in (*stores, stores[0]):
        began = time.monotonic()
        os.waitpid(in_child(lambda store=store: write(store, target)), 0)  # type: ignore[misc]
        lasts = max(lasts, time.monotonic() - began)
        expected.append(answers(target))
    slow = Path.rename

    def slowly(self: Path, other: Path) -> Path:
        """Each step of the move into place takes as long as the rest."""
        time.sleep(lasts / 4)
        return slow(self, other)

    seen: Counter[str] = Counter()
    chance = random.Random(kind)
    old = 0
    for number in range(moments):
        new = 1 - old
        is_slow = bool(number % 2)

        def work(new: int = new, is_slow: bool = is_slow) -> None:
            if is_slow:
                Path.rename = Path.replace = slowly  # type: ignore[method-assign, assignment]
            write(stores[new], target)

        child = in_child(work)
        time.sleep(lasts * (1 + is_slow) * chance.random())
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        seen["killed" if os.WIFSIGNALED(status) else "done before"] += 1
        seen["aside"] += kind in _MARKS and standing(target, _MARKS[kind]) != target
        seen["left behind"] += len(os.listdir(folder)) > 1
        found = answers(target)
        assert found in (expected[old], expected[new]), "neither the old nor the new data"
        if found == expected[new]:
            old = new
            seen["new"] += 1
        else:
            seen["old"] += 1
    write(stores[0], target)
    assert answers(target) == expected[0]
    assert os.listdir(folder) == [target.name], "what killed processes left is still there"
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
