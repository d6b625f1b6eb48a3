"""The formats of results, known without importing the modules that write them.

Each module of ``usql/result/formats/`` declares its own format; ``declared`` is generated from
them, since the command lists all formats before it knows whether it needs any.
"""

from __future__ import annotations

from pathlib import PurePath

from usql.formats.declared import ALL
from usql.formats.format import Format

__all__ = ["BINARY", "FORMATS", "Format", "form_of", "suffixes"]

FORMATS: dict[str, Format] = {form.name: form for form in ALL}
"""All formats by name. Timestamps are milliseconds in JSON and, unless asked otherwise, in CSV."""

BINARY = tuple(form.name for form in ALL if not form.is_text)
"""Formats that are not text."""


def form_of(path: str) -> str | None:
    """The format for a file with this name; ``None`` if the suffix is unknown.

    >>> form_of("cities.csv")
    'csv'
    """
    suffix = PurePath(path).suffix.removeprefix(".").lower()
    return next((form.name for form in ALL if suffix in form.suffixes), None)


def suffixes() -> list[str]:
    """All suffixes of file names, with their dots.

    >>> suffixes()[:2]
    ['.arrow', '.csv']
    """
    return [f".{suffix}" for form in ALL for suffix in form.suffixes]
