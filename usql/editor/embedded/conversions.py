"""Places in a program's string that get their text when it is formatted: ``%s``, ``%(name)s``,
``{}`` and ``{name}``. A query has placeholders there.

A string that is formatted where it stands is read by the rules of that. Of another it is not known
whether it will be: there only what has the whole form of such a place is one, so that ``'%search'``
stays a pattern of LIKE, and ``${name}`` and ``{{name}}`` placeholders of a dashboard.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from usql.editor.embedded.model import Unit, hole


class Formatting(enum.Flag):
    """How a string is formatted where it stands."""

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
    """The units of a string, with placeholders where text is to be put; other interpolations are
    among the units and stay."""
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
    for found in _PATTERNS[formatting].finditer(text):
        first, last = owners[found.start()], owners[found.end() - 1]
        yield from units[done:first]
        start, stop = units[first].start, units[last].stop
        doubled = found.groupdict().get("doubled") or found.groupdict().get("twice")
        if doubled:
            yield Unit(doubled, start, stop)
        else:
            name = found["named"] or found["field"] or found[0].strip("%{}")
            yield hole(name, start, stop)
        done = last + 1
    yield from units[done:]


def doubled(text: str, formatting: Formatting) -> str:
    """A text as it stands in a string that is formatted in this way."""
    if Formatting.PERCENT in formatting:
        text = text.replace("%", "%%")
    if Formatting.BRACES in formatting:
        text = text.replace("{", "{{").replace("}", "}}")
    return text
