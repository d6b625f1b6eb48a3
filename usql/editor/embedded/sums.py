"""Strings that a program concatenates: literals joined with other expressions by ``+``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, NamedTuple

from usql.editor.embedded.model import Embedded, hole, joined, placed, unwritable
from usql.editor.embedded.trees import Literal, Tree

if TYPE_CHECKING:
    from tree_sitter import Node


class Operand(NamedTuple):
    """The text of an expression that contains literals, and the nodes in it that may contain
    more."""

    embedded: Embedded
    within: Sequence[Node] = ()

    def with_more(self, within: Sequence[Node]) -> Operand:
        """The same operand with further nodes."""
        return Operand(self.embedded, (*self.within, *within))


MOST_NESTED = 20
"""Brackets and formatting around a literal, inside each other."""


def literal_of(node: Node, operand: Operand | None, kind: str) -> Literal | None:
    """An operand as a string of the file. The operands of a sum without literals are visited
    immediately, since such sums may be long."""
    if operand is not None:
        return Literal(operand.embedded, operand.within)
    operands = terms(node, kind)
    return Literal(None, operands) if len(operands) > 1 else None


def terms(node: Node, kind: str) -> list[Node]:
    """The operands of a sum from left to right; ``kind`` is the type of its nodes."""
    operands: list[Node] = []
    while node.type == kind and (operator := node.child_by_field_name("operator")) is not None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator.type != "+" or left is None or right is None:
            break
        operands.append(right)
        node = left
    return [node, *reversed(operands)]


def joined_operands(
    tree: Tree, operands: Sequence[Node], read: Callable[[Tree, Node], Operand | None]
) -> Operand | None:
    """The concatenation of operands as one string, in which operands that are not strings are
    placeholders; ``None`` if there is no string. If an operand begins with SELECT, the query begins
    there; the text before it is not part of it, unless it is a comment."""
    pairs = [(node, read(tree, node)) for node in operands]
    known = list(dropwhile(lambda pair: pair[1] is None, pairs))
    if not known:
        return None
    first, begin = known[0][1], list(dropwhile(lambda pair: not _selects(pair[1]), known))
    if begin and first is not None and not first.embedded.text.lstrip().startswith(("--", "/*")):
        known = begin
    parts: list[Embedded] = []
    within = [node for node, _ in pairs[: len(pairs) - len(known)]]
    for node, operand in known:
        if operand is None:
            start, stop = tree.start(node), tree.end(node)
            parts.append(placed([hole(tree.text[start:stop], start, stop)], stop, unwritable))
            within.append(node)
        else:
            parts.append(operand.embedded)
            within += operand.within
    return Operand(joined(parts), within)


def _selects(operand: Operand | None) -> bool:
    return operand is not None and operand.embedded.text.lstrip()[:6].lower() == "select"


def interpolated(node: Node, kind: str) -> list[Node]:
    """The interpolations of a literal, at any depth that the grammar puts them."""
    interpolations: list[Node] = []
    pending = list(reversed(node.children))
    while pending:
        child = pending.pop()
        if child.type == kind:
            interpolations.append(child)
        else:
            pending += reversed(child.children)
    return interpolations
