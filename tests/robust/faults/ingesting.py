"""Bodies that arrive in a process that is killed, and what is there afterwards:
``python -m tests.robust.faults.ingesting FOLDER random MOMENTS``, or ``calls FIRST STEP``: of the calls
that change files one after the other, or one of many, is the last one. Prints how many processes were killed."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import usql
from tests.robust.faults.killing import in_child
from tests.unit.live.bodies import answers, ids, lines
from usql.live.folder import LiveFolder
from usql.live.journal import Journal
from usql.live.writer import Writer

CALLS = (
    "open",
    "write",
    "fsync",
    "ftruncate",
    "truncate",
    "rename",
    "replace",
    "unlink",
    "mkdir",
    "rmdir",
)
"""The functions of the system that change files."""

BODIES = tuple(b"".join(lines(40)[at : at + 4]) for at in range(0, 40, 4))
"""Ten bodies of four sessions."""


def watch(before: Callable[[str, tuple[Any, ...]], None]) -> None:
    """Have a function called before each of the ``CALLS``, with its name and arguments."""
    for name in CALLS:
        call = getattr(os, name)

        def watched(
            *rest: Any, name: str = name, call: Callable[..., Any] = call, **named: Any
        ) -> Any:
            before(name, rest)
            return call(*rest, **named)

        setattr(os, name, watched)


def ingest(folder: Path, acknowledged: Callable[[int], None]) -> None:
    """All that a writer does, one after the other in this thread: bodies that arrive, the segments that
    are made of them, and the merging of these."""
    with LiveFolder(folder, "testing") as live:
        journal = Journal(live.path, live.list.journal)
        for number, body in enumerate(BODIES):
            journal.append(body, 4)
            acknowledged(number)
            journal.roll()
            live.add_journal(journal.number - 1)
        while live.merge():
            pass
        journal.close()


def check(folder: Path, acknowledged: Sequence[int]) -> None:
    """Nothing that was acknowledged is lost and nothing is there twice, first for readers, then once a
    writer has completed what was left; and then the rest arrives."""
    if (folder / "usql-live.json").exists():
        seen = ids(usql.open(folder, threads=1))
        assert len(seen) == len(set(seen)), "a reader saw a session twice"
    LiveFolder(folder, "testing").close()
    there = ids(usql.open(folder, threads=1))
    assert len(there) == len(set(there)), "a session is there twice"
    expected = {
        json.loads(line)["userSessionId"] for n in acknowledged for line in BODIES[n].splitlines()
    }
    assert expected <= set(there), "what was acknowledged is lost"
    with LiveFolder(folder, "testing") as live:
        segments = {segment.name for segment in live.list.segments}
        assert {path.name for path in (folder / "segments").iterdir()} == segments
        assert not [*(folder / "journal").iterdir()]


def killed_at(folder: Path, step: int) -> list[int] | None:
    """The bodies that were acknowledged by a process that is killed before its ``step``-th call; ``None``
    if it had no more of them."""
    read, write = os.pipe()

    def work() -> None:
        count = 0

        def last(name: str, rest: tuple[Any, ...]) -> None:
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)

        send = os.write

        def answer(number: int) -> None:
            send(write, bytes([number]))

        watch(last)
        ingest(folder, answer)

    child = in_child(work)
    os.close(write)
    with os.fdopen(read, "rb") as answered:
        acknowledged = list(answered.read())
    _, status = os.waitpid(child, 0)
    return acknowledged if os.WIFSIGNALED(status) else None


def killed_at_random(folder: Path, moments: int) -> int:
    """Bodies are posted to a writer with all its threads, which is killed again and again; those that
    are not acknowledged are sent again, as the vendor does."""
    chance, seen = random.Random(1), Counter[str]()
    some = lines(200 * moments, seed=2)
    bodies: list[bytes] = []
    waiting: list[int] = []
    while waiting or seen["killed"] < moments:
        if not waiting:  # the machine is fast: more of them, until there were as many kills
            waiting = list(range(len(bodies), len(bodies) + moments))
            bodies += [b"".join(some[10 * number : 10 * number + 10]) for number in waiting]
            assert bodies[-1]
        read, write = os.pipe()

        def work(
            numbers: Sequence[int] = tuple(waiting),
            bodies: Sequence[bytes] = tuple(bodies),
            write: int = write,
        ) -> None:
            with Writer(folder, "testing") as writer:
                for number in numbers:
                    writer.append(bodies[number], 10)
                    os.write(write, number.to_bytes(4))
                    if number % 3 == 0:
                        writer.flush()

        child = in_child(work)
        os.close(write)
        with os.fdopen(read, "rb") as answered:
            first = answered.read(4)  # it has started
            if first and seen["killed"] < moments:
                time.sleep(0.2 * chance.random())
                os.kill(child, signal.SIGKILL)
            numbers = first + answered.read()
        _, status = os.waitpid(child, 0)
        seen["killed" if os.WIFSIGNALED(status) else "ended"] += 1
        done = {int.from_bytes(numbers[i : i + 4]) for i in range(0, len(numbers), 4)}
        resent = chance.sample(sorted(done), min(1, len(done)))  # acknowledged, but too late
        waiting = sorted({*waiting} - done | ({*resent} if len(waiting) > len(done) else set()))
    LiveFolder(folder, "testing").close()
    there = usql.open(folder, threads=1)
    names = [json.loads(line)["userSessionId"] for body in bodies for line in body.splitlines()]
    assert ids(there) == sorted(names), "sessions are lost, or there twice"
    one = usql.open([json.loads(line) for body in bodies for line in body.splitlines()], threads=1)
    assert sorted(map(repr, answers(there)[1])) == sorted(map(repr, answers(one)[1]))
    return seen["killed"]


def killed_in_calls(folder: Path, first: int, step: int) -> int:
    """How many processes were killed, each in another folder and a later call."""
    for kills, last in enumerate(itertools.count(first, step)):
        acknowledged = killed_at(folder / str(last), last)
        if acknowledged is None:
            return kills
        check(folder / str(last), acknowledged)
        shutil.rmtree(folder / str(last))
    raise AssertionError


if __name__ == "__main__":
    place, kind, *numbers = sys.argv[1:]
    if kind == "calls":
        print(killed_in_calls(Path(place), *map(int, numbers)))
    else:
        print(killed_at_random(Path(place), *map(int, numbers)))
