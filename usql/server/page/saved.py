"""Queries that are offered to everyone: the files of a folder, and for the sample examples."""

from __future__ import annotations

from pathlib import Path

from usql.errors import NotTextError
from usql.files.encoding import encoding_of
from usql.language.lexer import lex
from usql.server.page.bodies import LONGEST_TEXT
from usql.server.page.editing import Json
from usql.server.page.examples import EXAMPLES

_MOST_FILES = 1000
_MARKS = "-/* \t\n"


def queries_in(folder: Path | None) -> list[Json]:
    """The queries of the ``.usql`` files in a folder, by name; files that are no text, or longer
    than the page takes, are left out. The first comment is the title, else the file's name."""
    if folder is None:
        return []
    queries = []
    for path in sorted(folder.glob("*.usql"))[:_MOST_FILES]:
        text = _text(path)
        if text is not None:
            queries.append(
                {"name": path.stem, "title": _title(text) or path.stem, "text": text, "view": None}
            )
    return queries


def examples() -> list[Json]:
    """The example questions for the sample, in the same form, with the ``view`` for each."""
    return [
        {
            "name": f"example-{number}",
            "title": example.title,
            "text": example.text,
            "view": example.view,
        }
        for number, example in enumerate(EXAMPLES, 1)
    ]


def _text(path: Path) -> str | None:
    try:
        data = path.read_bytes()
        text = encoding_of(data).decode(data)
    except (OSError, NotTextError):
        return None
    return text if len(text) <= LONGEST_TEXT else None


def _title(text: str) -> str:
    """The first line of the comment with which a text begins."""
    tokens, comments = lex(text)
    if not comments or (tokens and tokens[0].start < comments[0].span.start):
        return ""
    return comments[0].text.strip(_MARKS).partition("\n")[0].strip()
