"""Row expressions: cells of rows, and the values that become keys."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.oracle.reference import literals
from tests.oracle.reference.conditions import Clock, bare
from tests.oracle.reference.exports import LISTS
from tests.oracle.reference.fields import WHOLE, NotModelled, Ref, Row, World
from usql.language import syntax as s

PARTS: dict[str, Callable[[datetime.datetime], int]] = {
    "YEAR": lambda moment: moment.year,
    "MONTH": lambda moment: moment.month,
    "DAY": lambda moment: moment.day,
    "HOUR": lambda moment: moment.hour,
    "MINUTE": lambda moment: moment.minute,
}
_FORMAT = "yyyy-MM-dd HH:mm"
METRICS = ("SUM", "MIN", "MAX", "AVG", "MEDIAN", "PERCENTILE", "COUNT", "CONDITION")


def fields(world: World, node: Any) -> list[Ref]:
    """The fields of a row expression."""
    node = bare(node)
    match node:
        case s.Field():
            return [world.resolve(node)]
        case s.Arithmetic(left=left, right=right):
            return fields(world, left) + fields(world, right)
        case s.Negative(operand=operand):
            return fields(world, operand)
        case s.Call(name=name, arguments=arguments) if name not in METRICS:
            return fields(world, arguments[0])
    return []


def has_metric(node: Any) -> bool:
    node = bare(node)
    match node:
        case s.Call(name=name, arguments=arguments):
            return name in METRICS or any(has_metric(a) for a in arguments)
        case s.Arithmetic(left=left, right=right):
            return has_metric(left) or has_metric(right)
        case s.Negative(operand=operand):
            return has_metric(operand)
    return False


def is_multi(world: World, node: Any) -> bool:
    node = bare(node)
    is_keys = isinstance(node, s.Call) and node.name == "KEYS"
    return is_keys or any(ref.multi(world.table) for ref in fields(world, node))


def is_nested(world: World, node: Any) -> bool:
    """Whether a row has a list for each of its children: of a list field, or of keys."""
    node = bare(node)
    is_keys = isinstance(node, s.Call) and node.name == "KEYS"
    return world.table == "usersession" and any(
        ref.table != "usersession" and (ref.is_list or is_keys) for ref in fields(world, node)
    )


def alone(world: World, node: Any, row: Row) -> list[Row]:
    """The session once for each of the children whose lists the expression reads, with it alone."""
    table = next(r.table for r in fields(world, node) if r.table != "usersession")
    name = LISTS[table]
    return [Row({**row.session, name: [child]}) for child in row.session.get(name) or []]


def slots(world: World, clock: Clock, node: Any, row: Row) -> list[Any]:
    """The expression in a row: one value (or ``None``), or several."""
    node = bare(node)
    match node:
        case s.Field():
            return world.slots(row, world.resolve(node))
        case s.Call(name="KEYS", arguments=(argument,)):
            keys = [p["key"] for pairs in slots(world, clock, argument, row) for p in pairs]
            return list(dict.fromkeys(keys))
        case s.Call(name=name, arguments=arguments) if name in PARTS or name == "DATETIME":
            return [date_function(node, ms, clock) for ms in slots(world, clock, arguments[0], row)]
        case s.Number() | s.Arithmetic() | s.Negative():
            return _calculated(world, clock, node, row)
    raise NotModelled(node)


def date_function(node: s.Call, ms: Any, clock: Clock) -> Any:
    """``YEAR`` … ``MINUTE`` or ``DATETIME`` of an instant."""
    if ms is None:
        return None
    local = math.floor(ms) + clock.offset * 60_000
    if node.name in PARTS:
        return PARTS[node.name](literals.from_ms(local))
    form = _argument(node, 1)
    given = len(node.arguments) > 2
    shown = rounded_time(node, ms, clock) if given else local
    return literals.date_text(form.value if form else _FORMAT, shown)


def _argument(node: s.Call, number: int) -> Any:
    """An argument without the brackets around it, if it is given."""
    return bare(node.arguments[number]) if len(node.arguments) > number else None


def rounded_time(node: s.Call, ms: Any, clock: Clock) -> int:
    """The local time behind a DATETIME, rounded to its interval, or else by its format."""
    local = math.floor(ms) + clock.offset * 60_000
    interval = _argument(node, 2)
    if interval is not None:
        return literals.rounded(
            interval.text if isinstance(interval, s.Number) else interval.value, local
        )
    form = _argument(node, 1)
    return literals.rounded_by_format(form.value if form else _FORMAT, local)


# --- arithmetic -----------------------------------------------------------------------------------


def _calculated(world: World, clock: Clock, node: Any, row: Row) -> list[Any]:
    operands = leaves(node)
    given = [slots(world, clock, leaf, row) for leaf in operands]
    width = max(
        (len(g) for g, leaf in zip(given, operands, strict=True) if is_multi(world, leaf)),
        default=None,
    )
    if any(is_multi(world, leaf) for leaf in operands):
        width = next(
            len(g) for g, leaf in zip(given, operands, strict=True) if is_multi(world, leaf)
        )
        spread = [
            g if is_multi(world, leaf) else g * width
            for g, leaf in zip(given, operands, strict=True)
        ]
        return [calculate(world, node, [g[i] for g in spread]) for i in range(width)]
    return [calculate(world, node, [g[0] for g in given])]


def leaves(node: Any) -> list[Any]:
    """The operands of an arithmetic expression that are fields or functions, in order."""
    node = bare(node)
    match node:
        case s.Arithmetic(left=left, right=right):
            return leaves(left) + leaves(right)
        case s.Negative(operand=operand):
            return leaves(operand)
        case s.Number():
            return []
    return [node]


def calculate(world: World, node: Any, values: list[Any], metrics: bool = False) -> Any:
    """Arithmetic over given operand values, with the final rounding."""
    remaining = list(values)
    result = _compute(node, remaining)
    if result is None or not _divides(node):
        return result
    typed = [_kind(world, leaf) for leaf in leaves(node) if not has_metric(leaf)]
    if typed and all(kind in WHOLE for kind in typed):
        whole = math.floor(Fraction(result) + Fraction(1, 2))
        return whole if -(2**63) <= whole < 2**63 else None
    return result


def _kind(world: World, leaf: Any) -> str:
    if isinstance(leaf, s.Call):
        return "integer"
    return world.resolve(leaf).kind


def _divides(node: Any) -> bool:
    node = bare(node)
    match node:
        case s.Arithmetic(op=op, left=left, right=right):
            return op == "/" or _divides(left) or _divides(right)
        case s.Negative(operand=operand):
            return _divides(operand)
    return False


def _compute(node: Any, values: list[Any]) -> Any:
    node = bare(node)
    match node:
        case s.Number(value=value):
            return _bounded(value)
        case s.Negative(operand=operand) if isinstance(bare(operand), s.Number):
            return _bounded(-bare(operand).value)
        case s.Negative(operand=operand):
            inner = _compute(operand, values)
            if inner is None:
                return None
            return _bounded(-inner)
        case s.Arithmetic(op=op, left=left, right=right):
            a = _compute(left, values)
            b = _compute(right, values)
            return _apply(op, a, b, op == "/" or _doubles(left) or _doubles(right))
    return values.pop(0)


def _doubles(node: Any) -> bool:
    return _divides(node)


def _apply(op: str, a: Any, b: Any, double: bool) -> Any:
    if a is None or b is None:
        return None
    if double or isinstance(a, float) or isinstance(b, float):
        a, b = float(a), float(b)
    if op in "/%" and b == 0:
        return None
    try:
        if op == "%":
            result = (
                math.fmod(a, b) if isinstance(a, float) else abs(a) % abs(b) * (-1 if a < 0 else 1)
            )
        else:
            result = a + b if op == "+" else a - b if op == "-" else a * b if op == "*" else a / b
    except (OverflowError, ValueError):
        return None
    return _bounded(result)


def _bounded(result: Any) -> Any:
    if isinstance(result, float):
        return result if math.isfinite(result) else None
    return result if -(2**63) <= result < 2**63 else None
