"""Grouped queries."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracle.reference.conditions import Clock, bare, holds
from tests.oracle.reference.expressions import (
    METRICS,
    PARTS,
    calculate,
    date_function,
    fields,
    leaves,
    rounded_time,
    slots,
)
from tests.oracle.reference.fields import NotModelled, Ref, Row, World, as_value, rank
from usql.language import syntax as s


@dataclass
class Group:
    """Key values and the rows that have them, with the place of each row."""

    keys: tuple[Any, ...]
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Key:
    """A key expression and its cut."""

    node: Any
    top: int | None = None


class Grouping:
    """All that a grouped query needs while it is evaluated."""

    def __init__(self, world: World, clock: Clock, keys: list[Key], rows: list[Row]) -> None:
        self.world = world
        self.clock = clock
        self.keys = keys
        self.groups = self._form(rows)

    # --- forming

    def distinct(self, node: Any, row: Row) -> list[Any]:
        """The distinct values of a key in a row; the null group where there is none."""
        found = list(dict.fromkeys(_values(self.world, self.clock, node, row)))
        if not found and not (isinstance(bare(node), s.Call) and bare(node).name == "KEYS"):
            return [None]
        return found

    def _form(self, rows: list[Row]) -> list[Group]:
        if not self.keys:
            return [Group((), rows)]
        members: list[tuple[Row, tuple[Any, ...]]] = [(row, ()) for row in rows]
        self.ranks: dict[tuple[Any, ...], tuple[Any, ...]] = {(): ()}
        for key in self.keys:
            members = [(r, (*p, v)) for r, p in members for v in self.distinct(key.node, r)]
            owners: dict[tuple[Any, ...], list[Row]] = {}
            for row, prefix in members:
                owners.setdefault(prefix, []).append(row)
            kept = set(owners)
            if key.top is not None:
                kept = self._cut(key, {prefix: len(own) for prefix, own in owners.items()})
            for prefix, own_rows in owners.items():
                own = self._place(key, prefix, own_rows)
                self.ranks[prefix] = (*self.ranks[prefix[:-1]], own)
            members = [(r, p) for r, p in members if p in kept]
        groups: dict[tuple[Any, ...], Group] = {}
        for row, prefix in members:
            groups.setdefault(prefix, Group(prefix)).rows.append(row)
        return sorted(groups.values(), key=lambda g: self.ranks[g.keys])

    def _cut(self, key: Key, counts: dict[tuple[Any, ...], int]) -> set[tuple[Any, ...]]:
        assert key.top is not None
        siblings: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for prefix in counts:
            siblings.setdefault(prefix[:-1], []).append(prefix)
        kept: set[tuple[Any, ...]] = set()
        for own in siblings.values():
            own.sort(key=lambda p: (-counts[p], *self.value_rank(key.node, p[-1])))
            kept |= set(own[: key.top])
        return kept

    def value_rank(self, node: Any, value: Any) -> tuple[Any, ...]:
        """Value ascending, null after all."""
        if value is None:
            return (1,)
        refs = fields(self.world, node)
        plain = isinstance(bare(node), s.Field)
        return (0, rank(refs[0] if plain else None, value))

    def _place(self, key: Key, prefix: tuple[Any, ...], rows: list[Row]) -> tuple[Any, ...]:
        node = bare(key.node)
        value = prefix[-1]
        if isinstance(node, s.Call) and node.name == "DATETIME":
            return (1,) if value is None else (0, self.earliest(node, value, rows))
        by_value = self.value_rank(node, value)
        return (
            by_value if isinstance(node, s.Call) and node.name in PARTS else (-len(rows), *by_value)
        )

    def earliest(self, node: s.Call, text: Any, rows: list[Row]) -> int:
        """The earliest rounded time among the rows' dates with this text."""
        dates = [ms for row in rows for ms in slots(self.world, self.clock, node.arguments[0], row)]
        return min(
            rounded_time(node, ms, self.clock)
            for ms in dates
            if ms is not None and date_function(node, ms, self.clock) == text
        )

    # --- values

    def value(self, node: Any, group: Group) -> Any:
        """An item of the select list in a group."""
        node = bare(node)
        scalar, found = self.scalar(node, group)
        if scalar:
            return found
        if isinstance(node, s.Call) and node.name == "TOP":
            count: Any = node.arguments[1] if len(node.arguments) > 1 else None
            return self.most_frequent(node.arguments[0], group, count.value if count else 1)
        if isinstance(node, s.Field) or (isinstance(node, s.Call) and node.name == "KEYS"):
            return self.most_frequent(node, group, 50)
        return self.distinct_list(node, group)

    def key_index(self, node: Any) -> int | None:
        node = bare(node)
        if isinstance(node, s.Call) and node.name == "TOP":
            node = bare(node.arguments[0])
        for index, key in enumerate(self.keys):
            if same(self.world, key.node, node):
                return index
        return None

    def scalar(self, node: Any, group: Group) -> tuple[bool, Any]:
        """Whether the expression is one value per group, and that value."""
        node = bare(node)
        index = self.key_index(node)
        if index is not None:
            return True, group.keys[index]
        match node:
            case s.Number(value=value):
                return True, value
            case s.Call(name=name, arguments=arguments) if name in PARTS or name == "DATETIME":
                is_one, inner = self.scalar(arguments[0], group)
                return is_one, date_function(node, inner, self.clock) if is_one else None
            case s.Call(name=name) if name in METRICS:
                return True, self.metric(node, group.rows)
            case s.Arithmetic() | s.Negative():
                found = [self.scalar(leaf, group) for leaf in leaves(node)]
                if not all(ok for ok, _ in found):
                    return False, None
                return True, calculate(self.world, node, [v for _, v in found])
        return False, None

    def most_frequent(self, node: Any, group: Group, count: int) -> list[Any]:
        frequency: dict[Any, int] = {}
        for row in group.rows:
            for value in dict.fromkeys(_values(self.world, self.clock, node, row)):
                frequency[value] = frequency.get(value, 0) + 1
        ordered = sorted(frequency, key=lambda v: (-frequency[v], *self.value_rank(node, v)))
        return ordered[:count]

    def distinct_list(self, node: Any, group: Group) -> list[Any]:
        found = [
            v
            for row in group.rows
            for v in slots(self.world, self.clock, node, row)
            if v is not None
        ]
        distinct = list(dict.fromkeys(found))
        if isinstance(node, s.Call) and node.name == "DATETIME":
            return sorted(distinct, key=lambda text: self.earliest(node, text, group.rows))
        return sorted(distinct)

    def metric(self, node: s.Call, rows: list[Row]) -> Any:
        if node.name == "CONDITION":
            inner: Any = bare(node.arguments[0])
            where: Any = node.arguments[1]
            fitting = [r for r in rows if holds(self.world, self.clock, where.condition, r)]
            return self.metric(inner, fitting)
        argument: Any = node.arguments[0]
        if isinstance(argument, s.Star):
            return len(rows)
        if isinstance(argument, s.Distinct):
            ref = self.world.resolve(bare(argument.operand))
            return len({as_value(ref, v) for row in rows for v in self.world.values(row, ref)})
        ref = self.world.resolve(bare(argument))
        if node.name == "COUNT":
            return sum(1 for row in rows if self.world.values(row, ref))
        values = [v for row in rows for v in self.world.values(row, ref)]
        percent: Any = node.arguments[1] if len(node.arguments) > 1 else None
        return _aggregate(node.name, values, ref, percent and percent.value)

    # --- order

    def order_rank(
        self, node: Any, group: Group, descending: bool, ordered: list[int]
    ) -> tuple[Any, ...]:
        """The place of a group by an order column: nulls last both ways. ``ordered``: the keys that
        the groups are ordered by up to this column, itself included."""
        node = bare(node)
        index = self.key_index(node)
        if index is not None:
            value: Any = group.keys[index]
            key = bare(self.keys[index].node)
            if value is not None and isinstance(key, s.Call) and key.name == "DATETIME":
                value = min(
                    self.ranks[other.keys[: index + 1]][index][1]
                    for other in self.groups
                    if all(other.keys[i] == group.keys[i] for i in ordered)
                )
                return _directed((value,), descending)
            return (
                _null() if value is None else _directed(self.value_rank(key, value)[1:], descending)
            )
        is_one, value = self.scalar(node, group)
        if is_one:
            if isinstance(node, s.Call) and node.name == "DATETIME":
                _, ms = self.scalar(node.arguments[0], group)
                value = None if ms is None else rounded_time(node, ms, self.clock)
            return _null() if value is None else _directed((value,), descending)
        operand = node.arguments[0] if isinstance(node, s.Call) and node.name == "TOP" else node
        return extreme_rank(self.world, self.clock, operand, group.rows, descending, _values)


