"""Strings in JSON. Only strings and brackets are parsed, so that templates of JSON can be read
too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from usql.editor.embedded.model import TILE_KIND, Embedded, StringValue, Unit, placed
from usql.language.diagnostics import Span

_TOKEN = re.compile(r'"((?:[^"\\\n]|\\.)*)"|[{}\[\]:,]')
_UNIT = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.",
    re.DOTALL,
)


@dataclass(slots=True)
class _Container:
    """An object or list that is being read: its strings with their keys, and the key whose value
    comes next."""

    key: str | None
    strings: list[tuple[str, str, int]] = field(default_factory=list)

    def add(self, raw: str, start: int) -> None:
        """Add a string as a value, if one is expected."""
        if self.key is not None:
            self.strings.append((self.key, raw, start))


def json_strings(text: str) -> Iterator[StringValue]:
    """The string values in JSON text; those of an object are returned together at its end."""
    stack = [_Container(key="")]
    last: tuple[str, int] | None = None  # a key, if a colon follows
    for token in _TOKEN.finditer(text):
        here, mark = stack[-1], token[0][0]
        if last is not None and mark == ":":
            here.key = json_text(last[0])
        elif last is not None:
            here.add(*last)
        last = None
        match mark:
            case '"':
                last = token[1], token.start(1)
            case "{":
                stack.append(_Container(key=None))
            case "[":
                stack.append(_Container(key=""))
            case "}" | "]" if len(stack) > 1:
                yield from _values(stack.pop())
    if last is not None:
        stack[-1].add(*last)
    while stack:
        yield from _values(stack.pop())


def _values(container: _Container) -> Iterator[StringValue]:
    in_tile = any(key == "tileType" and raw == TILE_KIND for key, raw, _ in container.strings)
    for key, raw, start in container.strings:
        yield StringValue(json_text(raw), key, in_tile, partial(json_string, raw, start))


def json_text(raw: str) -> str:
    """The text of a JSON string."""
    if "\\" not in raw:
        return raw
    return "".join(_char(unit) for unit in _UNIT.findall(raw))


def json_string(raw: str, start: int) -> Embedded:
    """A JSON string whose first character after the quote is at ``start``."""
    units = [Unit(_char(m[0]), start + m.start(), start + m.end()) for m in _UNIT.finditer(raw)]
    return placed(units, start + len(raw), encoded)


def encoded(text: str, _at: Span) -> str:
    """A text as written in a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _char(unit: str) -> str:
    if unit[0] != "\\":
        return unit
    try:
        return str(json.loads(f'"{unit}"'))
    except ValueError:  # an invalid escape is kept unchanged
        return unit[1:]
