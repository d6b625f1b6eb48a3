"""USQL inside other files, checked in place: the strings of dashboards in JSON, of YAML, Terraform,
Python, TypeScript and JavaScript, and the code fences of Markdown.

Each query is an :class:`Embedded`: its text as USQL, and the place of each of its characters in the
file, taking escapes and folded lines into account. Diagnostics and corrections are made for the
text and mapped to the file.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from usql.editor.embedded.model import TILE_KIND, Embedded, StringValue, whole
from usql.editor.problems.fixes import settle
from usql.errors import UnreadableError
from usql.language.diagnostics import Diagnostic

__all__ = [
    "LANGUAGE_IDS",
    "SUFFIXES",
    "Embedded",
    "find",
    "fix_file",
    "judge",
    "language_of",
]

_STRINGS = {
    "json": "json",
    "yaml": "yaml",
    "hcl": "hcl",
    "python": "python",
    "typescript": "javascript",
    "javascript": "javascript",
}
"""The languages that hold USQL in strings, and the module with what reads these, which is called
after the language. A module is imported with the first file of its language: most have none."""

_PROGRAMS = ("python", "typescript", "javascript")
"""Languages that are read only where the word SELECT stands in them: most files hold no query."""

SUFFIXES = {
    ".usql": "usql",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".tf": "hcl",
    ".hcl": "hcl",
    ".md": "markdown",
    ".markdown": "markdown",
    ".py": "python",
    ".pyi": "python",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "javascript",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascript",
}
"""The language of a file by the end of its name. JavaScript is read as TypeScript with JSX."""

LANGUAGE_IDS = {
    "usql": "usql",
    "json": "json",
    "jsonc": "json",
    "yaml": "yaml",
    "terraform": "hcl",
    "terraform-vars": "hcl",
    "hcl": "hcl",
    "markdown": "markdown",
    "python": "python",
    "typescript": "typescript",
    "typescriptreact": "javascript",
    "javascript": "javascript",
    "javascriptreact": "javascript",
}
"""The language of an editor's document by the identifier of the protocol."""


def language_of(name: str) -> str:
    """The language of a file by its name; any other name means USQL."""
    return next((lang for suffix, lang in SUFFIXES.items() if name.endswith(suffix)), "usql")


def find(text: str, language: str) -> list[Embedded]:
    """The queries in a file's text, in order. Raises :class:`UnreadableError` if the text is not
    valid in the language, or if the library that reads it is not installed."""
    if language == "usql":
        return whole(text)
    if not _may_hold_queries(text, language):
        return []
    try:
        if language == "markdown":
            from usql.editor.embedded.markdown import fences

            queries = list(fences(text))
        else:
            from usql.editor.embedded.queries import queries_in

            queries = [query for value in _strings(language)(text) for query in queries_in(value)]
    except UnicodeError:
        raise UnreadableError(
            "the text holds an unpaired surrogate, which no file can hold"
        ) from None
    return sorted(queries, key=lambda e: e.places[0])


def _strings(language: str) -> Callable[[str], Iterable[StringValue]]:
    module = importlib.import_module(f"usql.editor.embedded.{_STRINGS[language]}")
    reader: Callable[[str], Iterable[StringValue]] = getattr(module, f"{language}_strings")
    return reader


def _may_hold_queries(text: str, language: str) -> bool:
    if language == "markdown":
        return "usql" in text.lower()
    return language not in _PROGRAMS or "select" in text.lower() or TILE_KIND in text


def judge_file(
    text: str, language: str, validate: Callable[[str], Iterable[Diagnostic]]
) -> list[Diagnostic]:
    """All problems of all queries in a file's text, at their places in the file. Corrections that
    cannot be written there, because they would cut through an interpolation, are left out."""
    return [
        d
        for query in find(text, language)
        for d in query.carried_over(_known(query, list(validate(query.text))))
    ]


def fix_file(
    text: str, language: str, validate: Callable[[str], Iterable[Diagnostic]], *, unsafe: bool
) -> tuple[str, int]:
    """The file's text with its queries corrected as by :func:`usql.editor.problems.fixes.settle`,
    and the number of corrections. A correction that would change which queries the file contains is
    not made."""
    count = len(find(text, language))

    def judged(text: str) -> Sequence[Diagnostic]:
        return judge_file(text, language, validate)

    def keeps(text: str) -> bool:
        return language == "usql" or len(find(text, language)) == count

    return settle(text, judged, unsafe=unsafe, keeps=keeps)


_TEXT, _NAMES = "USQL1", "USQL2"
"""The first letters of the codes about the words of a query, and about its names."""


def _known(query: Embedded, diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The problems that do not depend on an interpolation.

    A dashboard's placeholder stands for a value or a part of a condition, but a program may insert
    whole clauses into a query. A query that the parser rejects may then be valid, so problems from
    the rejected word on, and of the query as a whole, are not reported.
    """
    if not query.fixed:
        return diagnostics
    doubtful = next(
        (d for d in diagnostics if d.code.startswith(_TEXT) and _at_hole(query, d)), None
    )
    if doubtful is None:
        return diagnostics
    sure = {id(d) for d in takewhile(lambda d: d is not doubtful, diagnostics) if _is_of(d, _TEXT)}
    return [d for d in diagnostics if id(d) in sure or d.name == "placeholder" or _is_of(d, _NAMES)]


def _is_of(problem: Diagnostic, codes: str) -> bool:
    return problem.is_error and problem.code.startswith(codes)


def _at_hole(query: Embedded, problem: Diagnostic) -> bool:
    """Whether a problem is at an interpolation or directly after one."""
    start = len(query.text[: problem.span.start].rstrip())
    return not query.fixed.isdisjoint(range(max(0, start - 1), problem.span.end))
