"""Corrections inside an item that a key or an order column repeats: whatever refers to an item by
its text has to be corrected along with it (LANGUAGE.md §8)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, apply_fix


def corrected_together(
    text: str, query: s.Query, diagnostics: list[Diagnostic]
) -> list[Diagnostic]:
    """The diagnostics, with corrections that also rewrite the twins of what they change."""
    if not any(d.fixes for d in diagnostics):
        return diagnostics
    twins = _twins_of(query)
    if not twins.alike:
        return diagnostics
    return [
        replace(d, fixes=tuple(_together(text, twins, fix) for fix in d.fixes)) if d.fixes else d
        for d in diagnostics
    ]


@dataclass(frozen=True, slots=True)
class _Twins:
    """The items, keys and order columns in the order of the text, and which of them are
    repeated."""

    nodes: Sequence[s.Node]
    starts: Sequence[int]
    alike: dict[s.Node, list[s.Node]]

    def changed_by(self, edit: Edit) -> s.Node | None:
        """The node that an edit changes, if any; text inserted at an end of a node does not change
        it."""
        index = bisect_right(self.starts, edit.span.start) - 1
        if index < 0:
            return None
        node, inner = self.nodes[index], edit.span
        inside = inner.start < node.span.end and node.span.start < inner.end <= node.span.end
        return node if inside or inner == node.span else None


def _twins_of(query: s.Query) -> _Twins:
    nodes = sorted(_nodes(query), key=lambda n: n.span)
    alike: dict[s.Node, list[s.Node]] = {}
    for node in nodes:
        if not isinstance(node, s.Field | s.Alias | s.Hole):
            alike.setdefault(node, []).append(node)
    alike = {node: same for node, same in alike.items() if len(same) > 1}
    return _Twins(nodes, [n.span.start for n in nodes], alike)


def _nodes(query: s.Query) -> Iterator[s.Node]:
    yield from (item.expression for item in query.items)
    yield from query.group_by
    yield from (order.key for order in query.order_by)


def _together(text: str, twins: _Twins, fix: Fix) -> Fix:
    changed: dict[s.Node, list[tuple[s.Node, Edit]]] = {}
    for edit in fix.edits:
        node = twins.changed_by(edit)
        if node is not None and node in twins.alike:
            changed.setdefault(node, []).append((node, edit))
    edits = list(fix.edits)
    for changes in changed.values():
        node = changes[0][0]
        if any(other is not node for other, _ in changes):
            continue  # the correction already covers the others
        start = node.span.start
        moved = (Edit(Span(e.span.start - start, e.span.end - start), e.text) for _, e in changes)
        written = apply_fix(text[start : node.span.end], Fix("", tuple(moved)))
        edits += (Edit(n.span, written) for n in twins.alike[node] if n is not node)
    if len(edits) == len(fix.edits):
        return fix
    return replace(fix, edits=tuple(sorted(edits, key=lambda e: e.span)))