def _all(world: World, clock: Clock, node: Any, row: Row) -> list[Any]:
    """The values of a row expression as the row has them."""
    return [v for v in slots(world, clock, node, row) if v is not None]


def _values(world: World, clock: Clock, node: Any, row: Row) -> list[Any]:
    """The values of a row expression as groups have them."""
    node = bare(node)
    ref = world.resolve(node) if isinstance(node, s.Field) else None
    return [as_value(ref, v) for v in _all(world, clock, node, row)]


def extreme_rank(
    world: World,
    clock: Clock,
    node: Any,
    rows: list[Row],
    descending: bool,
    values_of: Callable[[World, Clock, Any, Row], list[Any]] = _all,
) -> tuple[Any, ...]:
    """The smallest value ascending, the largest descending, of all values in the rows."""
    node = bare(node)
    if isinstance(node, s.Call) and node.name == "DATETIME":
        dates = [
            ms for r in rows for ms in slots(world, clock, node.arguments[0], r) if ms is not None
        ]
        ranks = [(rounded_time(node, ms, clock),) for ms in dates]
    else:
        ref = world.resolve(node) if isinstance(node, s.Field) else None
        ranks = [(rank(ref, v),) for r in rows for v in values_of(world, clock, node, r)]
    if not ranks:
        return _null()
    return _directed(max(ranks) if descending else min(ranks), descending)


