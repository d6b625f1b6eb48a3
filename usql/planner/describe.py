"""Bound conditions and expressions as text, for EXPLAIN."""

from __future__ import annotations

from collections.abc import Mapping

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Calculation,
    Condition,
    Constant,
    DatePart,
    DateText,
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    Key,
    KeyRef,
    Keys,
    Matches,
    Metric,
    Negation,
    OneOf,
    OrderBy,
    Predicate,
    Prefix,
    Present,
    Range,
    Rounded,
    RowJson,
    Test,
    Timeframe,
    TopList,
    Value,
)
from usql.language.functions import aggregate
from usql.language.literals.like import LikePattern, Wildcard

_MOST_VALUES = 5


def timeframe_text(timeframe: Timeframe) -> Mapping[str, str]:
    """The limits of a timeframe, by name; an open end has none."""
    limits = {"from": timeframe.start, "until": timeframe.end}
    return {name: str(value) for name, value in limits.items() if value is not None}


def condition_text(node: Condition) -> str:
    """A condition as text; ``some`` marks a test of several values per row."""
    match node:
        case Test(field=field, predicate=predicate):
            some = "some " if field.multi else ""
            return f"{some}{field.text} {_predicate(predicate)}"
        case Negation(part=part):
            return f"not ({condition_text(part)})"
        case AllOf(parts=()):
            return "always"
        case AnyOf(parts=()):
            return "never"
        case AllOf(parts=parts):
            return " and ".join(
                f"({condition_text(p)})" if isinstance(p, AnyOf) else condition_text(p)
                for p in parts
            )
        case AnyOf(parts=parts):
            return " or ".join(condition_text(p) for p in parts)


def _predicate(node: Predicate) -> str:
    match node:
        case Present():
            return "is present"
        case OneOf(values=(single,)):
            return f"= {_value(single)}"
        case OneOf(values=values):
            shown = ", ".join(_value(v) for v in values[:_MOST_VALUES])
            return f"in ({shown}{', …' if len(values) > _MOST_VALUES else ''})"
        case Range(low=low, high=high):
            parts = []
            if low is not None:
                parts.append(f"{'>=' if node.low_closed else '>'} {_value(low)}")
            if high is not None:
                parts.append(f"{'<=' if node.high_closed else '<'} {_value(high)}")
            return " and ".join(parts) or "is present"
        case Prefix(prefix=prefix):
            return f"starts with {_value(prefix)}"
        case Matches(pattern=pattern):
            return f"like {_value(_pattern(pattern))}"


def _pattern(pattern: LikePattern) -> str:
    return "".join(p.value if isinstance(p, Wildcard) else p for p in pattern.parts)


def _value(value: Value) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, tuple):
        import ipaddress

        version, number = value
        return str(ipaddress.IPv6Address(number) if version else ipaddress.IPv4Address(number))
    return str(value).lower() if isinstance(value, bool) else str(value)


def expression_text(node: Expression, keys: tuple[Key, ...]) -> str:
    """An expression as text, with references to keys spelled out."""

    def text(inner: Expression) -> str:
        return expression_text(inner, keys)

    match node:
        case FieldRef():
            return node.text
        case KeyRef(index=index):
            return text(keys[index].expression)
        case Constant(value=value):
            return str(value)
        case DatePart(part=part, operand=operand):
            return f"{part.lower()}({text(operand)})"
        case DateText(operand=operand):
            return f"datetime({text(operand)})"
        case Keys(field=field):
            return f"keys({field.text})"
        case Calculation(op=op, left=left, right=right):
            return f"({text(left)} {op} {text(right)})"
        case Rounded(operand=operand):
            return f"round({text(operand)})"
        case RowJson():
            return "json"
        case Metric():
            return _metric(node)
        case TopList(operand=operand, count=count):
            return f"top({text(operand)}, {count})"
        case DistinctList(operand=operand):
            return f"distinct list of {text(operand)}"
        case Extreme(operand=operand, largest=largest):
            return f"{'largest' if largest else 'smallest'} {text(operand)}"


def _metric(node: Metric) -> str:
    field = "" if node.field is None else node.field.text
    shown = aggregate(node.function).text.format(field=field, percent=node.percent)
    return shown if node.where is None else f"{shown} where {condition_text(node.where)}"


def key_text(expression: Expression, top: int | None) -> str:
    """A key with its TOP, if it has one."""
    shown = expression_text(expression, ())
    return shown if top is None else f"top {top} of {shown}"


def order_text(order: OrderBy, keys: tuple[Key, ...]) -> str:
    """An order column as text."""
    return expression_text(order.expression, keys) + (" descending" if order.descending else "")
