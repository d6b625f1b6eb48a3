"""String literals in Python, with the insertions of f-strings, ``%`` and ``format``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from usql.editor.embedded.conversions import Formatting, escaped, with_holes
from usql.editor.embedded.model import (
    Embedded,
    StringValue,
    Unit,
    character,
    hole,
    joined,
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

_ESCAPE = re.compile(
    r"\\(?:\r?\n|\r|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^{}]*\}|.)",
    re.DOTALL,
)
_SIMPLE = {
    "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r",
    "t": "\t", "v": "\v", "\n": "", "\r": "", "\r\n": "",
}  # fmt: skip


def python_strings(text: str) -> Iterator[StringValue]:
    """The string values in Python text."""
    return _SHAPE.values(tree_of(text, "Python", "tree_sitter_python"))


def _literal(tree: Tree, node: Node) -> Literal | None:
    if node.type not in _BEGINNINGS:
        return None
    operand = _operand(tree, node, Formatting.UNKNOWN, MOST_NESTED)
    return literal_of(node, operand, "binary_operator")


def _operand(tree: Tree, node: Node, formatting: Formatting, depth: int) -> Operand | None:
    """The value of an expression that contains literals; ``None`` for any other."""
    within: list[Node] = []
    for remaining_depth in range(depth, 0, -1):
        match node.type:
            case "string":
                one = _string(tree, node, formatting)
                return None if one is None else one.with_more(within)
            case "concatenated_string":
                parts = [_string(tree, c, formatting) for c in node.children if c.type == "string"]
                known = [part for part in parts if part is not None]
                if len(known) < len(parts):
                    return None
                both = [n for part in known for n in part.within]
                return Operand(joined([p.embedded for p in known]), (*within, *both))
            case "parenthesized_expression":
                inner = [c for c in node.named_children if c.type != "comment"]
                if len(inner) != 1:
                    return None
                (node,) = inner
            case "binary_operator" if _is(node, "%"):
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if left is None or right is None:
                    return None
                within.append(right)
                node, formatting = left, formatting | Formatting.PERCENT
            case "call":
                called, arguments = _formatted(tree, node)
                if called is None or arguments is None:
                    return None
                within.append(arguments)
                node, formatting = called, formatting | Formatting.BRACES
            case "binary_operator" if _is(node, "+"):
                read = partial(_operand, formatting=formatting, depth=remaining_depth - 1)
                summed = joined_operands(tree, terms(node, "binary_operator"), read)
                return None if summed is None else summed.with_more(within)
            case _:
                return None
    return None


_BEGINNINGS = frozenset(("string", "concatenated_string", "binary_operator", "call"))
_SHAPE = NodeNames(
    objects=frozenset(("dictionary",)),
    pairs={
        "pair": ("key", "value"),
        "assignment": ("left", "right"),
        "augmented_assignment": ("left", "right"),
        "named_expression": ("name", "value"),
        "keyword_argument": ("name", "value"),
        "default_parameter": ("name", "value"),
        "typed_default_parameter": ("name", "value"),
    },
    literal=_literal,
    calls={"call": ("function", "arguments")},
)


def _is(node: Node, operator: str) -> bool:
    actual = node.child_by_field_name("operator")
    return actual is not None and actual.type == operator


def _formatted(tree: Tree, call: Node) -> tuple[Node | None, Node | None]:
    """The object on which ``format`` is called, and the arguments."""
    function = call.child_by_field_name("function")
    name = None if function is None else function.child_by_field_name("attribute")
    if function is None or name is None or tree.of(name) != "format":
        return None, None
    return function.child_by_field_name("object"), call.child_by_field_name("arguments")


# --- one literal ----------------------------------------------------------------------------------


def _string(tree: Tree, node: Node, formatting: Formatting) -> Operand | None:
    """A text literal; ``None`` for bytes."""
    ends = [c for c in node.children if c.type in ("string_start", "string_end")]
    if len(ends) != 2:
        return None  # still being typed
    opening = tree.of(ends[0])
    prefix, quote = opening.rstrip("\"'").lower(), opening.lstrip("bBfFrRtTuU")
    if "b" in prefix:
        return None
    is_raw, has_fields = "r" in prefix, "f" in prefix or "t" in prefix
    holes = interpolated(node, "interpolation") if has_fields else []
    units: list[Unit] = []
    at, end = tree.end(ends[0]), tree.start(ends[1])
    for field in holes:
        start, stop = tree.start(field), tree.end(field)
        units += _units(tree.text, at, start, is_raw, has_fields)
        units.append(hole(tree.text[start + 1 : stop - 1], start, stop))
        at = stop
    units += _units(tree.text, at, end, is_raw, has_fields)
    said = placed(with_holes(units, formatting), end, lambda *_: None)
    write = partial(_written, quote, is_raw, has_fields, formatting, said.text)
    return Operand(Embedded(said.text, said.places, end, write, said.fixed), holes)


def _units(text: str, start: int, stop: int, is_raw: bool, has_fields: bool) -> Iterator[Unit]:
    """The units of a literal's source between two interpolations."""
    at = start
    while at < stop:
        char, after = text[at], at + 1
        if char == "\\" and not is_raw and (escape := _ESCAPE.match(text, at, stop)) is not None:
            char, after = _unescaped(escape[0]), escape.end()
        elif char == "\r":
            char, after = "\n", at + 1 + text.startswith("\n", at + 1)
        elif has_fields and char in "{}" and text.startswith(char, at + 1):
            after = at + 2
        yield Unit(char, at, after)
        at = after


def _unescaped(escape: str) -> str:
    """The text of an escape; an invalid one is kept unchanged."""
    letters = escape[1:]
    if letters in _SIMPLE:
        return _SIMPLE[letters]
    if letters[0] in "01234567":
        return character(letters, 8)
    if letters[0] in "xuU" and len(letters) > 1:
        return character(letters[1:])
    if letters[0] == "N" and len(letters) > 1:
        try:
            return unicodedata.lookup(letters[2:-1])
        except KeyError:
            return "\ufffd"
    return escape


def _written(
    quote: str,
    is_raw: bool,
    has_fields: bool,
    formatting: Formatting,
    around: str,
    text: str,
    at: Span,
) -> str | None:
    """A text as written in a literal, at a place in ``around``, the literal's text."""
    if "${" in text or "\r" in text:  # the placeholder was inserted here and is not in the file
        return None
    text = escaped(text, formatting)
    if has_fields:
        text = escaped(text, Formatting.BRACES)
    is_long = len(quote) == 3
    mark = quote[0]
    if is_long:
        before = around[at.start - 1] if at.start else mark
        after = around[at.end] if at.end < len(around) else mark
        touches = (text.startswith(mark) and before == mark) or (
            text.endswith(mark) and after == mark
        )
        is_ending = touches or quote in text
    else:
        is_ending = mark in text
    if is_raw:
        breaks = is_ending or text.endswith("\\") or ("\n" in text and not is_long)
        return None if breaks else text
    text = text.replace("\\", "\\\\")
    if not is_long:
        text = text.replace("\n", "\\n")
    return text.replace(mark, f"\\{mark}") if is_ending else text
