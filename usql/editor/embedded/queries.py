"""Which strings of a file are queries, and which contain strings that are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import partial

from usql.catalog import default_catalog
from usql.editor.embedded.javascript import UNIT, entities, in_attribute, said, written
from usql.editor.embedded.json import json_strings
from usql.editor.embedded.model import Embedded, StringValue, Unit, hole, placed

_MOST_NESTED = 8
"""Strings inside strings: a query in JSON in JSON is common, more is not."""

_FORM = re.compile(
    r"\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*SELECT\b.*?\bFROM\s+(\w+|[$\{]\{)",
    re.IGNORECASE | re.DOTALL,
)
_HOLES = re.compile(r"(?:\s*(?:\$\{[^}]*\}|\{\{.*?\}\}))*\s*", re.DOTALL)
_INDICATOR = re.compile(r"\s*USQL;[^;]*;[^;]*;")
"""What stands before the query of a keptn indicator: the kind of chart and the dimension."""

_LEAST = 0.85
"""How near a word is to a table's name to be a misspelling. ``users`` is a table of other SQL."""


def queries_in(value: StringValue, depth: int = 0) -> Iterator[Embedded]:
    """The queries that a string is or contains, with their places in its file."""
    if _HOLES.fullmatch(value.text):
        return
    is_tile = value.in_tile and value.key == "query"
    if not is_tile and "select" not in value.text.lower():
        return
    indicator = _INDICATOR.match(value.text)
    if is_tile or indicator is not None or _reads_as_query(value.text, value.key):
        query = value.place()
        if query is not None:
            yield query if indicator is None else query.part(indicator.end(), len(query.text))
    elif depth < _MOST_NESTED:
        inner = [q for v in _strings_in(value.text) for q in queries_in(v, depth + 1)]
        outer = value.place() if inner else None
        if outer is not None:
            yield from (query.within(outer) for query in inner)


def _reads_as_query(text: str, key: str) -> bool:
    """Whether a text selects from a table of USQL, or from a placeholder or any table if its key
    names the language."""
    match = _FORM.match(text)
    if match is None:
        return False
    tables = [t.name for t in default_catalog()]
    near = difflib.get_close_matches(match[1].lower(), tables, n=1, cutoff=_LEAST)
    return bool(near) or "usql" in key.lower()


# --- strings inside strings -----------------------------------------------------------------------


def _strings_in(text: str) -> Iterator[StringValue]:
    """The string values of a text that is JSON, or in HTML or JavaScript the strings that begin a
    query."""
    if text.lstrip()[:1] in ("{", "["):
        yield from json_strings(text)
    else:
        yield from _quoted(text)


_QUOTED = re.compile(r"""(["'`])\s*SELECT\b""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"<[a-zA-Z][^<]*=\s*\Z")
_MOST_BEFORE = 2000
"""Characters before a quote that are looked at for the tag that it stands in."""

_TEMPLATE = re.compile(r"\$\{[^{}]*\}|" + UNIT.pattern, re.DOTALL)


def _quoted(text: str) -> Iterator[StringValue]:
    """Quoted strings that begin with SELECT: attributes of HTML, otherwise literals of
    JavaScript."""
    at = 0
    while (opened := _QUOTED.search(text, at)) is not None:
        start = opened.start() + 1
        if _ATTRIBUTE.search(text, max(0, opened.start() - _MOST_BEFORE), opened.start()):
            literal = _attribute(text, start, opened[1])
        else:
            literal = _literal(text, start, opened[1])
        at = opened.end() if literal is None else literal.end
        if literal is not None:
            yield StringValue.of(literal)


def _attribute(text: str, start: int, quote: str) -> Embedded | None:
    """The value of an attribute of HTML that begins at ``start``."""
    end = text.find(quote, start)
    if end < 0:
        return None
    return placed(entities(text, start, end), end, in_attribute)


def _literal(text: str, start: int, quote: str) -> Embedded | None:
    """A literal of JavaScript that begins at ``start``; ``${…}`` in back ticks is a placeholder."""
    units: list[Unit] = []
    for match in (_TEMPLATE if quote == "`" else UNIT).finditer(text, start):
        word = match[0]
        if word == quote:
            return placed(units, match.start(), partial(written, quote))
        if word in ("\n", "\r\n") and quote != "`":
            return None  # such a literal does not continue on the next line
        if word[0] == "$" and len(word) > 1:
            units.append(hole(word[2:-1], *match.span()))
        else:
            units.append(Unit(said(word), *match.span()))
    return None
