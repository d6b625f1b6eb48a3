"""What a rule is given: one query, read and bound, and quiet ways to ask what its words mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from usql.analysis.bound import BoundQuery, Condition, FieldRef
from usql.analysis.conditions import bind_condition
from usql.analysis.profile import Clock, Profile
from usql.analysis.scope import Scope
from usql.analysis.values import has_placeholder
from usql.catalog import Catalog, Table
from usql.language import syntax as s
from usql.language.diagnostics import Span
from usql.language.lexer import Comment


@dataclass(frozen=True, slots=True)
class Subject:
    """One query whose words could all be read. ``bound`` is ``None`` if it has an error."""

    text: str
    query: s.Query
    comments: tuple[Comment, ...]
    bound: BoundQuery | None
    catalog: Catalog
    table: Table
    profile: Profile
    clock: Clock

    def scope(self) -> Scope:
        """A scope whose reports nobody reads: they were made when the query was bound."""
        return Scope(self.catalog, self.table, self.profile, self.clock, guesses=0)

    def resolve(self, node: s.Field) -> FieldRef | None:
        """The field that the words mean."""
        return self.scope().resolve(node)

    def bind(self, node: s.Condition) -> Condition | None:
        """The meaning of a test; ``None`` if it has an error or a placeholder."""
        scope = self.scope()
        bound = bind_condition(scope, node)
        return None if scope.has_errors or has_hole(node) else bound

    def source(self, node: s.Node | Span) -> str:
        """The words of a node as they stand in the text."""
        span = node if isinstance(node, Span) else node.span
        return self.text[span.start : span.end]

    def shown(self, node: s.Node) -> str:
        """The words of a node for a message: on one line, not too long."""
        words = " ".join(self.source(node).split())
        return words if len(words) <= 60 else words[:59] + "…"

    def holds_comment(self, span: Span) -> bool:
        """Whether an edit of these characters would lose a comment."""
        return any(c.span.start < span.end and span.start < c.span.end for c in self.comments)


def has_hole(node: s.Node) -> bool:
    """Whether a placeholder stands in or under the node."""
    return any(
        isinstance(x, s.Hole) or (isinstance(x, s.String) and has_placeholder(x.value))
        for x in walk(node)
    )


def walk(node: s.Node) -> Iterator[s.Node]:
    """The node and all under it, in the order of the text."""
    yield node
    for field in fields(node):
        value = getattr(node, field.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, s.Node):
                yield from walk(child)


def bare(node: s.Node) -> s.Node:
    """The node without brackets around it."""
    while isinstance(node, s.Brackets):
        node = node.inner
    return node
