"""The exit codes of the command; 0 is success."""

from __future__ import annotations

REFUSED = 1
"""A query was refused, or a check found errors."""

USAGE = 2
"""Wrong usage."""

DATA = 3
"""Data could not be read or written, or there was not enough memory."""

INTERRUPTED = 130
"""The user pressed Ctrl-C."""
