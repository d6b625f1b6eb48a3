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
"""Seconds without an answer after which threads hang."""


@dataclass
class Outcome:
    """What a crowd did: questions answered, those with a wrong answer, exceptions, and the bytes of
    memory of the process, from second to second, each with the rounds of all questions that every
    thread had done by then."""

    answered: int = 0
    wrong: set[int] = field(default_factory=set)
    failed: list[BaseException] = field(default_factory=list)
    memory: list[tuple[int, int]] = field(default_factory=list)

    def most(self, rounds: range) -> int:
        """The most memory while every thread had done so many rounds."""
        return max(size for done, size in self.memory if done in rounds)


class Hangs(Exception):
    """Threads did not end; the message is where all of them stand."""


def ask_at_once(
    questions: Sequence[Callable[[], bool]], threads: int, seconds: float, rounds: int = 0
) -> Outcome:
    """Let every thread ask the questions in an order of its own, over and over, for so long and for
    at least so many rounds. A question is asked by calling it; it tells whether the answer was right.

    Raises :class:`Hangs` when no thread answers any more. Should even the calling thread hang, the
    process ends with the places of all threads on standard error.
    """
    outcome = Outcome()
    counts = [0] * threads
    deadline = time.monotonic() + seconds
    least = rounds * len(questions)

    def is_over(own: int) -> bool:
        return time.monotonic() > deadline and counts[own] >= least

    def ask(own: int) -> None:
        order = list(range(len(questions)))
        random.Random(own).shuffle(order)
        try:
            while True:
                for number in order:
                    if is_over(own):
                        return
                    if not questions[number]():
                        outcome.wrong.add(number)
                    counts[own] += 1
        except BaseException as error:
            outcome.failed.append(error)

    running = [threading.Thread(target=ask, args=(own,), daemon=True) for own in range(threads)]
    answered, since = 0, time.monotonic()
    try:
        for thread in running:
            thread.start()
        while any(thread.is_alive() for thread in running):
            faulthandler.dump_traceback_later(2 * _PATIENCE, exit=True, file=sys.stderr)
            time.sleep(min(1.0, _PATIENCE / 4))
            size = psutil.Process().memory_info().rss
            outcome.memory.append((min(counts) // len(questions), size))
            if sum(counts) > answered:
                answered, since = sum(counts), time.monotonic()
            elif time.monotonic() - since > _PATIENCE:
                raise Hangs(_places())
    finally:
        faulthandler.cancel_dump_traceback_later()
    outcome.answered = sum(counts)
    return outcome


def _places() -> str:
    """Where every thread stands."""
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return file.read()
