"""docs/FUNCTIONS.md, made of the declared functions."""

from __future__ import annotations

from collections.abc import Iterator

from usql.language.declarations import Function, Place
from usql.language.functions import FUNCTIONS

HEAD = """\
# Functions

All functions of the language, the most used first. Editors and the shell explain each of them as you type;
[LANGUAGE.md](LANGUAGE.md) states the rules. This page is generated from the declarations
(`usql/language/functions.py`) by `python -m tests.tools.docs`.

| function | meaning |
| --- | --- |"""


def text() -> str:
    """The whole page."""
    found = FUNCTIONS.values()
    return "\n".join([HEAD, *map(_line, found), *(s for f in found for s in _section(f))]) + "\n"


def _line(function: Function) -> str:
    return f"| [`{function.name}`](#{function.name.lower()}) | {_cell(function.meaning)} |"


def _section(function: Function) -> Iterator[str]:
    yield f"\n## {function.name}\n"
    yield f"    {function.signature}\n"
    yield f"{function.meaning}\n"
    yield "| argument | what it can be | meaning |"
    yield "| --- | --- | --- |"
    for parameter in function.parameters:
        takes = parameter.takes.value.replace("*", r"\*")
        if parameter.optional:
            takes += " (optional)"
        if parameter.repeats:
            takes += ", any number of times"
        yield f"| `{_cell(parameter.name)}` | {_cell(takes)} | {_cell(parameter.meaning)} |"
    *others, last = [f"`{place.value}`" for place in Place if place in function.places]
    places = f"{', '.join(others)} and {last}" if others else last
    yield f"\n- Result: {function.result.value}"
    yield f"- Computed: {function.over.value}"
    yield f"- Allowed in: {places}"
    yield f"- Rule: [{function.section}](LANGUAGE.md#{function.section})"
    yield f"\n```usql\n{function.example}\n```"


def _cell(words: str) -> str:
    return words.replace("|", r"\|")
