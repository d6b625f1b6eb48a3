"""The files in which a chart is drawn."""

from __future__ import annotations

from pathlib import PurePath

PICTURES = ("svg", "png", "pdf", "html")
"""The suffixes of their names."""


def picture_of(path: str) -> str | None:
    """The kind of picture that a file of this name is; ``None`` for another file.

    >>> picture_of("hours.SVG"), picture_of("hours.htm"), picture_of("hours.csv")
    ('svg', 'html', None)
    """
    suffix = PurePath(path).suffix.removeprefix(".").lower()
    suffix = "html" if suffix == "htm" else suffix
    return suffix if suffix in PICTURES else None
