"""Places in a program's string that are filled when it is formatted: ``%s``, ``%(name)s``, ``{}``
and ``{name}``. In the query they are placeholders.

A string that is formatted in place follows the rules of that formatting. Any other string may be
formatted elsewhere, so only text with the complete form of such a place counts: ``'%search'`` stays
a LIKE pattern, and ``${name}`` and ``{{name}}`` stay placeholders of a dashboard.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from usql.editor.embedded.model import Unit, hole


class Formatting(enum.Flag):
    """How a string is formatted in place."""

    UNKNOWN = 0
    PERCENT = enum.auto()
    """The left side of Python's ``%``."""
    BRACES = enum.auto()
    """What Python's ``format`` is called on."""


_PERCENT = r"%(?:\((?P<named>[^)]*)\))?[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[hlL]?[diouxXeEfFgGcrsa]"
_BRACES = r"\{(?P<field>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"
_MAYBE_PERCENT = (
    r"(?<!%)%(?:\((?P<named>\w+)\)[-+ #0]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]"
    r"|[-+#0]*\d*(?:\.\d+)?[dfirs](?!\w))"
)
_MAYBE_BRACES = (
    r"(?<![{$])\{(?P<field>(?:\w+(?:\.\w+|\[\w+\])*)?(?:![ars])?(?::[^{}\s\"']*)?)\}(?!\})"
)
_PATTERNS = {
    formatting: re.compile(
        "|".join(
            (
                r"(?P<doubled>%)%|" + _PERCENT
                if Formatting.PERCENT in formatting
                else _MAYBE_PERCENT,
                r"(?P<twice>[{}])(?P=twice)|" + _BRACES
                if Formatting.BRACES in formatting
                else _MAYBE_BRACES,
            )
        )
    )
    for formatting in (
        Formatting.UNKNOWN,
        Formatting.PERCENT,
        Formatting.BRACES,
        Formatting.PERCENT | Formatting.BRACES,
    )
}


def with_holes(units: Iterable[Unit], formatting: Formatting) -> Iterator[Unit]:
    """The units of a string, with placeholders at the places that formatting fills; other
    interpolations among the units are kept."""
    for is_hole, run in groupby(units, key=lambda unit: unit.is_hole):
        characters = list(run)
        yield from characters if is_hole else _converted(characters, formatting)


def _converted(units: list[Unit], formatting: Formatting) -> Iterator[Unit]:
    text = "".join(unit.text for unit in units)
    if "%" not in text and "{" not in text and "}" not in text:
        yield from units
        return
    owners = [index for index, unit in enumerate(units) for _ in unit.text]
    done = 0
    for match in _PATTERNS[formatting].finditer(text):
        first, last = owners[match.start()], owners[match.end() - 1]
        yield from units[done:first]
        start, stop = units[first].start, units[last].stop
        mark = match.groupdict().get("doubled") or match.groupdict().get("twice")
        if mark:
            yield Unit(mark, start, stop)
        else:
            name = match["named"] or match["field"] or match[0].strip("%{}")
            yield hole(name, start, stop)
        done = last + 1
    yield from units[done:]


def escaped(text: str, formatting: Formatting) -> str:
    """A text as written in a string with this formatting."""
    if Formatting.PERCENT in formatting:
        text = text.replace("%", "%%")
    if Formatting.BRACES in formatting:
        text = text.replace("{", "{{").replace("}", "}}")
    return text
