"""Tasks in processes of this machine, each of which runs one task after the other."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

import pyarrow as pa

from usql.distributed.messages import receive, send
from usql.distributed.open_parts import OpenParts, runs
from usql.distributed.task import NumberedPart, answered
from usql.engine import Event
from usql.engine.runtime.limits import Control
from usql.errors import WorkerError
from usql.frozen import dataclass
from usql.store.memory import tune_allocator

_LOOK = 0.05
"""Seconds between two looks at whether somebody cancelled the query."""

_GRACE = 1.0
"""Seconds after its timeout in which a worker may still say itself that it is over."""

_TASKS_PER_WORKER = 2
"""A task merges what its parts answer, so that more would leave more to merge here; fewer would leave
workers without work at the end."""


class Processes:
    """An executor of ``workers`` processes, each with one thread and its share of ``memory_limit``.

    They are spawned at the first task, and stay. A query that is cancelled, exceeds its time, or
    ends with an exception ends the workers that are busy with it; the next query starts new ones.
    Only one query runs at a time; others wait for it.
    """

    threads = 1

    def __init__(self, workers: int, memory_limit: int | None) -> None:
        self._workers: list[_Worker | None] = [None] * workers
        self._lock = threading.Lock()
        self.memory_limit = None if memory_limit is None else max(1, memory_limit // workers)

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[pa.Buffer]:
        """As :meth:`usql.distributed.executor.Executor.run`; also :class:`WorkerError`. Parts that
        follow each other are answered together, by the worker that had them the last time."""
        deadline = None if timeout is None else time.monotonic() + timeout + _GRACE
        control = Control(deadline=deadline, cancelled=cancelled)
        while not self._lock.acquire(timeout=_LOOK):
            control.check()
        try:
            yield from self._run(task, parts, control.check)
        finally:
            for place, worker in enumerate(self._workers):
                if worker is not None and worker.is_busy:
                    worker.kill()
                    self._workers[place] = None
            self._lock.release()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            for worker in self._workers:
                if worker is not None:
                    worker.kill()
            self._workers = [None] * len(self._workers)

    def _run(
        self, task: bytes, parts: Sequence[NumberedPart], check: Callable[[], None]
    ) -> Iterator[pa.Buffer]:
        shares = _shares(parts, len(self._workers), self.memory_limit)
        for place in range(len(self._workers)):
            self._give(place, task, shares)
        while busy := [worker for worker in self._workers if worker is not None and worker.is_busy]:
            ready = wait([w.connection for w in busy] + [w.process.sentinel for w in busy], _LOOK)
            check()
            for worker in busy:
                if worker.connection in ready or worker.process.sentinel in ready:
                    result = worker.take()
                    self._give(self._workers.index(worker), task, shares)
                    yield result

    def _give(
        self, place: int, task: bytes, shares: Sequence[deque[Sequence[NumberedPart]]]
    ) -> None:
        """Give a worker the next of its own share, or else the last of the longest other one."""
        own_share = shares[place]
        share = own_share or max(shares, key=len)
        if not share:
            return
        worker = self._workers[place]
        if worker is None or not worker.process.is_alive():
            worker = self._workers[place] = _Worker()
        worker.give(task, share.popleft() if own_share else share.pop())


def _shares(
    parts: Sequence[NumberedPart], workers: int, memory_limit: int | None
) -> list[deque[Sequence[NumberedPart]]]:
    """For each worker runs of parts that follow each other; the same parts are the same worker's in
    each query."""
    shares: list[deque[Sequence[NumberedPart]]] = []
    for number in range(workers):
        share = parts[number * len(parts) // workers : (number + 1) * len(parts) // workers]
        pieces = list(runs(share, memory_limit))
        step = max(1, -(-len(pieces) // _TASKS_PER_WORKER))
        tasks = (pieces[at : at + step] for at in range(0, len(pieces), step))
        shares.append(deque([part for run in task for part in run] for task in tasks))
    return shares


class _Worker:
    """A process, and this end of the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=_work, args=(other,), daemon=True, name="usql-worker"
        )
        with _interrupts_wait():
            self.process.start()
        other.close()
        self.is_busy = False

    def give(self, task: bytes, parts: Sequence[NumberedPart]) -> None:
        """Send it some parts to answer."""
        self.is_busy = True
        try:
            send(self.connection, (task, parts))
        except OSError:
            raise self._died() from None

    def take(self) -> pa.Buffer:
        """Its result; raises its error."""
        try:
            message = receive(self.connection)
        except (EOFError, OSError):
            raise self._died() from None
        self.is_busy = False
        if isinstance(message, _Failed):
            raise message.error
        return message

    def _died(self) -> WorkerError:
        self.process.join(_GRACE)
        code = self.process.exitcode
        if code == 1:  # Python's, where the program is run again by each worker
            return WorkerError(
                "a worker process did not start: call usql.processes.open below "
                "if __name__ == '__main__', because each worker imports it"
            )
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return WorkerError(
            f"a worker process died ({how}), perhaps because the machine ran out of memory; the "
            "query has no result. Run it again, or open the data with fewer workers, a memory_limit "
            "or smaller shards"
        )

    def kill(self) -> None:
        """Kill it, whatever it is doing."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.connection.close()


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Ctrl-C in this thread takes effect after the block. A process that is started in it is never
    interrupted, not even before it says itself how it takes signals."""
    if sys.platform == "win32":
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # else a start does it, and lets signals in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True, slots=True)
class _Failed:
    """An exception raised in a worker."""

    error: Exception


def _work(connection: Connection) -> None:
    """A worker: answers until the pipe ends, because its parent closed it or is gone. Ctrl-C is for
    the parent to judge."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tune_allocator()
    open_parts = OpenParts()
    while True:
        try:
            task, parts = receive(connection)
        except (EOFError, OSError):
            return
        message: Any
        try:
            message = answered(task, parts, engines_of=open_parts.engines)
        except Exception as error:
            message = _Failed(error)
        try:
            send(connection, message)
        except OSError:
            return
