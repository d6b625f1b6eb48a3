"""How far a load has come."""

from __future__ import annotations

from collections.abc import Callable

from usql.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes read of all sources together (as they lie on disk) and sessions found so far. Of a pipe
    nobody knows beforehand how many come: it adds nothing to the total."""

    __module__ = "usql"  # callers name it in their types

    bytes_done: int
    bytes_total: int
    sessions: int


Report = Callable[[Progress], None]
"""Called now and then while loading."""
