"""The meaning of function calls: date functions, lists of values, metrics (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace as changed
from decimal import Decimal
from typing import NoReturn, assert_never

from usql.analysis.bound import (
    DatePart,
    DateText,
    Expression,
    FieldRef,
    Keys,
    Metric,
    TopList,
)
from usql.analysis.conditions import bind_condition
from usql.analysis.scope import Scope
from usql.analysis.values import plain, with_article
from usql.catalog.model import Cardinality, FieldType
from usql.errors import ControlFlow, DateFormatError, InternalError
from usql.language import syntax as s
from usql.language.calls import function_of
from usql.language.declarations import Form, Function, Takes
from usql.language.diagnostics import Edit, Fix, Span, replace
from usql.language.formatter import quote
from usql.language.functions import DISTINCT, FUNCTIONS, PRESENT, ROWS, aggregate
from usql.language.literals import (
    LONGEST_FORMAT,
    DateFormat,
    Interval,
    parse_date_format,
    parse_interval,
)

_NUMBERS = frozenset(kind for kind in FieldType if kind.is_number)
_WHOLE = frozenset(FieldType) - {FieldType.PROPERTIES}
_TYPES = {Takes.NUMBER: _NUMBERS, Takes.MEASURE: _NUMBERS | {FieldType.TIMESTAMP}}
"""Types of fields that metrics take."""

_DEFAULT_FORMAT = "yyyy-MM-dd HH:mm"


class Invalid(ControlFlow):
    """The problem was reported; there is no expression to go on with."""


def refuse(scope: Scope, name: str, message: str, span: Span, *fixes: Fix) -> NoReturn:
    """Report a problem under the rule ``name`` and raise :class:`Invalid`."""
    scope.report(name, message, span, *fixes)
    raise Invalid


def bind_field(scope: Scope, node: s.Field) -> FieldRef:
    """The field that the words mean; raises :class:`Invalid` after reporting that there is none."""
    reference = scope.resolve(node)
    if reference is None:
        raise Invalid
    return reference


def bind_call(scope: Scope, node: s.Call) -> Expression:
    """The meaning of a call. Raises :class:`Invalid` after reporting a problem."""
    if scope.holes.within(node.name_span):
        _judge_arguments(scope, node)
        raise Invalid
    function = FUNCTIONS.get(node.name)
    if function is None:
        names = scope.near(node.name, FUNCTIONS)
        refuse(
            scope,
            "unknown-function",
            f"There is no function {node.name}.",
            node.name_span,
            *(replace(f"write {n}", node.name_span, n) for n in names),
        )
    match function.form:
        case Form.COUNT | Form.AGGREGATE | Form.CONDITION:
            return _metric(scope, node, function)
        case Form.TOP:
            return _top(scope, node, function)
        case Form.KEYS:
            return _keys(scope, node, function)
        case Form.DATE_PART:
            (argument,) = _arguments(scope, node, function)
            return DatePart(function.name, _date(scope, node, argument))
        case Form.DATE_TEXT:
            return _datetime(scope, node, function)
        case Form.LENGTH:
            refuse(scope, "select-item", f"{function.name} moves a time in a condition.", node.span)
        case Form.FUNNEL:
            raise InternalError("FUNNEL is a word of the grammar and never a call")
    assert_never(function.form)


def _judge_arguments(scope: Scope, node: s.Call) -> None:
    """Report problems with the arguments that do not depend on the function."""
    for argument in node.arguments:
        match argument:
            case s.Field():
                scope.resolve(argument)
            case s.Where(condition=condition):
                bind_condition(scope, condition)


def _arguments(scope: Scope, node: s.Call, function: Function) -> tuple[s.Argument, ...]:
    least, most = function.least, function.most
    count = len(node.arguments)
    if least <= count <= most:
        return node.arguments
    if count < least and any(isinstance(a, s.Hole) for a in node.arguments):
        raise Invalid  # a placeholder may stand for several
    expected = str(least) if least == most else f"{least} to {most}"
    span = node.arguments[most].span if count > most else node.span
    noun = "argument" if expected == "1" else "arguments"
    refuse(scope, "argument", f"{node.name} takes {expected} {noun}, not {count}.", span)


def _column(
    scope: Scope,
    name: str,
    argument: s.Argument,
    expected: str = "a field",
    kinds: Container[FieldType] = frozenset(FieldType),
) -> FieldRef:
    """An argument that is a field. A field in quotes is corrected if its type is among the
    ``kinds`` that the function takes."""
    node = plain(argument) if isinstance(argument, s.Expression) else argument
    if isinstance(node, s.Hole):
        raise Invalid
    quoted = scope.table.get(node.value) if isinstance(node, s.String) else None
    if isinstance(node, s.String) and quoted is not None and quoted.type in kinds:
        refuse(
            scope,
            "argument",
            f"{name} takes {expected}; fields are written without quotes.",
            node.span,
            *scope.unquoted(node),
        )
    if isinstance(node, s.Arithmetic) and scope.report_hyphenated(node):
        raise Invalid
    if not isinstance(node, s.Field):
        refuse(scope, "argument", f"{name} takes {expected} here.", node.span)
    return bind_field(scope, node)


def _date(scope: Scope, node: s.Call, argument: s.Argument) -> Expression:
    """The date that a date function reads: a date field, or a metric over one."""
    inner = plain(argument) if isinstance(argument, s.Expression) else argument
    metric = _called_metric(inner)
    if metric is not None and isinstance(inner, s.Call):
        bound: Expression = _metric(scope, inner, metric)
        is_date = (
            isinstance(bound, Metric)
            and bound.field is not None
            and bound.field.type is FieldType.TIMESTAMP
            and aggregate(bound.function).result.keeps_dates
        )
    else:
        bound = _column(scope, node.name, argument, Takes.DATE.value, (FieldType.TIMESTAMP,))
        is_date = bound.type is FieldType.TIMESTAMP
    if not is_date:
        refuse(scope, "argument", f"{node.name} takes a date.", argument.span)
    return bound


def _called_metric(node: s.Argument) -> Function | None:
    """The metric that an argument calls."""
    function = function_of(node)
    return function if function is not None and function.is_metric else None


def _datetime(scope: Scope, node: s.Call, function: Function) -> Expression:
    arguments = _arguments(scope, node, function)
    operand = _date(scope, node, arguments[0])
    pattern: DateFormat | None = parse_date_format(_DEFAULT_FORMAT)
    interval: Interval | None = None
    if len(arguments) > 1:
        text = _string_argument(scope, node, arguments[1], 'a format such as "yyyy-MM-dd"')
        pattern = _format(scope, text, arguments[1].span)
    if len(arguments) > 2:
        interval = _interval(scope, node, arguments[2])
    if pattern is None:
        raise Invalid
    return DateText(operand, pattern, interval)


def _format(scope: Scope, text: str, span: Span) -> DateFormat | None:
    if len(text) > LONGEST_FORMAT:
        scope.report(
            "long-date-format",
            f"The format has {len(text):,} characters; DATETIME takes at most {LONGEST_FORMAT}.",
            span,
        )
        return None
    try:
        return parse_date_format(text)
    except DateFormatError as error:
        scope.report(
            "date-format", str(error), span, *_of_other_languages(text, error.letters, span)
        )
        return None


def _of_other_languages(text: str, letters: str, span: Span) -> Iterator[Fix]:
    """Corrections for letters of other systems, where ``YYYY`` and ``DD`` are the year and the
    day."""
    if letters and set(letters) <= set("YD"):
        meant = quote(text.replace("Y", "y").replace("D", "d"))
        yield replace(f"write {meant}", span, meant)


def _interval(scope: Scope, node: s.Call, argument: s.Argument) -> Interval:
    operand = plain(argument) if isinstance(argument, s.Expression) else argument
    if isinstance(operand, s.Number):
        text = operand.text
    else:
        text = _string_argument(scope, node, operand, 'an interval such as "5m"')
    try:
        return parse_interval(text)
    except ValueError as error:
        scope.report("date-interval", str(error), argument.span)
        raise Invalid from None


def _string_argument(scope: Scope, node: s.Call, argument: s.Argument, expected: str) -> str:
    if isinstance(argument, s.Hole | s.String) and scope.has_hole(argument):
        raise Invalid
    if not isinstance(argument, s.String):
        refuse(scope, "argument", f"{node.name} takes {expected} here.", argument.span)
    return argument.value


def _top(scope: Scope, node: s.Call, function: Function) -> TopList:
    arguments = _arguments(scope, node, function)
    field = _whole_values(scope, node, _column(scope, node.name, arguments[0], kinds=_WHOLE))
    count = 1
    if len(arguments) == 2:
        number = arguments[1]
        if isinstance(number, s.Hole):
            raise Invalid
        if not isinstance(number, s.Number) or isinstance(number.value, float) or number.value < 1:
            refuse(
                scope,
                "argument",
                f"{node.name} takes a whole number of values, at least 1.",
                number.span,
            )
        count = int(min(number.value, 2**62))
    return TopList(field, count)


def _whole_values(scope: Scope, node: s.Call, field: FieldRef) -> FieldRef:
    if field.type is FieldType.PROPERTIES:
        refuse(
            scope,
            "argument",
            f"{node.name} takes a single property, as in {field.name}.key.",
            node.span,
        )
    return field


def _keys(scope: Scope, node: s.Call, function: Function) -> Keys:
    (argument,) = _arguments(scope, node, function)
    expected = f"{Takes.PROPERTIES.value} such as stringProperties"
    field = _column(scope, node.name, argument, expected, (FieldType.PROPERTIES,))
    if field.type is not FieldType.PROPERTIES:
        refuse(scope, "argument", f"{node.name} takes {expected}.", argument.span)
    return Keys(field)


# --- metrics --------------------------------------------------------------------------------------


def _metric(scope: Scope, node: s.Call, function: Function) -> Metric:
    arguments = _arguments(scope, node, function)
    if function.form is Form.CONDITION:
        return _condition(scope, node, arguments)
    if function.form is Form.COUNT:
        return _count(scope, node, arguments[0])
    field = _column(scope, node.name, arguments[0])
    _check_type(scope, function, field, arguments[0].span)
    percent = function.percent
    for parameter, argument in zip(function.parameters, arguments, strict=True):
        if parameter.takes is Takes.PERCENT:
            percent = _percent(scope, node, argument)
    (computed,) = function.aggregates
    return Metric(computed.name, field, percent)


def _check_type(scope: Scope, function: Function, field: FieldRef, span: Span) -> None:
    """Report a field whose type the metric does not take."""
    takes = function.parameters[0].takes
    if field.type not in _TYPES[takes]:
        refuse(
            scope,
            "metric-type",
            f"{function.name} takes {takes.value}; `{field.text}` is {with_article(field.type)}.",
            span,
        )


def _percent(scope: Scope, node: s.Call, argument: s.Argument) -> float:
    if isinstance(argument, s.Hole):
        raise Invalid
    if not isinstance(argument, s.Number) or not 0 <= argument.value <= 100:
        refuse(scope, "argument", f"{node.name} takes {Takes.PERCENT.value}.", argument.span)
    if 0 < argument.value < 1:
        percent = Decimal(argument.text) * 100
        meant = f"{percent.normalize():f}"
        scope.report(
            "percentile-fraction",
            f"Percentiles are numbers from 0 to 100: {argument.text} is less than one percent of "
            "the values.",
            argument.span,
            replace(f"write {meant}", argument.span, meant),
        )
    return float(argument.value)


def _count(scope: Scope, node: s.Call, argument: s.Argument) -> Metric:
    if isinstance(argument, s.Star) and argument.table is None:
        return Metric(ROWS.name)
    if isinstance(argument, s.Number):
        refuse(
            scope,
            "argument",
            f"{node.name} takes * or a field.",
            argument.span,
            replace(f"write {node.name}(*)", argument.span, "*"),
        )
    if not isinstance(argument, s.Distinct):
        return Metric(PRESENT.name, _column(scope, node.name, argument, "* or a field"))
    field = _whole_values(scope, node, _column(scope, node.name, argument.operand, kinds=_WHOLE))
    if field.cardinality is Cardinality.EXTREME and not scope.profile.extreme_distinct:
        refuse(
            scope,
            "distinct-cardinality",
            f"`{field.text}` has extremely many values; the {scope.profile.name} profile does not "
            "count them.",
            argument.span,
        )
    return Metric(DISTINCT.name, field)


def _condition(scope: Scope, node: s.Call, arguments: tuple[s.Argument, ...]) -> Metric:
    inner, where = arguments
    if isinstance(where, s.Hole):
        raise Invalid
    if not isinstance(where, s.Where):
        refuse(
            scope,
            "argument",
            f"{node.name} takes a metric and WHERE with a condition.",
            where.span,
            Fix("insert WHERE", (Edit(Span(where.span.start, where.span.start), "WHERE "),)),
        )
    condition = bind_condition(scope, where.condition)
    call = plain(inner) if isinstance(inner, s.Expression) else inner
    if isinstance(call, s.Hole):
        raise Invalid
    metric = _called_metric(call)
    if not isinstance(call, s.Call) or metric is None or metric.form is Form.CONDITION:
        refuse(
            scope,
            "argument",
            f"The first argument of {node.name} is a metric such as COUNT(*).",
            inner.span,
        )
    return changed(_metric(scope, call, metric), where=condition)
