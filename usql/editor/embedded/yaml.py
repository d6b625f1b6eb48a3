"""Strings in YAML, in every style."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from usql.editor.embedded.json import encoded
from usql.editor.embedded.model import (
    TILE_KIND,
    Embedded,
    Encode,
    StringValue,
    Unit,
    character,
    placed,
)
from usql.errors import UnreadableError
from usql.language.diagnostics import Span

_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n[ \t]*|.)", re.DOTALL
)
_SIMPLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "\0",
    "_": "\xa0",
    " ": " ",
    "e": "\x1b",
    "N": "\x85",
}
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
"""An anchor and a tag, which stand before the scalar and belong to its node."""
_BREAKS_PLAIN = re.compile(r":(\s|$)|\s#|\n")


def yaml_strings(text: str) -> Iterator[StringValue]:
    """The string values in YAML text."""
    try:
        import yaml
    except ImportError:
        raise UnreadableError.lacks("YAML") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    visited: set[int] = set()
    try:
        _refuse_depth(yaml, yaml.parse(text, loader))
        documents = list(yaml.compose_all(text, loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise UnreadableError(f"this is not YAML{where}") from None
    for document in documents:
        if document is not None:
            yield from _of_node(document, text, "", False, visited)


_MOST_DEPTH = 200
"""Collections inside each other; libyaml ends the process where they are very many."""


def _refuse_depth(yaml: Any, events: Iterable[object]) -> None:
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MOST_DEPTH:
            raise UnreadableError("its collections nest too deeply")


def _of_node(
    node: object, text: str, key: str, in_tile: bool, visited: set[int]
) -> Iterator[StringValue]:
    """The strings in a node of PyYAML's tree; nodes that aliases reach again are skipped."""
    start = node.start_mark.index  # type: ignore[attr-defined]  # every node has marks
    children = node.value  # type: ignore[attr-defined]
    if isinstance(children, str):
        if start not in visited:
            visited.add(start)
            yield StringValue(children, key, in_tile, partial(_string, node, text))
        return
    if id(node) in visited:
        return
    visited.add(id(node))
    pairs = [c if isinstance(c, tuple) else (None, c) for c in children]
    names = ["" if k is None else str(k.value) for k, _ in pairs]
    kinds = dict(zip(names, (v.value for _, v in pairs), strict=True))
    is_tile = kinds.get("tileType") == TILE_KIND
    for name, (_, value) in zip(names, pairs, strict=True):
        yield from _of_node(value, text, name or key, is_tile, visited)


def _string(node: object, text: str) -> Embedded | None:
    """The scalar with the places of its characters. Folding and indentation change only blanks, so
    all other characters have the same order in the file."""
    style: str | None = node.style or None  # type: ignore[attr-defined]  # libyaml: "" if plain
    start: int = node.start_mark.index  # type: ignore[attr-defined]
    stop: int = node.end_mark.index  # type: ignore[attr-defined]
    properties = _PROPERTIES.match(text, start, stop)
    start = properties.end() if properties is not None else start
    if style in ("|", ">"):
        start = text.find("\n", start) + 1 or stop
    elif style is not None:
        start, stop = start + 1, stop - 1
    raw = list(_characters(text, start, stop, style))
    units: list[Unit] = []
    at = 0
    for char in node.value:  # type: ignore[attr-defined]
        if not char.isspace():
            while at < len(raw) and raw[at].text.isspace():
                at += 1
            if at == len(raw) or raw[at].text != char:
                return None
        if at < len(raw) and (not char.isspace() or raw[at].text.isspace()):
            units.append(raw[at]._replace(text=char))
            at += 1
        else:
            place = units[-1].stop if units else start
            units.append(Unit(char, place, place))
    return placed(units, units[-1].stop if units else stop, _ENCODERS[style or ""])


def _characters(text: str, start: int, stop: int, style: str | None) -> Iterator[Unit]:
    """The characters of a scalar's source with escapes resolved, and their places."""
    at = start
    while at < stop:
        escape = _ESCAPE.match(text, at, stop) if style == '"' and text[at] == "\\" else None
        if escape is not None:
            char = _escaped(escape[0][1:])
            if char:
                yield Unit(char, at, escape.end())
            at = escape.end()
        elif style == "'" and text.startswith("''", at):
            yield Unit("'", at, at + 2)
            at += 2
        else:
            yield Unit(text[at], at, at + 1)
            at += 1


def _escaped(letters: str) -> str:
    if letters[0] in "xuU" and len(letters) > 1:
        return character(letters[1:])
    if letters[0] in "\r\n":  # the line continues
        return ""
    return _SIMPLE.get(letters, letters)


def _plain(text: str, _at: Span) -> str | None:
    return None if _BREAKS_PLAIN.search(text) else text


def _single(text: str, _at: Span) -> str | None:
    return None if "\n" in text else text.replace("'", "''")


def _block(text: str, _at: Span) -> str | None:
    return None if "\n" in text else text


_ENCODERS: dict[str, Encode] = {
    "": _plain,
    "'": _single,
    '"': encoded,
    "|": _block,
    ">": _block,
}
