"""The forms in which results are written: one table of them, which imports nothing.

What writes a form is a module of its name in ``usql/result/formats/``.
"""

from __future__ import annotations

from pathlib import PurePath

from usql.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A form of results.

    ``suffixes`` of files ask for it, without their dots. ``is_text``: a text stream can take it.
    ``shows_cells``: its cells are texts, so that one may choose how missing values and times look.
    ``is_drawn``: for people to read, so that rows may be left out of it.
    """

    name: str
    summary: str
    suffixes: tuple[str, ...] = ()
    is_text: bool = True
    shows_cells: bool = False
    is_drawn: bool = False


_ALL = (
    Format("table", "for people", ("txt",), shows_cells=True, is_drawn=True),
    Format("line", "for people, a line per value", shows_cells=True, is_drawn=True),
    Format("json", '{"columns": […], "rows": [[…]]}, since names may repeat', ("json",)),
    Format("ndjson", "an object a row, repeated names with _2 …", ("ndjson", "jsonl")),
    Format(
        "csv", "RFC 4180: lists as JSON text, a missing value empty", ("csv",), shows_cells=True
    ),
    Format("markdown", "a table for Markdown", ("md",), shows_cells=True, is_drawn=True),
    Format("html", "a page with a table", ("html", "htm"), shows_cells=True, is_drawn=True),
    Format("arrow", "an IPC stream", ("arrow",), is_text=False),
    Format("parquet", "repeated names with _2 …", ("parquet",), is_text=False),
    Format("response", "the vendor's table response"),
    Format("tree", "the vendor's tree response"),
)

FORMATS: dict[str, Format] = {form.name: form for form in _ALL}
"""All formats by name. Timestamps are milliseconds in JSON and, unless asked otherwise, in CSV."""

BINARY = tuple(form.name for form in _ALL if not form.is_text)
"""Formats that are no text."""


def form_of(path: str) -> str | None:
    """The format that a file's name asks for; ``None`` if it names none.

    >>> form_of("cities.csv")
    'csv'
    """
    suffix = PurePath(path).suffix.removeprefix(".").lower()
    return next((form.name for form in _ALL if suffix in form.suffixes), None)


def suffixes() -> list[str]:
    """What names of files may end in, with the dots.

    >>> suffixes()[:2]
    ['.txt', '.json']
    """
    return [f".{suffix}" for form in _ALL for suffix in form.suffixes]
