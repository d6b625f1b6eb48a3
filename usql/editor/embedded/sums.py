"""Strings that a program puts together: literals and what stands between them, joined by ``+``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, NamedTuple

from usql.editor.embedded.model import Embedded, hole, joined, placed, unwritable
from usql.editor.embedded.trees import Literal, Tree

if TYPE_CHECKING:
    from tree_sitter import Node


class Operand(NamedTuple):
    """What an expression says that has literals, and the nodes in it that may hold further ones."""

    found: Embedded
    within: Sequence[Node] = ()

    def with_more(self, within: Sequence[Node]) -> Operand:
        """The same with further nodes in it."""
        return Operand(self.found, (*self.within, *within))


MOST_NESTED = 20
"""Brackets and formatting around a literal, inside each other."""


def literal_of(node: Node, operand: Operand | None, kind: str) -> Literal | None:
    """An operand as the string of a file. The operands of a sum without literals are looked into
    at once: such sums may be long."""
    if operand is not None:
        return Literal(operand.found, operand.within)
    operands = terms(node, kind)
    return Literal(None, operands) if len(operands) > 1 else None


def terms(node: Node, kind: str) -> list[Node]:
    """The operands of a sum from left to right; its nodes are of this kind."""
    found: list[Node] = []
    while node.type == kind and (operator := node.child_by_field_name("operator")) is not None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator.type != "+" or left is None or right is None:
            break
        found.append(right)
        node = left
    return [node, *reversed(found)]


def joined_operands(
    tree: Tree, operands: Sequence[Node], read: Callable[[Tree, Node], Operand | None]
) -> Operand | None:
    """The sum of operands as one string, where an operand that is none is a placeholder; ``None``
    if none is a string. A query begins at the operand that begins with SELECT, if one does: what
    stands before it is no part of it, but for a comment."""
    pairs = [(node, read(tree, node)) for node in operands]
    known = list(dropwhile(lambda pair: pair[1] is None, pairs))
    if not known:
        return None
    first, begin = known[0][1], list(dropwhile(lambda pair: not _selects(pair[1]), known))
    if begin and first is not None and not first.found.text.lstrip().startswith(("--", "/*")):
        known = begin
    parts: list[Embedded] = []
    within = [node for node, _ in pairs[: len(pairs) - len(known)]]
    for node, operand in known:
        if operand is None:
            start, stop = tree.start(node), tree.end(node)
            parts.append(placed([hole(tree.text[start:stop], start, stop)], stop, unwritable))
            within.append(node)
        else:
            parts.append(operand.found)
            within += operand.within
    return Operand(joined(parts), within)


def _selects(operand: Operand | None) -> bool:
    return operand is not None and operand.found.text.lstrip()[:6].lower() == "select"


def interpolated(node: Node, kind: str) -> list[Node]:
    """The interpolations of a literal, wherever the grammar puts them below it."""
    found: list[Node] = []
    pending = list(reversed(node.children))
    while pending:
        child = pending.pop()
        if child.type == kind:
            found.append(child)
        else:
            pending += reversed(child.children)
    return found
