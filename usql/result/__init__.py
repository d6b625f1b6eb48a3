"""Results of queries: rows, Arrow tables, vendor responses, drawings and files."""

from __future__ import annotations

from usql.result.columns import ColumnRole, FunnelStep, ResultColumn, TimeOrder
from usql.result.result import Result
from usql.result.rows import Row

__all__ = ["ColumnRole", "FunnelStep", "Result", "ResultColumn", "Row", "TimeOrder"]
