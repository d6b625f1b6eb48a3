"""Conditions as trees with negations pushed down to the tests, and the values that they leave
possible.

A test of a single-valued field is a set of values; it is false for a missing value. A test of a
multi-valued field asks for *some* value, so two tests never exclude each other, but a test and a
negated test may (LANGUAGE.md §5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from usql.analysis.bound import AnyOf, FieldRef, Negation, Test
from usql.editor.rules import sets
from usql.editor.rules.sets import NONE, Ranges
from usql.editor.rules.subject import Subject, bare, is_open
from usql.frozen import dataclass
from usql.language import syntax as s


@dataclass(frozen=True, slots=True)
class Leaf:
    """A test at ``node``: ``surely`` are values that meet it, ``maybe`` a superset of all values
    that do; ``negated``: no value may meet it. Without a ``field`` nothing is known about it."""

    node: s.Node
    field: FieldRef | None
    surely: Ranges
    maybe: Ranges
    negated: bool


@dataclass(frozen=True, slots=True)
class Fixed:
    """A test that holds in every row, or in none."""

    node: s.Node
    holds: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """All parts hold (``every``), or at least one does. ``is_open``: a placeholder among the parts
    may contain an OR, so their grouping is not known."""

    node: s.Node
    parts: tuple[Tree, ...]
    every: bool
    is_open: bool = False


Tree = Leaf | Fixed | Branch


@dataclass(frozen=True, slots=True)
class PossibleValues:
    """The values that a single-valued field may still have: a missing value (``null``), or a value
    in ``ranges``."""

    null: bool
    ranges: Ranges

    @property
    def is_empty(self) -> bool:
        """Whether no value is possible."""
        return not self.null and not self.ranges


def condition_tree(subject: Subject, node: s.Condition, negated: bool = False) -> Tree:
    """The tree of a condition, or of its negation."""
    inner = bare(node)
    match inner:
        case s.And(parts=parts) | s.Or(parts=parts):
            every = isinstance(inner, s.And) != negated
            trees = tuple(condition_tree(subject, p, negated) for p in parts)
            return Branch(node, trees, every, is_open(inner))
        case s.Not(part=part):
            return _at(node, condition_tree(subject, part, not negated))
        case s.Comparison() | s.Between() | s.In() | s.Like() | s.StartsWith():
            return _test(subject, node, inner, negated)
    return Leaf(node, None, NONE, NONE, negated)


def _at(node: s.Node, tree: Tree) -> Tree:
    """The tree of the operand of a NOT, placed at the whole NOT."""
    match tree:
        case Leaf():
            return Leaf(node, tree.field, tree.surely, tree.maybe, tree.negated)
        case Fixed():
            return Fixed(node, tree.holds)
    return Branch(node, tree.parts, tree.every, tree.is_open)


def _test(subject: Subject, node: s.Node, test: s.Condition, negated: bool) -> Tree:
    bound = subject.bind(test)
    while isinstance(bound, Negation):
        bound, negated = bound.part, not negated
    if isinstance(bound, AnyOf) and not bound.parts:
        return Fixed(node, negated)
    if not isinstance(bound, Test):
        return Leaf(node, None, NONE, NONE, negated)
    surely, maybe = sets.values(bound.field, bound.predicate)
    if not maybe:
        return Fixed(node, negated)
    return Leaf(node, bound.field, surely, maybe, negated)


def negation(tree: Tree) -> Tree:
    """The tree that holds exactly where this one does not."""
    match tree:
        case Leaf():
            return Leaf(tree.node, tree.field, tree.surely, tree.maybe, not tree.negated)
        case Fixed():
            return Fixed(tree.node, not tree.holds)
    return Branch(tree.node, tuple(map(negation, tree.parts)), not tree.every, tree.is_open)


def parts_of(tree: Tree) -> tuple[Tree, ...]:
    """The parts that must all hold."""
    if isinstance(tree, Branch) and tree.every and not tree.is_open:
        return tuple(x for p in tree.parts for x in parts_of(p))
    return (tree,)


def leaves(tree: Tree) -> tuple[Leaf, ...]:
    """All tests of the tree."""
    match tree:
        case Leaf():
            return (tree,)
        case Branch(parts=parts):
            return tuple(x for p in parts for x in leaves(p))
    return ()


def possible_values(tree: Tree, field: FieldRef) -> PossibleValues:
    """The values that a condition on only this single-valued field leaves possible."""
    match tree:
        case Leaf(negated=True):
            return PossibleValues(True, sets.complement(tree.surely, sets.universe(field)))
        case Leaf():
            return PossibleValues(False, tree.maybe)
        case Fixed(holds=holds):
            return PossibleValues(holds, sets.universe(field) if holds else NONE)
    sides = [possible_values(p, field) for p in tree.parts]
    join = _meet if tree.every else _either
    # By halves, so that each range is copied a few times only, not once per part.
    while len(sides) > 1:
        pairs = zip(sides[::2], sides[1::2], strict=False)
        sides = [join(a, b) for a, b in pairs] + sides[len(sides) & ~1 :]
    return sides[0]


def only_field(tree: Tree) -> FieldRef | None:
    """The single-valued field that all tests of the tree are about, if there is exactly one."""
    fields = {leaf.field for leaf in leaves(tree)}
    field = next(iter(fields)) if len(fields) == 1 else None
    return None if field is None or field.multi else field


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Parts that hold together: the values that those on each single-valued field leave possible,
    for each part and together (``totals``), and the tests of multi-valued fields."""

    single: Mapping[FieldRef, tuple[tuple[Tree, PossibleValues], ...]] = field(default_factory=dict)
    totals: Mapping[FieldRef, PossibleValues] = field(default_factory=dict)
    multi: Mapping[FieldRef, tuple[Leaf, ...]] = field(default_factory=dict)

    def plus(self, parts: Iterable[Tree]) -> Conjunction | Conflict:
        """The conjunction with more parts, or the first of them that contradicts those before
        it."""
        single, totals, multi = dict(self.single), dict(self.totals), dict(self.multi)
        for part in parts:
            on = only_field(part)
            if on is not None:
                earlier = single.get(on, ())
                if len(earlier) == _MOST_COMPARED:
                    continue
                mine = possible_values(part, on)
                total = _meet(mine, totals[on]) if earlier else mine
                if earlier and total.is_empty:
                    excluded = (tree for tree, theirs in earlier if _meet(mine, theirs).is_empty)
                    return Conflict(next(excluded, earlier[-1][0]), part)
                single[on] = (*earlier, (part, mine))
                totals[on] = total
            elif isinstance(part, Leaf) and part.field is not None:
                before = multi.get(part.field, ())
                for leaf in before:
                    if _exclude(leaf, part):
                        return Conflict(leaf, part)
                if len(before) < _MOST_COMPARED:
                    multi[part.field] = (*before, part)
        return Conjunction(single, totals, multi)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that contradicts earlier ones, and the first part that it excludes (the preceding one
    on the same field if only several together do)."""

    one: Tree
    other: Tree


_MOST_COMPARED = 500
"""Tests of one field that are compared with each other; nobody wrote more of them by hand."""


def _meet(one: PossibleValues, other: PossibleValues) -> PossibleValues:
    return PossibleValues(one.null and other.null, sets.intersection(one.ranges, other.ranges))


def _either(one: PossibleValues, other: PossibleValues) -> PossibleValues:
    return PossibleValues(one.null or other.null, sets.union(one.ranges, other.ranges))


def _exclude(one: Leaf, other: Leaf) -> bool:
    """Whether two tests of one multi-valued field contradict each other: one requires a value that
    the other forbids."""
    if one.negated == other.negated:
        return False
    required, forbidden = (other, one) if one.negated else (one, other)
    return not sets.intersection(required.maybe, sets.complement(forbidden.surely))
