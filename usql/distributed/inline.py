"""Tasks in this process, one part after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from usql.distributed.task import NumberedPart, answered
from usql.engine import Event
from usql.frozen import dataclass
from usql.store.threads import available


@dataclass(frozen=True, slots=True)
class Inline:
    """An executor that is a loop: it answers part after part with the threads and within the memory
    of this process. ``together``: the number of parts that are answered as one."""

    memory_limit: int | None = None
    threads: int = available()
    together: int = 1

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[pa.Buffer]:
        """As :meth:`usql.distributed.executor.Executor.run`; a part is opened when the states of the
        one before it were taken."""
        for first in range(0, len(parts), self.together):
            yield answered(task, parts[first : first + self.together], cancelled)

    def close(self) -> None:
        """Does nothing, since there are no workers."""
