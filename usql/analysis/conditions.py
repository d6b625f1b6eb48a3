"""Conditions: from the forms of the syntax tree to quantified tests (LANGUAGE.md §5)."""

from __future__ import annotations

from collections.abc import Iterator

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Condition,
    FieldRef,
    Negation,
    OneOf,
    Predicate,
    Present,
    Test,
    Unjudged,
)
from usql.analysis.scope import Scope
from usql.analysis.values import NotAValue, Values, plain
from usql.catalog.model import FieldType
from usql.language import syntax as s
from usql.language.calls import function_of
from usql.language.declarations import Place
from usql.language.diagnostics import Edit, Fix, Span, replace
from usql.language.formatter import field_text, quote

Tested = s.Comparison | s.Between | s.In | s.Like | s.StartsWith
"""Tests of a field against values."""


def bind_condition(scope: Scope, node: s.Condition) -> Condition:
    """The meaning of a condition. Parts with problems are reported and, like parts with
    placeholders, become :class:`Unjudged`, so that the rest is judged too."""
    match node:
        case s.And(parts=parts):
            return AllOf(tuple(bind_condition(scope, p) for p in parts))
        case s.Or(parts=parts):
            return AnyOf(tuple(bind_condition(scope, p) for p in parts))
        case s.Not(part=part):
            return Negation(bind_condition(scope, part))
        case s.Brackets(inner=inner):
            if isinstance(inner, s.Condition):
                return bind_condition(scope, inner)
            _needs_field(scope, inner)
        case s.Comparison() | s.Between() | s.In() | s.Like() | s.StartsWith():
            return _bind_test(scope, node)
        case s.Bare(expression=expression):
            _needs_field(scope, expression)
    return _unjudged(scope)


def _unjudged(scope: Scope) -> Unjudged:
    scope.left_out = True
    return Unjudged()


def tests(node: s.Condition) -> Iterator[s.Condition]:
    """The innermost parts of a condition, which are not made of other conditions."""
    match node:
        case s.And(parts=parts) | s.Or(parts=parts):
            for part in parts:
                yield from tests(part)
        case s.Not(part=part):
            yield from tests(part)
        case s.Brackets(inner=inner) if isinstance(inner, s.Condition):
            yield from tests(inner)
        case _:
            yield node


def _bind_test(scope: Scope, node: Tested) -> Condition:
    left = plain(node.left)
    field = None
    if isinstance(left, s.Field):
        field = scope.resolve(left)
    else:
        _needs_field(scope, left, *_turned(node))
    if field is None:
        return _unjudged(scope)
    assert isinstance(left, s.Field)
    try:
        predicate, negated = _predicate(Values(scope, field, left), node)
    except NotAValue:
        return _unjudged(scope)
    test = _test(field, predicate)
    return Negation(test) if negated else test


def _test(field: FieldRef, predicate: Predicate) -> Condition:
    if isinstance(predicate, OneOf) and not predicate.values:
        return AnyOf(())
    return Test(field, predicate)


def _predicate(values: Values, node: Tested) -> tuple[Predicate, bool]:
    match node:
        case s.Comparison(op=op, right=right):
            predicate = values.compare(op, right)
            # `f = NULL` tests for the absence of a value, `f != NULL` for its presence.
            return predicate, (op == "!=") != isinstance(predicate, Present)
        case s.Between(low=low, high=high, negated=negated):
            return values.between(low, high), negated
        case s.In(values=listed, negated=negated):
            entries = (listed,) if isinstance(listed, s.Hole) else listed.values
            return values.one_of(entries), negated
        case s.Like(pattern=pattern, negated=negated):
            return values.like(pattern), negated
        case s.StartsWith(prefix=prefix, negated=negated):
            return values.starts_with(prefix), negated


_TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _turned(node: Tested) -> Iterator[Fix]:
    """The correction of ``"Spain" = country``: the field on the left."""
    if isinstance(node, s.Comparison):
        value, field = plain(node.left), plain(node.right)
        if isinstance(value, s.String | s.Number | s.Boolean) and isinstance(field, s.Field):
            match value:
                case s.String(value=content):
                    text = quote(content)
                case s.Number(text=text):
                    pass
                case s.Boolean(value=truth):
                    text = "TRUE" if truth else "FALSE"
            meant = f"{field_text(field)} {_TURNED[node.op]} {text}"
            yield replace(f"write {meant}", node.span, meant)


def _needs_field(scope: Scope, node: s.Expression | s.Condition, *corrections: Fix) -> None:
    """Report what is in place of a condition's field."""
    fixes = list(corrections)
    node = plain(node)  # type: ignore[arg-type]  # conditions pass through unchanged
    match node:
        case s.Hole():
            return
        case s.Field():
            field = scope.resolve(node)
            if field is not None:
                name = field_text(node)
                test = "= TRUE" if field.type is FieldType.BOOLEAN else "IS NOT NULL"
                message = f"A condition compares `{name}` with a value, as in {name} {test}."
                end = Span(node.span.end, node.span.end)
                fix = Fix(f"write {name} {test}", (Edit(end, f" {test}"),))
                scope.report("condition-needs-field", message, node.span, fix)
            return
        case s.Call(name=name):
            message = f"{name}(…) cannot be tested; the left side of a condition is a field."
            function = function_of(node)
            if function is not None and Place.FILTER in function.places:
                message += " To keep groups by a metric, write FILTER after it in the select list."
        case s.Boolean():
            message = "TRUE or FALSE alone is not a condition; compare a field with it."
        case s.String():
            message = "A string cannot be tested; the left side of a condition is a field."
            fixes += scope.unquoted(node)
        case s.Arithmetic() if scope.report_hyphenated(node):
            return
        case s.Arithmetic() | s.Negative():
            message = "Arithmetic cannot be tested; the left side of a condition is a field."
        case _:
            message = "The left side of a condition is a field."
    scope.report("condition-needs-field", message, node.span, *fixes)
