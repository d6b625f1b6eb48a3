"""Corrections inside an item that a key or an order repeats: what refers to an item by its text has
to be corrected with it (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, apply_fix


def corrected_together(text: str, query: s.Query, found: list[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics with corrections that also rewrite the twins of what they change."""
    nodes = [node for node in _nodes(query) if not isinstance(node, s.Field | s.Alias | s.Hole)]
    twins = [(node, [t for t in nodes if t is not node and t == node]) for node in nodes]
    twins = [(node, others) for node, others in twins if others]
    if not twins:
        return found
    return [
        replace(d, fixes=tuple(_together(text, twins, fix) for fix in d.fixes)) if d.fixes else d
        for d in found
    ]


def _nodes(query: s.Query) -> Iterator[s.Node]:
    yield from (item.expression for item in query.items)
    yield from query.group_by
    yield from (order.key for order in query.order_by)


def _together(text: str, twins: list[tuple[s.Node, list[s.Node]]], fix: Fix) -> Fix:
    edits = list(fix.edits)
    for node, others in twins:
        inside = [e for e in fix.edits if _holds(node.span, e.span)]
        if not inside or any(_meets(o.span, e.span) for o in others for e in edits):
            continue
        start = node.span.start
        moved = tuple(Edit(Span(e.span.start - start, e.span.end - start), e.text) for e in inside)
        written = apply_fix(text[start : node.span.end], Fix("", moved))
        edits += (Edit(other.span, written) for other in others)
    if len(edits) == len(fix.edits):
        return fix
    return replace(fix, edits=tuple(sorted(edits, key=lambda e: e.span)))


def _holds(outer: Span, inner: Span) -> bool:
    """Whether the edit of ``inner`` changes ``outer``; at its ends something is put beside it."""
    return inner == outer or (
        outer.start <= inner.start < outer.end and outer.start < inner.end <= outer.end
    )


def _meets(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end
