"""A seeded sample: sessions of a fictional shop and travel site, realistic and reproducible."""

from __future__ import annotations

from usql.sample.generator import batches, generate
from usql.sample.write import write

__all__ = ["batches", "generate", "write"]
