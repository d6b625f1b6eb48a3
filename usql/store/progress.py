"""How far a load has come."""

from __future__ import annotations

from collections.abc import Callable

from usql.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes read from all sources together (as stored on disk) and sessions found so far. The size
    of a pipe is not known beforehand: it adds nothing to the total."""

    __module__ = "usql"  # callers name it in their types

    bytes_done: int
    bytes_total: int
    sessions: int


Report = Callable[[Progress], None]
"""Called from time to time while loading."""
