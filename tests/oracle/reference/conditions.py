"""Conditions on a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle.reference import literals
from tests.oracle.reference.fields import TEXTS, WHOLE, NotModelled, Ref, Row, World
from usql.language import syntax as s


@dataclass(frozen=True)
class Clock:
    """The instants that variables mean, and the local offset in minutes."""

    now: int
    start: int
    end: int
    offset: int


def bare(node: Any) -> Any:
    while isinstance(node, s.Brackets):
        node = node.inner
    return node


def holds(world: World, clock: Clock, node: Any, row: Row) -> bool:
    node = bare(node)
    match node:
        case s.And(parts=parts):
            return all(holds(world, clock, p, row) for p in parts)
        case s.Or(parts=parts):
            return any(holds(world, clock, p, row) for p in parts)
        case s.Not(part=part):
            return not holds(world, clock, part, row)
    ref = world.resolve(bare(node.left))
    values = world.values(row, ref)
    match node:
        case s.Comparison(op="=", right=right) if isinstance(bare(right), s.Null):
            return not values
        case s.Comparison(op="!=", right=right) if isinstance(bare(right), s.Null):
            return bool(values)
        case s.Comparison(op="!=", right=right):
            return not any(_equal(ref, v, right, clock) for v in values)
        case s.Comparison(op="=", right=right):
            return any(_equal(ref, v, right, clock) for v in values)
        case s.Comparison(op=op, right=right):
            return any(_ordered(ref, v, op, right, clock) for v in values)
        case s.Between(low=low, high=high, negated=negated):
            found = any(
                _ordered(ref, v, ">=", low, clock) and _ordered(ref, v, "<=", high, clock)
                for v in values
            )
            return found != negated
        case s.In(values=s.ValueList() as wanted, negated=negated):
            return any(_equal(ref, v, w, clock) for v in values for w in wanted.values) != negated
        case s.Like(pattern=pattern, negated=negated):
            return any(literals.like(_text(pattern), v) for v in values) != negated
        case s.StartsWith(prefix=prefix, negated=negated):
            return any(v.startswith(_text(prefix)) for v in values) != negated
    raise NotModelled(node)


def _text(node: Any) -> str:
    node = bare(node)
    match node:
        case s.String(value=value):
            return value
        case s.Number(text=text):
            return text
        case s.Negative(operand=s.Number(text=text)):
            return "-" + text
    raise NotModelled(node)


def _number(node: Any) -> Fraction:
    found = literals.number(_text(node))
    if found is None:
        raise NotModelled(node)
    return found


def instant(node: Any, clock: Clock) -> Fraction:
    node = bare(node)
    match node:
        case s.Variable(name=name):
            return Fraction(
                {"NOW": clock.now, "TIME_FRAME_START": clock.start, "TIME_FRAME_END": clock.end}[
                    name
                ]
            )
        case s.Arithmetic(op=op, left=left, right=right):
            call = bare(right)
            text = call.arguments[0].value.strip()
            amount = int(text[:-1]) * (1 if op == "+" else -1)
            return Fraction(
                literals.shifted(int(instant(left, clock)), amount, text[-1], clock.offset)
            )
        case s.String(value=value) if literals.number(value) is None:
            return Fraction(literals.date(value, clock.offset))
    return _number(node)


def _equal(ref: Ref, value: Any, node: Any, clock: Clock) -> bool:
    node = bare(node)
    if ref.kind == "boolean":
        wanted = node.value if isinstance(node, s.Boolean) else node.value.lower() == "true"
        return bool(value == wanted)
    if ref.kind == "ip":
        return _address(value) == literals.address(_text(node))
    if ref.kind in TEXTS:
        return bool(value == _text(node))
    if ref.kind == "timestamp_ms":
        return bool(value == instant(node, clock))
    number = _number(node)
    return bool(value == (number if ref.kind in WHOLE else float(number)))


def _address(text: str) -> tuple[int, int] | None:
    try:
        return literals.address(text)
    except ValueError:
        return None


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _ordered(ref: Ref, value: Any, op: str, node: Any, clock: Clock) -> bool:
    compare = _OPERATORS[op]
    if ref.kind == "ip":
        own = _address(value)
        return own is not None and compare(own, literals.address(_text(node)))
    if ref.kind in TEXTS:
        return compare(value, _text(node))
    if ref.kind == "timestamp_ms":
        return compare(value, instant(node, clock))
    number = _number(node)
    return compare(value, number if ref.kind in WHOLE else float(number))
