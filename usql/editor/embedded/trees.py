"""Files that tree-sitter parses: the strings of a language, with the names of these values.

Broken files, as an editor has them, are parsed too; what is not valid is skipped.
"""

from __future__ import annotations

import functools
import importlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from usql.editor.embedded.model import TILE_KIND, Embedded, StringValue
from usql.errors import UnreadableError
from usql.frozen import dataclass

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_STEP = 1024
_CONTINUED = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that begin no character."""
_LONGEST_NAME = 200
_SELECT = re.compile(rb"select", re.IGNORECASE)
_TILE_KEYS = ("tile_type", "tileType")


class Tree:
    """A text as a tree. Its nodes count bytes; the methods here count characters."""

    def __init__(self, text: str, source: bytes, root: Node) -> None:
        self.text = text
        self.root = root
        self._source = source
        self._selects = None if TILE_KIND in text else [m.start() for m in _SELECT.finditer(source)]
        self._before = [0]  # the number of characters before every so many bytes
        if len(source) != len(text):
            for at in range(0, len(source), _STEP):
                self._before.append(self._before[-1] + _characters(source[at : at + _STEP]))

    def start(self, node: Node) -> int:
        """Where a node begins."""
        return self._offset(node.start_byte)

    def end(self, node: Node) -> int:
        """Where a node ends."""
        return self._offset(node.end_byte)

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def name(self, node: Node) -> str:
        """The text of a name node, without quotes; only the beginning of a long one."""
        return self.of(node)[:_LONGEST_NAME].strip(" \"'`")

    def may_hold_queries(self, node: Node) -> bool:
        """Whether a node may contain a query: whether it contains the word SELECT, or may be in a
        dashboard tile, whose text is always a query."""
        if self._selects is None:
            return True
        first = bisect_left(self._selects, node.start_byte)
        return first < len(self._selects) and self._selects[first] < node.end_byte

    def _offset(self, byte: int) -> int:
        if len(self._before) == 1:
            return byte
        step = byte // _STEP
        return self._before[step] + _characters(self._source[step * _STEP : byte])


def _characters(source: bytes) -> int:
    return len(source.translate(None, _CONTINUED))


@functools.cache
def _language(module: str, function: str) -> Language:
    import tree_sitter

    create: Callable[[], object] = getattr(importlib.import_module(module), function)
    return tree_sitter.Language(create())


def tree_of(text: str, called: str, module: str, function: str = "language") -> Tree:
    """The text as a tree, by the grammar that ``function`` of ``module`` returns.
    :class:`UnreadableError` if that is not installed; ``called`` is the name of the language."""
    try:
        import tree_sitter

        language = _language(module, function)
    except ImportError:
        raise UnreadableError.lacks(called) from None
    source = text.encode()
    return Tree(text, source, tree_sitter.Parser(language).parse(source).root_node)


class Literal(NamedTuple):
    """The text of a string node, the nodes in it that may contain further strings, and the name
    that the string itself has, if any."""

    embedded: Embedded | None
    within: Sequence[Node] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class NodeNames:
    """The names of node types in a language.

    ``objects`` contain pairs of keys and values. ``pairs`` are nodes that name a value: the fields
    of the name and of the value, if the grammar has names for them. ``calls`` are the same for a
    function and its arguments; the function is visited as well. ``passed`` nodes contain no values
    and are skipped.
    """

    objects: frozenset[str]
    pairs: Mapping[str, tuple[str, str]]
    literal: Callable[[Tree, Node], Literal | None]
    calls: Mapping[str, tuple[str, str]]
    passed: frozenset[str] = frozenset()

    def values(self, tree: Tree) -> Iterator[StringValue]:
        """The string values in a text."""
        pending = [(tree.root, "", False)]
        while pending:
            node, key, in_tile = pending.pop()
            if node.type in self.passed or not tree.may_hold_queries(node):
                continue
            literal = self.literal(tree, node)
            if literal is not None:
                if literal.embedded is not None:
                    yield StringValue.of(literal.embedded, literal.name or key, in_tile)
                pending += [(inner, "", False) for inner in literal.within]
                continue
            name, value = self._pair(node)
            if name is not None and value is not None:
                is_call = node.type in self.calls
                if is_call:
                    pending.append((name, "", False))
                pending.append((value, tree.name(name), in_tile and not is_call))
                continue
            if node.type in self.objects:
                key, in_tile = "", self._is_tile(tree, node)
            pending += [(child, key, in_tile) for child in node.children]

    def _pair(self, node: Node) -> tuple[Node | None, Node | None]:
        """The name and the value of a node that names a value."""
        fields = self.pairs.get(node.type) or self.calls.get(node.type)
        if fields is None or not node.children:
            return None, None
        name, value = (node.child_by_field_name(field) if field else None for field in fields)
        return name or node.children[0], value or node.children[-1]

    def _is_tile(self, tree: Tree, node: Node) -> bool:
        """Whether an object is a dashboard's USQL tile."""
        pairs = [self._pair(child) for child in node.children if child.type in self.pairs]
        return any(
            name is not None
            and value is not None
            and tree.name(name) in _TILE_KEYS
            and tree.name(value) == TILE_KIND
            for name, value in pairs
        )
