"""A seeded sample: sessions of a fictional shop and travel site, realistic and reproducible."""

from __future__ import annotations

from usql.samples.generator import batches, generate

__all__ = ["batches", "generate"]
