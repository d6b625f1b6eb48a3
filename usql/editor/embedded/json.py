"""Queries in JSON. Only strings and brackets are read, so that templates of JSON are read too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from usql.editor.embedded.model import TILE_KIND, Embedded, is_query, placed

_TOKEN = re.compile(r'"((?:[^"\\\n]|\\.)*)"|[{}\[\]:,]')
_UNIT = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.",
    re.DOTALL,
)


@dataclass(slots=True)
class _Object:
    """An object or array being read: its strings by key, and the key whose value is due."""

    strings: dict[str, tuple[str, int]] = field(default_factory=dict)
    key: str = ""


def json_queries(text: str) -> Iterator[Embedded]:
    """The USQL in a JSON text: queries of tiles of type DTAQL, and other strings that are USQL."""
    stack = [_Object()]
    last: tuple[str, int] | None = None
    for token in _TOKEN.finditer(text):
        here = stack[-1]
        match token[0][0]:
            case '"':
                last = (token[1], token.start(1))
                if here.key:
                    here.strings[here.key] = last
                    here.key = ""
                    last = None
            case ":" if last is not None:
                here.key = json_text(last[0])
            case "{" | "[":
                here.key = ""
                stack.append(_Object())
            case "}" | "]" if len(stack) > 1:
                yield from _queries(stack.pop())
            case ",":
                here.key = ""
        if token[0][0] != '"':
            last = None
    while stack:
        yield from _queries(stack.pop())


def _queries(found: _Object) -> Iterator[Embedded]:
    in_tile = found.strings.get("tileType", ("", 0))[0] == TILE_KIND
    for key, (raw, start) in found.strings.items():
        if is_query(json_text(raw), key, in_tile):
            yield json_string(raw, start)


def json_text(raw: str) -> str:
    """What a JSON string says."""
    return "".join(_char(unit) for unit in _UNIT.findall(raw))


def json_string(raw: str, start: int) -> Embedded:
    """A JSON string whose first character behind the quote stands at ``start``."""
    units = [(_char(m[0]), start + m.start(), start + m.end()) for m in _UNIT.finditer(raw)]
    return placed(units, start + len(raw), encoded)


def encoded(text: str) -> str:
    """A text as it stands in a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _char(unit: str) -> str:
    if unit[0] != "\\":
        return unit
    try:
        return str(json.loads(f'"{unit}"'))
    except ValueError:  # an escape that JSON does not have is left as it stands
        return unit[1:]
