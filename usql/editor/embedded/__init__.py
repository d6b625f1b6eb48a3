"""USQL inside other files, such as dashboards in JSON, YAML and Terraform, judged in place.

Each query found is an :class:`Embedded`: its text as USQL reads it, and where each of its characters
stands in the file, escapes and folded lines included. Diagnostics and corrections are made on
the text and carried over to the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from usql.editor.embedded.hcl import hcl_strings
from usql.editor.embedded.json import json_strings
from usql.editor.embedded.model import Embedded, StringValue, UnreadableError, whole
from usql.editor.embedded.queries import queries_in
from usql.editor.embedded.yaml import yaml_strings
from usql.language.diagnostics import Diagnostic

__all__ = ["SUFFIXES", "Embedded", "UnreadableError", "find", "judge", "language_of"]

_STRINGS: dict[str, Callable[[str], Iterable[StringValue]]] = {
    "json": json_strings,
    "yaml": yaml_strings,
    "hcl": hcl_strings,
}
"""The languages that hold USQL in strings, and what reads these."""

SUFFIXES = {
    ".usql": "usql",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".tf": "hcl",
    ".hcl": "hcl",
}
"""The language of a file by the end of its name."""


def language_of(name: str) -> str:
    """The language of a file by its name; other names hold USQL."""
    return next((lang for suffix, lang in SUFFIXES.items() if name.endswith(suffix)), "usql")


def find(text: str, language: str) -> list[Embedded]:
    """The queries in a file's text, in its order. Raises :class:`UnreadableError` if the text is
    not of the language."""
    if language == "usql":
        return whole(text)
    try:
        found = [query for value in _STRINGS[language](text) for query in queries_in(value)]
    except UnicodeError:
        raise UnreadableError(
            "half a character stands in the text, which no file can hold"
        ) from None
    return sorted(found, key=lambda e: e.places[0])


def judge(
    text: str, language: str, validate: Callable[[str], Iterable[Diagnostic]]
) -> list[Diagnostic]:
    """All problems of all queries in a file's text, at their places in the file. A correction that
    cannot be written there (it would cut through an interpolation) is left out."""
    return [d for query in find(text, language) for d in query.carried_over(validate(query.text))]
