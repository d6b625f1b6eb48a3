"""What a user gets: rows, Arrow, responses, terminal tables."""

from __future__ import annotations

from usql.result.result import ColumnRole, FunnelStep, Result, ResultColumn, TimeOrder
from usql.result.rows import Row

__all__ = ["ColumnRole", "FunnelStep", "Result", "ResultColumn", "Row", "TimeOrder"]
