"""Plan and store to Arrow table. The engine decides nothing about the language."""

from __future__ import annotations

from usql.engine.metrics import SumOverflow
from usql.engine.run import Answer, run

__all__ = ["Answer", "SumOverflow", "run"]
