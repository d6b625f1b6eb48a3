"""What the options of several benchmarks mean."""

from __future__ import annotations


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(filter(None, text.split(",")))
