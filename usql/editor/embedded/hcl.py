"""Strings in Terraform: quoted strings and heredocs of HCL, with their interpolations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from usql.editor.embedded.json import encoded
from usql.editor.embedded.model import Embedded, StringValue, Unit, character, hole, placed
from usql.editor.embedded.trees import Literal, NodeNames, Tree, tree_of
from usql.language.diagnostics import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t"}
_STRINGS = ("string_lit", "quoted_template", "heredoc_template")


def hcl_strings(text: str) -> Iterator[StringValue]:
    """The string values in HCL text."""
    return _SHAPE.values(tree_of(text, "Terraform", "tree_sitter_hcl"))


def _literal(tree: Tree, node: Node) -> Literal | None:
    return Literal(_string(tree, node)) if node.type in _STRINGS else None


_NO_FIELDS = ("", "")
_SHAPE = NodeNames(
    objects=frozenset(("body", "object")),
    pairs={"attribute": _NO_FIELDS, "object_elem": _NO_FIELDS},
    literal=_literal,
    calls={},
)


def _string(tree: Tree, node: Node) -> Embedded:
    quoted = node.type != "heredoc_template"
    units: list[Unit] = []
    end = tree.start(node) + 1
    for child in node.children:
        if not child.type.startswith("template_"):
            continue
        start, stop = tree.start(child), tree.end(child)
        if units and start > end:  # blanks between the parts belong to no node
            units += [Unit(tree.text[i], i, i + 1) for i in range(end, start)]
        if child.type == "template_literal":
            units += _units(tree.text, start, stop, quoted)
        else:
            units.append(hole(tree.text[start + 2 : stop - 1], start, stop))
        end = stop
    return placed(units, end, _quoted if quoted else _heredoc)


def _units(text: str, start: int, stop: int, quoted: bool) -> Iterator[Unit]:
    at = start
    while at < stop:
        escape = _ESCAPE.match(text, at, stop) if quoted else None
        if escape is not None:
            letters = escape[0][1:]
            is_code = letters[0] in "uU" and len(letters) > 1
            char = character(letters[1:]) if is_code else _SIMPLE.get(letters, letters)
            yield Unit(char, at, escape.end())
            at = escape.end()
        elif text.startswith(("$${", "%%{"), at):
            yield Unit(text[at], at, at + 2)
            at += 2
        else:
            yield Unit(text[at], at, at + 1)
            at += 1


def _quoted(text: str, at: Span) -> str | None:
    return None if "${" in text or "%{" in text else encoded(text, at)


def _heredoc(text: str, _at: Span) -> str | None:
    return None if "${" in text or "%{" in text or "\n" in text else text
