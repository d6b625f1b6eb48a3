"""The dialects of SQL, with what each writes differently."""

from __future__ import annotations

from collections.abc import Mapping

from usql.translation.dialects.dialect import Dialect
from usql.translation.dialects.duckdb import DuckDb
from usql.translation.dialects.spark import Spark

__all__ = ["DIALECTS", "Dialect"]

DIALECTS: Mapping[str, Dialect] = {d.name: d for d in (Spark(), DuckDb())}
"""The dialects by their names."""
