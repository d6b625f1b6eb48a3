"""A crowd of threads that ask the same sessions at once."""

from __future__ import annotations

import faulthandler
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

_PATIENCE = 60.0
"""Seconds after which a thread that does not end hangs."""


@dataclass
class Outcome:
    """What a crowd did: questions answered, those with a wrong answer, exceptions, and the bytes of
    memory of the process: before, from second to second, and after."""

    answered: int = 0
    wrong: set[int] = field(default_factory=set)
    failed: list[BaseException] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


class Hangs(Exception):
    """Threads did not end; the message is where all of them stand."""


def ask_at_once(questions: Sequence[Callable[[], bool]], threads: int, seconds: float) -> Outcome:
    """Let every thread ask the questions in an order of its own, over and over, for so long. A
    question is asked by calling it; it tells whether the answer was right.

    Raises :class:`Hangs` when threads do not end in time. Should even the calling thread hang, the
    process ends with the places of all threads on standard error.
    """
    outcome = Outcome(memory=[psutil.Process().memory_info().rss])
    counts = [0] * threads
    deadline = time.monotonic() + seconds

    def ask(own: int) -> None:
        order = list(range(len(questions)))
        random.Random(own).shuffle(order)
        try:
            while True:
                for number in order:
                    if time.monotonic() > deadline:
                        return
                    if not questions[number]():
                        outcome.wrong.add(number)
                    counts[own] += 1
        except BaseException as error:
            outcome.failed.append(error)

    running = [threading.Thread(target=ask, args=(own,), daemon=True) for own in range(threads)]
    faulthandler.dump_traceback_later(seconds + 2 * _PATIENCE, exit=True, file=sys.stderr)
    try:
        for thread in running:
            thread.start()
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
            outcome.memory.append(psutil.Process().memory_info().rss)
        for thread in running:
            thread.join(max(deadline + _PATIENCE - time.monotonic(), 0))
        if any(thread.is_alive() for thread in running):
            raise Hangs(_places())
    finally:
        faulthandler.cancel_dump_traceback_later()
    outcome.answered = sum(counts)
    outcome.memory.append(psutil.Process().memory_info().rss)
    return outcome


def _places() -> str:
    """Where every thread stands."""
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return file.read()
