"""``never-true`` and ``always-true``: conditions without effect (LANGUAGE.md §5)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace as changed

from usql.analysis.profile import Clock
from usql.editor.rules.lists import as_one_list, listed
from usql.editor.rules.logic import (
    Branch,
    Conflict,
    Conjunction,
    Fixed,
    Leaf,
    Tree,
    condition_tree,
    negation,
    only_field,
    parts_of,
)
from usql.editor.rules.subject import Subject, bare
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Edit, Fix, diagnostic, entry, replace
from usql.language.rules import Rule, Severity

_OTHER_TIMES = (
    Clock(10**9, 2 * 10**9, 3 * 10**9),
    Clock(6 * 10**12, 4 * 10**12, 5 * 10**12),
)
"""Long ago and far ahead: what is so then and now is so whatever the variables mean."""


def constant_conditions(subject: Subject) -> Iterator[Diagnostic]:
    """Conditions that hold in no row or in every row, reported at the part that causes this."""
    diagnostics = list(_all(subject))
    if diagnostics and any(isinstance(x, s.Variable) for x in s.walk(subject.query)):
        for clock in _OTHER_TIMES:
            again = set(_all(changed(subject, clock=clock)))
            diagnostics = [d for d in diagnostics if d in again]
    yield from diagnostics


def _all(subject: Subject) -> Iterator[Diagnostic]:
    query = subject.query
    before = Conjunction()
    if query.where is not None:
        before = yield from _within(subject, before, condition_tree(subject, query.where))
    for item in query.items:
        if isinstance(item.expression, s.Funnel):
            yield from _steps(subject, item.expression, before)
        else:
            for node in s.walk(item.expression):
                if isinstance(node, s.Where):
                    yield from _within(subject, before, condition_tree(subject, node.condition))


def _steps(subject: Subject, funnel: s.Funnel, before: Conjunction) -> Iterator[Diagnostic]:
    """A step holds only together with WHERE and all earlier steps (LANGUAGE.md §9)."""
    for step in funnel.steps:
        before = yield from _within(subject, before, condition_tree(subject, step.condition))


def _within(
    subject: Subject, before: Conjunction, tree: Tree
) -> Generator[Diagnostic, None, Conjunction]:
    """The problems of a condition that applies only where those ``before`` hold. Returns the
    conjunction of all of them, without the condition if it has a problem."""
    diagnostics = list(_judge(subject, tree))
    yield from diagnostics
    if diagnostics:
        return before
    both = before.plus(parts_of(tree))
    if isinstance(both, Conjunction):
        return both
    yield _never(subject, both, ())
    return before


def _judge(subject: Subject, tree: Tree, parent: Branch | None = None) -> Iterator[Diagnostic]:
    """The problems of a tree: those of its parts, or else that of the parts together."""
    match tree:
        case Fixed(node=node, holds=holds):
            fixes = (*_swapped(subject, node), *_dropped(subject, tree, parent))
            shown = f"`{subject.shown(node)}`"
            name = "always-true" if holds else "never-true"
            yield diagnostic(name, f"{shown} {_VERDICT[holds]}", node.span, fixes)
        case Branch(parts=parts, every=every):
            of_parts = [d for p in parts for d in _judge(subject, p, tree)]
            yield from of_parts
            if of_parts or tree.is_open:
                return
            clash = Conjunction().plus(parts_of(tree if every else negation(tree)))
            if isinstance(clash, Conjunction):
                return
            one, other = clash.one, clash.other
            fixes = _merged(subject, tree, one, other)
            if every:
                yield _never(subject, clash, fixes)
                return
            first, second = subject.shown(one.node), subject.shown(other.node)
            message = f"`{first}` or `{second}` holds in every row."
            if isinstance(_without_not(tree.node), s.And):
                message = f"`{first}` and `{second}` cannot both hold; NOT of it always does."
            yield diagnostic("always-true", message, other.node.span, fixes)


_VERDICT = {
    True: "holds in every row.",
    False: "cannot hold: no value fits.",
}


def _never(subject: Subject, clash: Conflict, fixes: Sequence[Fix]) -> Diagnostic:
    one, other = clash.one, clash.other
    field = only_field(other)
    table = "" if field is None or field.table == subject.table.name else f" of {field.table}"
    reason = (
        f"the field{table} has one value"
        if field is not None
        else "the one wants a value that the other forbids"
    )
    message = (
        f"`{subject.shown(one.node)}` and `{subject.shown(other.node)}` cannot both hold: {reason}."
    )
    return diagnostic("never-true", message, other.node.span, fixes)


# --- corrections ----------------------------------------------------------------------------------


def _merged(subject: Subject, tree: Branch, one: Tree, other: Tree) -> tuple[Fix, ...]:
    """``f = a AND f = b`` probably means ``f IN (a, b)``; ``f != a OR f != b`` means ``f NOT IN (a,
    b)``."""
    nodes = [part.node for part in tree.parts]
    tests = [(n, listed(subject, n)) for n in nodes]
    if any(x is None or x.negated == tree.every for n, x in tests if n in (one.node, other.node)):
        return ()
    meant = {subject.resolve(x.field) for n, x in tests if x and n in (one.node, other.node)}
    alike = [
        (n, x)
        for n, x in tests
        if x and x.negated != tree.every and subject.resolve(x.field) in meant
    ]
    if len(alike) < 2 or all(isinstance(v, s.Boolean) for _, x in alike for v in x.values):
        return ()  # a list of both booleans would have no effect
    fix = as_one_list(subject, nodes, [n for n, _ in alike])
    return () if fix is None else (fix,)


def _without_not(node: s.Node) -> s.Node:
    inner = bare(node)
    return _without_not(inner.part) if isinstance(inner, s.Not) else inner


def _swapped(subject: Subject, node: s.Node) -> Iterator[Fix]:
    """Swap the limits of a range."""
    test = _without_not(node)
    if isinstance(test, s.Between) and subject.bind(
        s.Between(test.left, test.high, test.low, span=test.span)
    ):
        low, high = subject.source(test.low), subject.source(test.high)
        swapped = condition_tree(subject, changed(test, low=test.high, high=test.low))
        if isinstance(swapped, Leaf):
            edits = (Edit(test.low.span, high), Edit(test.high.span, low))
            yield Fix("swap the limits", edits)


def _dropped(subject: Subject, tree: Fixed, parent: Branch | None) -> Iterator[Fix]:
    """Remove a part of an AND that always holds, or a part of an OR that never does."""
    if parent is None or parent.every != tree.holds or len(parent.parts) < 2 or parent.is_open:
        return
    if not isinstance(bare(parent.node), s.And | s.Or):
        return
    nodes = [part.node for part in parent.parts]
    span = entry([n.span for n in nodes], nodes.index(tree.node))
    if not subject.holds_comment(span):
        yield replace("remove it", span, "")


RULES = {
    constant_conditions: (
        Rule(
            "USQL607",
            "never-true",
            Severity.WARNING,
            "5.10",
            "The condition cannot hold: its parts exclude each other.",
            explanation="Two parts of a condition exclude each other, or no value can meet a test: the query "
            "finds nothing. A single-valued field cannot have two values at once. From "
            "`usersession`, two tests of `useraction.name` may be met by two actions and are no "
            "problem. The steps of a FUNNEL and the condition of a CONDITION are judged together "
            "with `WHERE`. Conditions that depend on `$NOW` or the timeframe are not reported.",
            example='SELECT duration FROM useraction WHERE name = "search" AND name = "book"',
        ),
        Rule(
            "USQL608",
            "always-true",
            Severity.WARNING,
            "5.9",
            "The condition holds in every row.",
            explanation="A condition holds in every row, so it selects nothing: usually `!=` joined by `OR` "
            "where `AND` was meant.",
            example='SELECT city FROM usersession WHERE country != "Spain" OR country != "France"',
        ),
    ),
}
"""What each check reports."""
