"""The strings of Terraform: quoted ones and heredocs of HCL, with their interpolations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from usql.editor.embedded.json import encoded
from usql.editor.embedded.model import (
    TILE_KIND,
    Embedded,
    StringValue,
    UnreadableError,
    hole,
    placed,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t"}
_STRINGS = ("string_lit", "quoted_template", "heredoc_template")


def hcl_strings(text: str) -> Iterator[StringValue]:
    """The string values of an HCL text."""
    try:
        import tree_sitter
        import tree_sitter_hcl
    except ImportError:
        raise UnreadableError(
            "Terraform needs the extra: pip install usql-engine[embedded]"
        ) from None
    source = text.encode("utf-8", "surrogatepass")
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
    reader = _Reader(text, source)
    yield from reader.values(parser.parse(source).root_node)


class _Reader:
    """Reads the strings of one text; the parser counts bytes, diagnostics count characters."""

    def __init__(self, text: str, source: bytes) -> None:
        self.text = text
        self.source = source
        self.is_ascii = len(text) == len(source)

    def offset(self, byte: int) -> int:
        """The character at a byte."""
        if self.is_ascii:
            return byte
        return len(self.source[:byte].decode("utf-8", "surrogatepass"))

    def values(self, root: Node) -> Iterator[StringValue]:
        """The strings below a node that are values."""
        pending = [(root, "", False)]
        while pending:
            node, key, in_tile = pending.pop()
            if node.type in _STRINGS:
                yield StringValue.of(self._string(node), key, in_tile)
                continue
            if node.type in ("body", "object"):
                key, in_tile = "", self._is_tile(node)
            elif node.type in ("attribute", "object_elem"):
                key = self._text(node.children[0]).strip('"')
                pending.append((node.children[-1], key, in_tile))
                continue
            pending += [(child, key, in_tile) for child in node.children]

    def _is_tile(self, node: Node) -> bool:
        """Whether a block or object is a dashboard's USQL tile."""
        return any(
            self._text(child.children[0]).strip('"') in ("tile_type", "tileType")
            and self._text(child.children[-1]).strip('"') == TILE_KIND
            for child in node.children
            if child.type in ("attribute", "object_elem")
        )

    def _string(self, node: Node) -> Embedded:
        quoted = node.type != "heredoc_template"
        inner = [c for c in node.children if c.type.startswith("template_")]
        units: list[tuple[str, int, int]] = []
        fixed: set[int] = set()
        end = self.offset(node.start_byte) + 1
        for child in inner:
            start, stop = self.offset(child.start_byte), self.offset(child.end_byte)
            if units and start > end:  # blanks between the parts belong to no node
                units += [(self.text[i], i, i + 1) for i in range(end, start)]
            if child.type == "template_literal":
                units += self._literal(start, stop, quoted)
            else:
                fixed.update(range(len(units), len(units) + stop - start))
                units += hole(self.text[start:stop], start)
            end = stop
        return placed(units, end, _quoted if quoted else _heredoc, frozenset(fixed))

    def _literal(self, start: int, stop: int, quoted: bool) -> Iterator[tuple[str, int, int]]:
        at = start
        while at < stop:
            escape = _ESCAPE.match(self.text, at, stop) if quoted else None
            if escape is not None:
                letters = escape[0][1:]
                is_code = letters[0] in "uU" and len(letters) > 1
                char = chr(int(letters[1:], 16)) if is_code else _SIMPLE.get(letters, letters)
                yield char, at, escape.end()
                at = escape.end()
            elif self.text.startswith(("$${", "%%{"), at):
                yield self.text[at], at, at + 2
                at += 2
            else:
                yield self.text[at], at, at + 1
                at += 1

    def _text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace").strip()


def _quoted(text: str) -> str | None:
    return None if "${" in text or "%{" in text else encoded(text)


def _heredoc(text: str) -> str | None:
    return None if "${" in text or "%{" in text or "\n" in text else text
