"""Expressions with a single value: the language's arithmetic and functions, over any leaves
(LANGUAGE.md §7)."""

from __future__ import annotations

from collections.abc import Callable

from usql.analysis.bound import (
    Calculation,
    Constant,
    DatePart,
    DateText,
    Expression,
    Key,
    Rounded,
    type_of,
)
from usql.catalog import FieldType
from usql.frozen import dataclass
from usql.translation import dates
from usql.translation.dialects.dialect import Dialect
from usql.translation.nodes import (
    Node,
    add,
    all_of,
    call,
    case,
    cast,
    compare,
    constant,
    divide,
    double,
    multiply,
    not_zero,
    remainder,
    subtract,
    whole,
)

Leaf = Callable[[Expression], Node]
"""The value of a field, key or metric."""

_DOUBLE = {"+": add, "-": subtract, "*": multiply, "/": divide}


@dataclass(frozen=True, slots=True)
class Expressions:
    """Writes expressions in a dialect. ``utc_offset``: minutes by which the local clock is ahead;
    ``keys``: those of the groups, whose types expressions over groups have."""

    dialect: Dialect
    utc_offset: int
    keys: tuple[Key, ...] = ()

    def value(self, node: Expression, leaf: Leaf) -> Node:
        """The value of an expression, given those of its leaves."""
        match node:
            case Constant(value=value):
                return whole(value) if isinstance(value, int) else double(value)
            case DatePart(part=part, operand=operand):
                return dates.date_part(self.dialect, part, self._local(operand, leaf))
            case DateText(operand=operand):
                return dates.date_text(self.dialect, node, self._local(operand, leaf))
            case Rounded(operand=operand):
                return self.dialect.let(self.value(operand, leaf), _rounded, "number")
            case Calculation(op=op, left=left, right=right, double=is_double):
                return self._calculated(
                    op, self.value(left, leaf), self.value(right, leaf), is_double
                )
        return leaf(node)

    def start(self, node: DateText, leaf: Leaf) -> Node:
        """The sort key of a DATETIME: its time, rounded as its format shows it, on the local
        clock."""
        return dates.start(self.dialect, node, self._local(node.operand, leaf))

    def _local(self, operand: Expression, leaf: Leaf) -> Node:
        """Milliseconds on the local clock."""
        value = self.value(operand, leaf)
        if type_of(operand, self.keys) is FieldType.DOUBLE:  # an average of times
            value = cast(call("floor", value), "bigint")
        shift = self.utc_offset * 60_000
        if not shift:
            return value
        return add(value, whole(shift)) if shift > 0 else subtract(value, whole(-shift))

    def _calculated(self, op: str, left: Node, right: Node, is_double: bool) -> Node:
        if op == "%":
            if is_double:
                left, right = cast(left, "double"), cast(right, "double")
            return remainder(left, not_zero(right, double(0.0) if is_double else whole(0)))
        if is_double:
            return _DOUBLE[op](cast(left, "double"), cast(right, "double"))
        return self.dialect.calculate(op, left, right)


_LEAST, _MOST = -(2.0**63), 2.0**63


def _rounded(number: Node) -> Node:
    """The nearest whole number, halves up; null where it does not fit 64 bits."""
    nearest = cast(call("floor", add(number, constant(0.5))), "bigint")
    fits = all_of([compare(">=", number, double(_LEAST)), compare("<", number, double(_MOST))])
    return case((fits, nearest))
