"""Running tasks over parts: the interface that a cluster has to implement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from usql.distributed.task import NumberedPart
from usql.engine import Event


class Executor(Protocol):
    """Runs queries on parts, anywhere: :func:`usql.distributed.task.answered` is all that a worker
    runs. A task returns states and has no other effect, so a task whose worker died can run again;
    only the states of one run are counted."""

    @property
    def threads(self) -> int:
        """The number of threads of a worker for one task."""

    @property
    def memory_limit(self) -> int | None:
        """The bytes that a worker may build for one task, and that loading a part may hold."""

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[pa.Buffer | bytes]:
        """States in which each of the parts is counted exactly once, as they come, in any order; how
        many parts are merged into one of them is the executor's choice. ``timeout`` in seconds and
        ``cancelled`` end all tasks.

        Raises what :func:`usql.distributed.task.answered` raises of any part.
        """

    def close(self) -> None:
        """Release the workers."""
