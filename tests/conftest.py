"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# How long something takes is the benchmark's matter; on a busy machine every example is slow.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

collect_ignore = ["mutation"]
"""Runs tests and holds none; what it needs comes with the ``dev`` extra only."""
