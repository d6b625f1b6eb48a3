"""What the benchmark asks of every engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from benchmarks.parameters import Parameters

THREADS = 2
"""Threads that every engine may use: the cores of the machine the goals were set for."""


@dataclass(frozen=True)
class Form:
    """One way to write a query. ``run`` gives the engine's own result."""

    label: str
    run: Callable[[], Any]


class Peer(Protocol):
    """An engine that holds the flat tables."""

    name: str
    lacks: Mapping[str, str]
    """The queries to which the engine has no exact answer, each with the reason."""

    def forms(self, key: str, parameters: Parameters) -> list[Form]:
        """The ways to write the query ``key`` that are worth timing; ``key`` is none of
        ``lacks``."""

    def table(self, result: Any) -> pa.Table:
        """A result of ``run`` as an Arrow table, its columns in the order of usql's."""

    def held(self) -> int:
        """Bytes that the data takes, in the layout that is leanest."""

    def close(self) -> None:
        """Give the data back."""


def sql(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
