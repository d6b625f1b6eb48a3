"""String literals and templates in TypeScript and JavaScript, including JSX."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from usql.editor.embedded.conversions import Formatting, with_holes
from usql.editor.embedded.model import (
    Embedded,
    Encode,
    StringValue,
    Unit,
    character,
    hole,
    placed,
)
from usql.editor.embedded.sums import (
    MOST_NESTED,
    Operand,
    interpolated,
    joined_operands,
    literal_of,
    terms,
)
from usql.editor.embedded.trees import Literal, NodeNames, Tree, tree_of
from usql.language.diagnostics import Span

if TYPE_CHECKING:
    from tree_sitter import Node

UNIT = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
    r"|u\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|\r?\n|.)|\r\n|.",
    re.DOTALL,
)
"""A character of a literal, or an escape."""
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);|.", re.DOTALL)


def typescript_strings(text: str) -> Iterator[StringValue]:
    """The string values in TypeScript without JSX."""
    return _SHAPE.values(tree_of(text, _CALLED, _MODULE, "language_typescript"))


def javascript_strings(text: str) -> Iterator[StringValue]:
    """The string values in JavaScript, or in either language with JSX."""
    return _SHAPE.values(tree_of(text, _CALLED, _MODULE, "language_tsx"))


_CALLED, _MODULE = "TypeScript and JavaScript", "tree_sitter_typescript"


def entities(text: str, start: int, stop: int) -> Iterator[Unit]:
    """The units of an attribute of HTML or JSX."""
    for match in _ENTITY.finditer(text, start, stop):
        yield Unit(html.unescape(match[0]), *match.span())


def in_attribute(text: str, _at: Span) -> str | None:
    """A text as written in such an attribute."""
    return None if "${" in text else html.escape(text)


def units(text: str, start: int, stop: int) -> Iterator[Unit]:
    """The units of a literal's source."""
    for match in UNIT.finditer(text, start, stop):
        yield Unit(said(match[0]), *match.span())


def said(unit: str) -> str:
    """The character that a match of :data:`UNIT` stands for; empty for a line continuation."""
    if unit == "\r\n":
        return "\n"
    if unit[0] != "\\" or len(unit) == 1:
        return unit
    letters = unit[1:]
    if len(letters) == 11:  # a surrogate pair
        high, low = int(letters[1:5], 16), int(letters[7:], 16)
        return chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)
    if letters[0] in "ux" and len(letters) > 1:
        return character(letters[1:].strip("{}"))
    if letters[0] in "\r\n\u2028\u2029":
        return ""
    return _SIMPLE.get(letters, letters)


def written(quote: str, text: str, _at: Span) -> str | None:
    """A text as written in a literal with these quotes."""
    if "${" in text:
        return None
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return text.replace(quote, "\\" + quote)


# --- the literals of a tree -----------------------------------------------------------------------


def _literal(tree: Tree, node: Node) -> Literal | None:
    if node.type == "jsx_attribute":
        return _attribute(tree, node)
    if node.type not in _BEGINNINGS and not _is_raw_template(tree, node):
        return None
    return literal_of(node, _operand(tree, node, MOST_NESTED), "binary_expression")


def _operand(tree: Tree, node: Node, depth: int) -> Operand | None:
    """The value of an expression that contains literals; ``None`` for any other."""
    match node.type:
        case _ if not depth:
            return None
        case "string" | "template_string":
            return _string(tree, node, is_raw=False)
        case "call_expression":  # a tagged template
            tag, template = (node.child_by_field_name(f) for f in ("function", "arguments"))
            if tag is None or template is None or template.type != "template_string":
                return None
            return _string(tree, template, is_raw=_is_raw_template(tree, node))
        case "parenthesized_expression":
            inner = [c for c in node.named_children if c.type != "comment"]
            return _operand(tree, inner[0], depth - 1) if len(inner) == 1 else None
        case "binary_expression":
            operands = terms(node, "binary_expression")
            if len(operands) == 1:
                return None
            return joined_operands(tree, operands, partial(_operand, depth=depth - 1))
        case _:
            return None


def _is_raw_template(tree: Tree, node: Node) -> bool:
    """Whether a node is a template whose escapes are kept unchanged."""
    tag = node.child_by_field_name("function") if node.type == "call_expression" else None
    return tag is not None and tree.of(tag) == "String.raw"


_BEGINNINGS = frozenset(("string", "template_string", "binary_expression"))
_SHAPE = NodeNames(
    objects=frozenset(("object",)),
    pairs={
        "pair": ("key", "value"),
        "variable_declarator": ("name", "value"),
        "assignment_expression": ("left", "right"),
        "augmented_assignment_expression": ("left", "right"),
        "public_field_definition": ("name", "value"),
        "required_parameter": ("pattern", "value"),
        "optional_parameter": ("pattern", "value"),
    },
    literal=_literal,
    calls={
        "call_expression": ("function", "arguments"),
        "new_expression": ("constructor", "arguments"),
    },
    passed=frozenset(("literal_type", "import_statement", "comment")),
)


def _string(tree: Tree, node: Node, *, is_raw: bool) -> Operand | None:
    if len(node.children) < 2 or node.children[-1].type != node.children[0].type:
        return None  # still being typed
    quote = tree.of(node.children[0])
    holes = interpolated(node, "template_substitution")
    parts: list[Unit] = []
    at, end = tree.end(node.children[0]), tree.start(node.children[-1])
    for field in holes:
        start, stop = tree.start(field), tree.end(field)
        parts += _units(tree.text, at, start, is_raw)
        parts.append(hole(tree.text[start + 2 : stop - 1], start, stop))
        at = stop
    parts += _units(tree.text, at, end, is_raw)
    write: Encode = _written_raw if is_raw else partial(written, quote)
    return Operand(placed(with_holes(parts, Formatting.UNKNOWN), end, write), holes)


def _units(text: str, start: int, stop: int, is_raw: bool) -> Iterator[Unit]:
    if not is_raw:
        yield from units(text, start, stop)
        return
    for at in range(start, stop):
        yield Unit(text[at], at, at + 1)


def _written_raw(text: str, _at: Span) -> str | None:
    return None if "${" in text or "`" in text or text.endswith("\\") else text


def _attribute(tree: Tree, node: Node) -> Literal | None:
    """A JSX attribute with a text value, which has entities but no escapes."""
    value = node.children[-1]
    if value.type != "string" or len(value.children) < 2:
        return None
    start, stop = tree.end(value.children[0]), tree.start(value.children[-1])
    said = with_holes(entities(tree.text, start, stop), Formatting.UNKNOWN)
    embedded: Embedded = placed(said, stop, in_attribute)
    return Literal(embedded, name=tree.name(node.children[0]))