class Reversed:
    """Orders the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: Reversed) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)


def _null() -> tuple[Any, ...]:
    return (1,)


def _directed(value: tuple[Any, ...], descending: bool) -> tuple[Any, ...]:
    return (0, Reversed(value) if descending else value)


def same(world: World, a: Any, b: Any) -> bool:
    """Whether two expressions mean the same: fields as resolved, everything else as written."""
    a, b = bare(a), bare(b)
    if type(a) is not type(b):
        return False
    match a:
        case s.Field():
            return world.resolve(a) == world.resolve(b)
        case s.Call(name=name):
            others = b.arguments
            own = a.arguments
            return (
                name == b.name
                and len(own) == len(others)
                and all(same(world, x, y) for x, y in zip(own, others, strict=True))
            )
        case s.Arithmetic(op=op, left=left, right=right):
            return op == b.op and same(world, left, b.left) and same(world, right, b.right)
        case s.Negative(operand=operand):
            return same(world, operand, b.operand)
    return bool(a == b)


def _aggregate(name: str, values: list[Any], ref: Ref, percent: Any) -> Any:
    if name == "SUM":
        total = sum(values) if ref.kind != "double" else math.fsum(values)
        if isinstance(total, int) and not -(2**63) <= total < 2**63:
            raise NotModelled("overflow")
        return total if ref.kind == "double" else int(total)
    of_values = OF_VALUES[name]
    return of_values(values, percent) if values else None


def _mean(values: list[Any], _: Any) -> float:
    return float(sum(Fraction(v) for v in values) / len(values))


def _quantile(values: list[Any], percent: Any) -> float:
    ordered = sorted(values)
    place = Fraction(percent) / 100 * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    first, second = Fraction(float(ordered[below])), Fraction(float(ordered[above]))
    return float(first + (second - first) * (place - below))


OF_VALUES: dict[str, Callable[[list[Any], Any], Any]] = {
    "MIN": lambda values, _: min(values),
    "MAX": lambda values, _: max(values),
    "AVG": _mean,
    "MEDIAN": lambda values, _: _quantile(values, 50),
    "PERCENTILE": _quantile,
}
"""What else than a count or a sum is of some values, with the second argument, by the function."""
