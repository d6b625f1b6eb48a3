"""What a run did, node by node, for EXPLAIN ANALYZE: rows, bytes, indexes and milliseconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from usql.planner import Plan


@dataclass(eq=False)
class Figures:
    """What one node did. ``rows`` it gave, ``read`` bytes it touched (by the width of the columns it
    named), ``seconds`` of the clock without its input, ``notes`` such as morsels left out."""

    rows: int | None = None
    read: int = 0
    seconds: float = 0.0
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Trace:
    """The figures of a run's nodes. Rows and times are always collected: a clock reading a node and
    a morsel; what they read only if ``detailed``."""

    detailed: bool = False
    nodes: dict[int, tuple[Plan, Figures]] = field(default_factory=dict)
    _stack: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def figures(self, node: Plan) -> Figures:
        """The figures of a node, to be filled."""
        return self.nodes.setdefault(id(node), (node, Figures()))[1]

    def timed(self, node: Plan) -> _Timed:
        """Measures a node on the calling thread; what its inputs take in between is theirs."""
        return _Timed(self.figures(node), self._stack)

    def move(self, seconds: float, source: Plan, target: Plan) -> None:
        """Seconds that were measured at one node but are another's, run in the same pass."""
        self.figures(source).seconds -= seconds
        self.figures(target).seconds += seconds

    def details(self, node: Plan) -> Mapping[str, str]:
        """The figures of a node in words."""
        known = self.nodes.get(id(node))
        if known is None:
            return {}
        found = known[1]
        shown = dict(found.notes)
        if found.rows is not None:
            shown["rows"] = f"{found.rows:,}"
        if found.read:
            shown["read"] = readable_bytes(found.read)
        shown["time"] = f"{max(found.seconds, 0.0) * 1000:.3f} ms"
        return shown


class _Timed:
    """Measures the time of a node, for :meth:`Trace.timed`. ``stack``: per node that is being
    measured, the seconds of its inputs so far."""

    def __init__(self, figures: Figures, stack: list[float]) -> None:
        self._figures = figures
        self._stack = stack

    def __enter__(self) -> Figures:
        self._stack.append(0.0)
        self._began = time.perf_counter()
        return self._figures

    def __exit__(self, *_: object) -> None:
        elapsed = time.perf_counter() - self._began
        self._figures.seconds += elapsed - self._stack.pop()
        if self._stack:
            self._stack[-1] += elapsed


def readable_bytes(size: int) -> str:
    """A number of bytes for people.

    >>> readable_bytes(1_234_567), readable_bytes(12)
    ('1.2 MB', '12 bytes')
    """
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
