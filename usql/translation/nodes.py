"""SQL nodes that all dialects have in common. Each takes copies of its parts, so that a part may be
used in several places."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from sqlglot import exp

from usql.catalog import FieldType

Node: TypeAlias = exp.Expr

TYPES = {
    FieldType.STRING: "text",
    FieldType.ENUM: "text",
    FieldType.IP: "text",
    FieldType.INTEGER: "bigint",
    FieldType.LONG: "bigint",
    FieldType.TIMESTAMP: "bigint",
    FieldType.DOUBLE: "double",
    FieldType.BOOLEAN: "boolean",
}
"""The type of one value; times are milliseconds since 1970."""

_INT64 = range(-(2**63), 2**63)


def call(name: str, *arguments: Node) -> Node:
    """A function of this name, in the spelling of the dialect."""
    return exp.Anonymous(this=name, expressions=[a.copy() for a in arguments])


def text(value: str) -> Node:
    """A text."""
    return exp.Literal.string(value)


def whole(value: int) -> Node:
    """A whole number; null if it does not fit 64 bits (LANGUAGE.md §7)."""
    if value not in _INT64:
        return null(FieldType.LONG)
    if value == _INT64.start:  # the number without its sign would not fit
        return cast(text(str(value)), "bigint")
    literal = exp.Literal.number(str(abs(value)))
    return exp.Neg(this=literal) if value < 0 else literal


def double(value: float) -> Node:
    """A decimal number, in a notation that makes it a double rather than a fixed-point number."""
    if math.isinf(value):
        return cast(text("Infinity" if value > 0 else "-Infinity"), "double")
    digits = repr(abs(value))
    literal = exp.Literal.number(digits if "e" in digits else f"{digits}e0")
    return exp.Neg(this=literal) if math.copysign(1, value) < 0 else literal


def constant(value: str | int | float | bool) -> Node:
    """A value with which a field is compared."""
    match value:
        case bool():
            return truth(value)
        case str():
            return text(value)
        case int():
            return whole(value)
        case float():
            return double(value)


def truth(value: bool) -> Node:
    """TRUE or FALSE."""
    return exp.Boolean(this=value)


def null(kind: FieldType) -> Node:
    """The missing value of a type."""
    return cast(exp.Null(), TYPES[kind])


def cast(node: Node, kind: str) -> Node:
    """The node as another type; fails if a value does not fit."""
    if kind == "double" and isinstance(node, exp.Literal) and not node.is_string:
        return double(float(node.this))
    return exp.Cast(this=node.copy(), to=exp.DataType.build(kind))


def column(name: str, table: str | None = None, *, quoted: bool = False) -> Node:
    """A column by its name, with its table if that must be said."""
    return exp.column(exp.to_identifier(name, quoted=quoted), table)


def qualified(node: Node, names: Collection[str], table: Callable[[str], str]) -> Node:
    """The node with each column of one of these names qualified by the table; in ORDER BY the bare
    name would mean a column of the result. Variables of functions are not columns."""

    def with_table(part: Node) -> Node:
        if isinstance(part, exp.Column) and not part.table and part.name.lower() in names:
            around = part.find_ancestor(exp.Lambda)
            while around is not None:
                if part.name in {one.name for one in around.expressions}:
                    return part
                around = around.find_ancestor(exp.Lambda)
            part.set("table", exp.to_identifier(table(part.name)))
        return part

    return node.copy().transform(with_table, copy=False)


def variable(name: str) -> Node:
    """The variable of a function that is passed to another."""
    return exp.column(name)


def member(of: Node, name: str, *, quoted: bool = False) -> Node:
    """A field of a struct."""
    return exp.Dot(this=of.copy(), expression=exp.to_identifier(name, quoted=quoted))


def named(node: Node, name: str, *, quoted: bool = False) -> Node:
    """A column of a select list."""
    return exp.alias_(node.copy(), exp.to_identifier(name, quoted=quoted))


def binary(kind: type[exp.Expr], left: Node, right: Node) -> Node:
    """``left op right``, in brackets where they are operators themselves."""
    return kind(this=_wrapped(left), expression=_wrapped(right))


def compare(op: str, left: Node, right: Node) -> Node:
    """A comparison by its sign."""
    return binary(_COMPARISONS[op], left, right)


_COMPARISONS: dict[str, type[exp.Expr]] = {
    "=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
}  # fmt: skip


def add(left: Node, right: Node) -> Node:
    """The sum."""
    return binary(exp.Add, left, right)


def subtract(left: Node, right: Node) -> Node:
    """The difference."""
    return binary(exp.Sub, left, right)


def multiply(left: Node, right: Node) -> Node:
    """The product."""
    return binary(exp.Mul, left, right)


def divide(left: Node, right: Node) -> Node:
    """The quotient of doubles, null for division by zero."""
    return binary(exp.Div, left, not_zero(right, double(0.0)))


def not_zero(divisor: Node, zero: Node) -> Node:
    """A divisor, null if it is zero."""
    is_literal = isinstance(divisor, exp.Literal) and float(divisor.this) != 0
    return divisor.copy() if is_literal else call("nullif", divisor, zero)


def quotient(left: Node, right: Node) -> Node:
    """The integer part of a quotient, rounded towards zero."""
    return binary(exp.IntDiv, left, right)


def remainder(left: Node, right: Node) -> Node:
    """The remainder of a division, with the sign of the dividend."""
    return binary(exp.Mod, left, right)


def joined(parts: Iterable[Node]) -> Node:
    """Texts concatenated; null if one of them is."""
    first, *others = parts
    result = first.copy()
    for part in others:
        result = exp.DPipe(this=result, expression=_wrapped(part))
    return result


def _wrapped(node: Node) -> Node:
    copied = node.copy()
    is_operator = isinstance(copied, exp.Binary | exp.Unary | exp.Between | exp.In)
    if not is_operator or isinstance(copied, exp.Dot | exp.Paren | exp.Neg):
        return copied
    return exp.Paren(this=copied)


def all_of(conditions: Iterable[Node]) -> Node:
    """The conjunction; of none, TRUE."""
    return _connected(exp.And, conditions, truth(True))


def any_of(conditions: Iterable[Node]) -> Node:
    """The disjunction; of none, FALSE."""
    return _connected(exp.Or, conditions, truth(False))


def _connected(kind: type[exp.Connector], conditions: Iterable[Node], empty: Node) -> Node:
    result: Node | None = None
    for part in conditions:
        copied: Node = part.copy()
        if isinstance(copied, exp.Connector) and not isinstance(copied, kind):
            copied = exp.Paren(this=copied)
        result = copied if result is None else kind(this=result, expression=copied)
    return empty if result is None else result


def negated(condition: Node) -> Node:
    """NOT of a condition that is never null."""
    copied = condition.copy()
    is_bare = isinstance(copied, exp.Anonymous | exp.Boolean | exp.Exists | exp.Paren)
    return exp.Not(this=copied if is_bare else exp.Paren(this=copied))


def present(node: Node) -> Node:
    """There is a value."""
    return exp.Is(this=node.copy(), expression=exp.Not(this=exp.Null()))


def coalesced(node: Node, other: Node) -> Node:
    """The value, or another where it is missing."""
    return call("coalesce", node, other)


def case(*whens: tuple[Node, Node], default: Node | None = None) -> Node:
    """The value of the first condition that holds; else the default, or null."""
    ifs = [exp.If(this=condition.copy(), true=value.copy()) for condition, value in whens]
    return exp.Case(ifs=ifs, default=None if default is None else default.copy())


def count_rows() -> Node:
    """``count(*)``."""
    return call("count", exp.Star())


def distinct(node: Node) -> Node:
    """DISTINCT before the argument of an aggregate."""
    return exp.Distinct(expressions=[node.copy()])


def only(aggregate: Node, condition: Node | None) -> Node:
    """The aggregate of the rows for which a condition holds; of all without one."""
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate.copy(), expression=exp.Where(this=condition.copy()))


def ordered(node: Node, *, descending: bool = False) -> exp.Ordered:
    """A column of an order, missing values last."""
    return exp.Ordered(this=node.copy(), desc=descending or None, nulls_first=False)


def over(function: Node, partition: Iterable[Node], order: Iterable[exp.Ordered] = ()) -> Node:
    """A window function."""
    columns = [o.copy() for o in order]
    return exp.Window(
        this=function.copy(),
        partition_by=[p.copy() for p in partition],
        order=exp.Order(expressions=columns) if columns else None,
    )


def same(left: Node, right: Node) -> Node:
    """Equality for which nulls are equal."""
    return exp.NullSafeEQ(this=left.copy(), expression=right.copy())
