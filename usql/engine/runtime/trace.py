"""The figures of a run, node by node, for EXPLAIN ANALYZE: rows, bytes, indexes and
milliseconds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from usql.planner import Plan
from usql.sizes import readable_bytes


@dataclass(eq=False)
class Figures:
    """The figures of one node: ``rows`` that it returned, bytes that it ``read`` (by the width of
    its columns), ``seconds`` of clock time without its input, and ``notes`` such as skipped
    morsels."""

    rows: int | None = None
    read: int = 0
    seconds: float = 0.0
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Trace:
    """The figures of a run's nodes, of a run for which somebody asks for them."""

    nodes: dict[int, tuple[Plan, Figures]] = field(default_factory=dict)
    _stack: list[float] = field(default_factory=list)

    def figures(self, node: Plan) -> Figures:
        """The figures of a node, to be filled."""
        return self.nodes.setdefault(id(node), (node, Figures()))[1]

    def timed(self, node: Plan) -> _Timed:
        """Measure a node on the calling thread; the time of its inputs is counted for these."""
        return _Timed(self.figures(node), self._stack)

    def move(self, seconds: float, source: Plan, target: Plan) -> None:
        """Move seconds that were measured at one node to another that ran in the same pass."""
        self.figures(source).seconds -= seconds
        self.figures(target).seconds += seconds

    def details(self, node: Plan) -> Mapping[str, str]:
        """The figures of a node as texts."""
        known = self.nodes.get(id(node))
        if known is None:
            return {}
        figures = known[1]
        shown = dict(figures.notes)
        if figures.rows is not None:
            shown["rows"] = f"{figures.rows:,}"
        if figures.read:
            shown["read"] = readable_bytes(figures.read)
        shown["time"] = f"{max(figures.seconds, 0.0) * 1000:.3f} ms"
        return shown


class _Timed:
    """Measures the time of a node for :meth:`Trace.timed`. ``stack`` holds, for each node that is
    being measured, the seconds of its inputs so far."""

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
