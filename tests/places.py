"""Where the tests find what they read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The folder of the project."""

DATA = ROOT / "tests" / "data"
"""A documented export, queries, and the documented fields."""

SESSIONS = DATA / "sessions.ndjson"
"""The export."""

CORPUS = DATA / "queries.txt"
"""Queries of all kinds, a line each."""
