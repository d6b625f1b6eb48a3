"""The input of a rule: one query, parsed and bound, and ways to look up what its words mean without
reporting problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from usql.analysis.bound import BoundQuery, Condition, FieldRef
from usql.analysis.conditions import bind_condition
from usql.analysis.profile import Clock, Profile
from usql.analysis.scope import Scope
from usql.catalog import Catalog, Table
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Span
from usql.language.holes import NO_HOLES, Holes
from usql.language.lexer import Comment


class DataValues(Protocol):
    """The values of loaded data."""

    def near(self, field: FieldRef, text: str) -> Sequence[str]:
        """Values of the field that a text, which the data does not have, may be a misspelling
        of."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One query without syntax errors. ``bound`` is ``None`` if the query has an error, and lacks
    the parts with a placeholder; nothing that depends on these is checked (LANGUAGE.md §1).
    ``values`` gives the values of loaded data."""

    text: str
    query: s.Query
    comments: tuple[Comment, ...]
    bound: BoundQuery | None
    catalog: Catalog
    table: Table
    profile: Profile
    clock: Clock
    holes: Holes = NO_HOLES
    values: DataValues | None = None

    def scope(self) -> Scope:
        """A scope whose reports are discarded, since they were made when the query was bound."""
        return Scope(self.catalog, self.table, self.profile, self.clock, self.holes, guesses=0)

    def resolve(self, node: s.Field) -> FieldRef | None:
        """The field that a node refers to."""
        return self.scope().resolve(node)

    def bind(self, node: s.Condition) -> Condition | None:
        """The bound test; ``None`` if it has an error or a placeholder."""
        scope = self.scope()
        bound = bind_condition(scope, node)
        return None if scope.has_errors or scope.left_out else bound

    def has_hole(self, *nodes: s.Node | None) -> bool:
        """Whether one of the nodes contains a placeholder."""
        return any(node is not None and self.holes.within(node.span) for node in nodes)

    def source(self, node: s.Node | Span) -> str:
        """The text of a node."""
        span = node if isinstance(node, Span) else node.span
        return self.text[span.start : span.end]

    def shown(self, node: s.Node) -> str:
        """The text of a node for a message."""
        return shown(self.text, node.span)

    def holds_comment(self, span: Span) -> bool:
        """Whether an edit of this span would delete a comment."""
        return any(c.span.start < span.end and span.start < c.span.end for c in self.comments)


def shown(text: str, span: Span) -> str:
    """A part of a text for a message: on one line, not too long."""
    words = " ".join(text[span.start : span.end].split())
    return words if len(words) <= 60 else words[:59] + "…"


def is_open(node: s.Node) -> bool:
    """Whether the node is a placeholder for a condition, outside of brackets. Its text may hold AND
    and OR, which go before or after those around it."""
    match node:
        case s.Hole() | s.Bare(expression=s.Hole()):
            return True
        case s.Not(part=part):
            return is_open(part)
        case s.And(parts=parts):
            return any(map(is_open, parts))
    return False


def bare(node: s.Node) -> s.Node:
    """The node without brackets around it."""
    while isinstance(node, s.Brackets):
        node = node.inner
    return node
