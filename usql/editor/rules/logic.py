"""Conditions as a tree whose negations stand at the tests, and what its parts leave possible.

A test on a single-valued field is a set of values; without a value the test is false. A test on
a multi-valued field asks for *some* value, so two tests never exclude each other, but a test and
a negated one may (LANGUAGE.md §5).
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
    """A test at ``node``: the values that ``surely`` fit and those that ``maybe`` do; ``negated``:
    no value may fit. Without a ``field`` nothing is known of it."""

    node: s.Node
    field: FieldRef | None
    surely: Ranges
    maybe: Ranges
    negated: bool


@dataclass(frozen=True, slots=True)
class Fixed:
    """A test that holds in every row or in none."""

    node: s.Node
    holds: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """All parts hold (``every``), or some part does. ``is_open``: a placeholder among the parts may
    hold an OR, so that which of them belong together is not known."""

    node: s.Node
    parts: tuple[Tree, ...]
    every: bool
    is_open: bool = False


Tree = Leaf | Fixed | Branch


@dataclass(frozen=True, slots=True)
class Left:
    """What may be left of a single-valued field: no value (``null``), or one of ``ranges``."""

    null: bool
    ranges: Ranges

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return not self.null and not self.ranges


def tree_of(subject: Subject, node: s.Condition, negated: bool = False) -> Tree:
    """The tree of a condition, or of its negation."""
    inner = bare(node)
    match inner:
        case s.And(parts=parts) | s.Or(parts=parts):
            every = isinstance(inner, s.And) != negated
            trees = tuple(tree_of(subject, p, negated) for p in parts)
            return Branch(node, trees, every, is_open(inner))
        case s.Not(part=part):
            return _at(node, tree_of(subject, part, not negated))
        case s.Comparison() | s.Between() | s.In() | s.Like() | s.StartsWith():
            return _test(subject, node, inner, negated)
    return Leaf(node, None, NONE, NONE, negated)


def _at(node: s.Node, tree: Tree) -> Tree:
    """The tree of what stands behind NOT, seen as the whole of it."""
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
    """The tree that holds where this one does not."""
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


def left_by(tree: Tree, field: FieldRef) -> Left:
    """What a condition on this single-valued field alone may leave of it."""
    match tree:
        case Leaf(negated=True):
            return Left(True, sets.complement(tree.surely, sets.universe(field)))
        case Leaf():
            return Left(False, tree.maybe)
        case Fixed(holds=holds):
            return Left(holds, sets.universe(field) if holds else NONE)
    sides = [left_by(p, field) for p in tree.parts]
    join = _meet if tree.every else _either
    while len(sides) > 1:  # by halves: each range is copied a few times, not once a part
        pairs = zip(sides[::2], sides[1::2], strict=False)
        sides = [join(a, b) for a, b in pairs] + sides[len(sides) & ~1 :]
    return sides[0]


def only_field(tree: Tree) -> FieldRef | None:
    """The field that all tests of the tree are on, if it is one and single-valued."""
    found = {leaf.field for leaf in leaves(tree)}
    field = next(iter(found)) if len(found) == 1 else None
    return None if field is None or field.multi else field


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Parts that hold together: what those on one single-valued field leave of it, each and
    together (``totals``), and the tests of multi-valued fields."""

    single: Mapping[FieldRef, tuple[tuple[Tree, Left], ...]] = field(default_factory=dict)
    totals: Mapping[FieldRef, Left] = field(default_factory=dict)
    multi: Mapping[FieldRef, tuple[Leaf, ...]] = field(default_factory=dict)

    def plus(self, parts: Iterable[Tree]) -> Conjunction | Conflict:
        """These parts and more, or the first of more that does not go with those before it."""
        single, totals, multi = dict(self.single), dict(self.totals), dict(self.multi)
        for part in parts:
            on = only_field(part)
            if on is not None:
                earlier = single.get(on, ())
                if len(earlier) == _MOST_COMPARED:
                    continue
                mine = left_by(part, on)
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
    """A part that cannot hold with those before it, and the first of these that it excludes (the
    one just before it on the same field if only several together do)."""

    one: Tree
    other: Tree


_MOST_COMPARED = 500
"""Tests of one field that are compared with each other; nobody wrote more of them by hand."""


def _meet(one: Left, other: Left) -> Left:
    return Left(one.null and other.null, sets.intersection(one.ranges, other.ranges))


def _either(one: Left, other: Left) -> Left:
    return Left(one.null or other.null, sets.union(one.ranges, other.ranges))


def _exclude(one: Leaf, other: Leaf) -> bool:
    """Of two tests on one multi-valued field: one wants a value that the other forbids."""
    if one.negated == other.negated:
        return False
    wanted, forbidden = (other, one) if one.negated else (one, other)
    return not sets.intersection(wanted.maybe, sets.complement(forbidden.surely))
