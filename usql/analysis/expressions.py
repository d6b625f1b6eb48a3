"""Expressions of the select list: fields, functions and arithmetic (LANGUAGE.md §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator

from usql.analysis.bound import (
    Calculation,
    Constant,
    DateText,
    Expression,
    FieldRef,
    Keys,
    Metric,
    Rounded,
    TopList,
    fields_of,
    type_of,
)
from usql.analysis.function_calls import Invalid, bind_call, bind_field, refuse
from usql.analysis.scope import Scope
from usql.analysis.values import plain
from usql.catalog.model import FieldType
from usql.language import syntax as s


def bind_expression(scope: Scope, node: s.Expression) -> Expression:
    """The meaning of a select item. Raises :class:`Invalid` after reporting a problem."""
    node = plain(node)
    match node:
        case s.Field():
            return bind_field(scope, node)
        case s.Number() | s.Negative() | s.Arithmetic():
            return _finished(scope, node)
        case s.Call():
            return bind_call(scope, node)
        case s.Hole():
            raise Invalid
        case s.String():
            if scope.has_hole(node):
                raise Invalid
            refuse(
                scope,
                "select-item",
                "A string cannot be selected; fields are written without quotes.",
                node.span,
                *scope.unquoted(node),
            )
        case s.Variable(name=name):
            refuse(scope, "select-item", f"${name} can be used in conditions only.", node.span)
    return refuse(
        scope, "select-item", "The select list holds fields, functions and arithmetic.", node.span
    )


# --- arithmetic -----------------------------------------------------------------------------------


def _finished(scope: Scope, node: s.Expression) -> Expression:
    """The whole of an arithmetic expression: after a division over integer fields the result is
    rounded."""
    bound = _arithmetic(scope, node)
    if isinstance(bound, Calculation):
        fields = list(_leaves(bound))
        _check_tables(scope, node, [f for leaf in fields for f in fields_of(leaf)])
        divides = any(_divisions(node))
        typed = [leaf for leaf in fields if not isinstance(leaf, Constant | Metric)]
        integral = any(type_of(leaf) is not FieldType.DOUBLE for leaf in typed)
        double = any(type_of(leaf) is FieldType.DOUBLE for leaf in typed)
        if divides and integral and not double:
            return Rounded(bound)
    return bound


def _arithmetic(scope: Scope, node: s.Expression) -> Expression:
    node = plain(node)
    match node:
        case s.Number(value=value):
            return Constant(value)
        case s.Negative(operand=operand):
            inner = _arithmetic(scope, operand)
            if isinstance(inner, Constant):
                return Constant(-inner.value)
            return Calculation("-", Constant(0), inner, type_of(inner) is FieldType.DOUBLE)
        case s.Arithmetic() if scope.report_hyphenated(node):
            raise Invalid
        case s.Arithmetic(op=op, left=left, right=right):
            problems = []
            sides = []
            for side in (left, right):
                try:
                    sides.append(_arithmetic(scope, side))
                except Invalid:
                    problems.append(side)
            if problems:
                raise Invalid
            double = op == "/" or any(type_of(x) is FieldType.DOUBLE for x in sides)
            return Calculation(op, sides[0], sides[1], double)
    bound = bind_expression(scope, node)
    if isinstance(bound, Metric):
        if not scope.profile.metric_arithmetic:
            refuse(
                scope,
                "metric-arithmetic",
                f"The {scope.profile.name} profile cannot calculate with metrics.",
                node.span,
            )
        return bound
    kind = type_of(bound)
    usable = kind.is_number or kind is FieldType.TIMESTAMP
    if isinstance(bound, TopList | Keys | DateText) or not usable:
        refuse(scope, "arithmetic-type", "Arithmetic takes numbers and dates only.", node.span)
    return bound


def _leaves(node: Expression) -> Iterator[Expression]:
    if isinstance(node, Calculation):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    else:
        yield node


def _divisions(node: s.Expression) -> Iterator[bool]:
    node = plain(node)
    match node:
        case s.Arithmetic(op=op, left=left, right=right):
            yield op == "/"
            yield from _divisions(left)
            yield from _divisions(right)
        case s.Negative(operand=operand):
            yield from _divisions(operand)


def _check_tables(scope: Scope, node: s.Expression, fields: list[FieldRef]) -> None:
    """Check that multi-valued operands, which are combined element by element, belong to the same
    rows."""
    multi = {(f.table, f.name if f.is_list else None) for f in fields if f.multi}
    if len(multi) > 1:
        refuse(
            scope,
            "arithmetic-type",
            "Lists of different tables cannot be calculated with "
            "each other; their entries do not belong together.",
            node.span,
        )
