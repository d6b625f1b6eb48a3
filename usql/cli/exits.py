"""The exit codes of the command, which 0 ends that did what it was to do."""

from __future__ import annotations

REFUSED = 1
"""A query was refused, or a check found errors."""

USAGE = 2
"""The command was called in a wrong way."""

DATA = 3
"""Data could not be read or written, or memory did not suffice."""

INTERRUPTED = 130
"""Somebody pressed Ctrl-C."""
