"""Code fences of Markdown that contain USQL, also in lists and quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from usql.editor.embedded.model import Embedded, Unit, placed
from usql.editor.embedded.trees import Tree, tree_of
from usql.language.diagnostics import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_INFO = re.compile(r"\{?\s*\.?usql(?![\w-])", re.IGNORECASE)
"""What stands after the marks of a fence that holds USQL; ``{.usql}`` is Pandoc's way."""


def fences(text: str) -> Iterator[Embedded]:
    """The queries of a Markdown text; each fence has the content of a file of queries."""
    tree = tree_of(text, "Markdown", "tree_sitter_markdown")
    pending = [tree.root]
    while pending:
        node = pending.pop()
        if node.type != "fenced_code_block":
            pending += node.children
            continue
        info = next((c for c in node.children if c.type == "info_string"), None)
        content = next((c for c in node.children if c.type == "code_fence_content"), None)
        if info is not None and content is not None and _INFO.match(tree.of(info)):
            query = _content(tree, content)
            if query.text.strip():
                yield query


def _content(tree: Tree, node: Node) -> Embedded:
    """The content of a fence without the indentation and markers of its lines."""
    start, stop = tree.start(node), tree.end(node)
    units: list[Unit] = []
    at = start
    for margin in node.children:
        if margin.type != "block_continuation":
            continue
        units += _units(tree.text, at, tree.start(margin))
        at = tree.end(margin)
    units += _units(tree.text, at, stop)
    line = tree.text.rfind("\n", 0, start) + 1
    before = re.sub(r"[^\s>]", " ", tree.text[line:start])
    return placed(units, units[-1].stop if units else stop, partial(_written, before))


def _units(text: str, start: int, stop: int) -> Iterator[Unit]:
    return (Unit(text[at], at, at + 1) for at in range(start, stop))


def _written(before: str, text: str, _at: Span) -> str | None:
    """A text as written in a fence whose lines begin with ``before``; ``None`` if it could end the
    fence."""
    return None if "```" in text or "~~~" in text else text.replace("\n", "\n" + before)
