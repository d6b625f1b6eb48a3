"""What a user gets: rows, Arrow, responses, terminal tables."""

from __future__ import annotations

from usql.result.columns import ColumnRole, FunnelStep, ResultColumn, TimeOrder
from usql.result.result import Result
from usql.result.rows import Row

__all__ = ["ColumnRole", "FunnelStep", "Result", "ResultColumn", "Row", "TimeOrder"]
