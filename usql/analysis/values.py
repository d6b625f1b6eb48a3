"""Values: what a literal means when compared with a field of a given type (LANGUAGE.md §5, value
types)."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NoReturn, TypeVar

from usql.analysis.bound import FieldRef, Matches, OneOf, Predicate, Prefix, Present, Range, Value
from usql.analysis.scope import Scope
from usql.catalog.model import Field, FieldType
from usql.errors import ControlFlow
from usql.language import syntax as s
from usql.language.calls import function_of
from usql.language.common_mistakes import VARIABLES
from usql.language.declarations import Form
from usql.language.diagnostics import Fix, Span, replace
from usql.language.formatter import field_text, quote
from usql.language.literals import (
    exact_number,
    parse_address,
    parse_date,
    parse_duration,
    parse_like,
    shift,
)

Read = TypeVar("Read")

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

_EXPECTED = {
    FieldType.INTEGER: "a whole number",
    FieldType.LONG: "a whole number",
    FieldType.DOUBLE: "a number",
    FieldType.BOOLEAN: "TRUE or FALSE",
    FieldType.TIMESTAMP: "a date, milliseconds, or $NOW, $TIME_FRAME_START, $TIME_FRAME_END",
    FieldType.IP: "an address",
    FieldType.STRING: "a string",
    FieldType.ENUM: "a string",
}


class NotAValue(ControlFlow):
    """The problem was reported; there is no value to go on with."""


def plain(node: s.Expression) -> s.Expression:
    """The expression without surrounding brackets."""
    while isinstance(node, s.Brackets) and not isinstance(
        node.inner, s.And | s.Or | s.Not | s.Comparison
    ):
        node = node.inner  # type: ignore[assignment]  # conditions were ruled out
    return node


class Values:
    """Reads the values that are compared with one field."""

    def __init__(self, scope: Scope, field: FieldRef, node: s.Field) -> None:
        self.scope = scope
        self.field = field
        self.node = node

    # --- predicates

    def compare(self, op: str, value: s.Expression) -> Predicate:
        """``= < <= > >=`` with one value (``!=`` is the caller's negation of ``=``)."""
        value = plain(value)
        if isinstance(value, s.Null):
            if op not in ("=", "!="):
                self._wrong(value, "NULL has no order; write IS NULL or IS NOT NULL.")
            return Present()
        self._needs_key(value)
        if isinstance(value, s.ValueList):
            word = "NOT IN" if op == "!=" else "IN"
            between = Span(self.node.span.end, value.span.start)
            fix = replace(f"write {word}", between, f" {word} ")
            self.scope.report("list-needs-in", f"Several values need {word}.", value.span, fix)
            raise NotAValue
        if op in ("=", "!="):
            return self.one_of([value])
        read = self._ordered(value)
        closed = op in ("<=", ">=")
        if op[0] == "<":
            return self._range(None, read, True, closed)
        return self._range(read, None, closed, True)

    def between(self, low: s.Expression, high: s.Expression) -> Predicate:
        """The predicate that a single value is at least ``low`` and at most ``high``."""
        self._needs_key(low)
        first, last = _each(self._ordered, (plain(low), plain(high)))
        return self._range(first, last, True, True)

    def one_of(self, values: Sequence[s.Expression]) -> Predicate:
        """The predicate that the value equals one of these; NULL in the list never matches."""
        entries = _each(self._entry, [plain(value) for value in values])
        return OneOf(tuple(dict.fromkeys(value for entry in entries for value in entry)))

    def _entry(self, node: s.Expression) -> list[Value]:
        self._needs_key(node)
        if isinstance(node, s.Null):
            self._wrong(node, "NULL cannot be part of a list; write IS NULL.")
        return self._equal(node)

    def like(self, pattern: s.Expression) -> Predicate:
        """The predicate of ``LIKE``, which compares text."""
        text = self._text(plain(pattern), "LIKE")
        return Matches(parse_like(text))

    def starts_with(self, prefix: s.Expression) -> Predicate:
        """The predicate of ``STARTSWITH``, which compares text."""
        return Prefix(self._text(plain(prefix), "STARTSWITH"))

    # --- single values

    def _equal(self, node: s.Expression) -> list[Value]:
        """The values that are equal to this literal: none if no value can be."""
        kind = self.field.type
        if kind.is_integral:
            number = self._number(node) if kind is not FieldType.TIMESTAMP else self._instant(node)
            whole = number == math.floor(number) and INT64_MIN <= number <= INT64_MAX
            return [int(number)] if whole else []
        if kind is FieldType.DOUBLE:
            return [_double(self._number(node))]
        if kind is FieldType.BOOLEAN:
            return [self._boolean(node)]
        if kind is FieldType.IP:
            return [self._address(node)]
        text = self._string(node)
        if kind is FieldType.ENUM:
            self._check_enum(text, node.span)
        return [text]

    def _ordered(self, node: s.Expression) -> Fraction | str | tuple[int, int]:
        """The limit of a range."""
        kind = self.field.type
        if isinstance(node, s.Null):
            self._wrong(node, "NULL has no order.")
        if kind is FieldType.BOOLEAN:
            self._wrong(node, f"{self._name} is TRUE or FALSE and has no order; use = or !=.")
        if kind is FieldType.TIMESTAMP:
            return self._instant(node)
        if kind.is_number:
            return self._number(node)
        if kind is FieldType.IP:
            return self._address(node)
        return self._string(node)

    def _range(
        self,
        low: Fraction | str | tuple[int, int] | None,
        high: Fraction | str | tuple[int, int] | None,
        low_closed: bool,
        high_closed: bool,
    ) -> Predicate:
        kind = self.field.type
        if kind.is_integral:
            first = _first_integer(low, low_closed)
            last = _last_integer(high, high_closed)
            if first > last:
                return OneOf(())
            return Range(first if first > INT64_MIN else None, last if last < INT64_MAX else None)
        if kind is FieldType.DOUBLE:
            return Range(
                _double(low) if isinstance(low, Fraction) else None,
                _double(high) if isinstance(high, Fraction) else None,
                low_closed,
                high_closed,
            )
        assert not isinstance(low, Fraction)
        assert not isinstance(high, Fraction)
        return Range(low, high, low_closed, high_closed)

    # --- reading literals

    def _number(self, node: s.Expression) -> Fraction:
        negative = isinstance(node, s.Negative)
        inner = plain(node.operand) if isinstance(node, s.Negative) else node
        number: Fraction | None = None
        if isinstance(inner, s.Number):
            number = (
                Fraction(inner.value) if isinstance(inner.value, int) else exact_number(inner.text)
            )
        elif isinstance(inner, s.String) and not negative and inner.value.strip():
            self._skip_placeholder(inner)
            number = exact_number(inner.value)
        if number is None:
            self._wrong(node)
        return -number if negative else number

    def _boolean(self, node: s.Expression) -> bool:
        if isinstance(node, s.Boolean):
            return node.value
        if isinstance(node, s.String):
            self._skip_placeholder(node)
        if isinstance(node, s.String) and node.value.lower() in ("true", "false"):
            return node.value.lower() == "true"
        if isinstance(node, s.Number) and node.value in (0, 1):
            word = "TRUE" if node.value else "FALSE"
            self._wrong(node, None, replace(f"write {word}", node.span, word))
        return self._wrong(node)

    def _address(self, node: s.Expression) -> tuple[int, int]:
        if not isinstance(node, s.String):
            return self._wrong(node)
        self._skip_placeholder(node)
        try:
            return parse_address(node.value)
        except ValueError as error:
            self.scope.report("bad-address", str(error), node.span)
            raise NotAValue from None

    def _string(self, node: s.Expression) -> str:
        match node:
            case s.String(value=value):
                self._skip_placeholder(node)
                return value
            case s.Number(text=text):
                return text
            case s.Negative(operand=s.Number(text=text)):
                return f"-{text}"
        return self._wrong(node)

    def _skip_placeholder(self, node: s.String) -> None:
        if self.scope.has_hole(node):
            raise NotAValue

    def _text(self, node: s.Expression, word: str) -> str:
        self._needs_key(node)
        if not self.field.type.is_text:
            self._wrong(
                node, f"{word} reads text; {self._name} is {with_article(self.field.type)}."
            )
        if isinstance(node, s.Null):
            self._wrong(node, f"{word} needs a string; write IS NULL.")
        return self._string(node)

    def _instant(self, node: s.Expression) -> Fraction:
        """A timestamp: a date string, milliseconds, or a variable moved by durations."""
        match node:
            case s.String(value=value):
                self._skip_placeholder(node)
                number = exact_number(value)
                if number is not None:
                    return number
                try:
                    return Fraction(parse_date(value, self.scope.clock.utc_offset))
                except ValueError as error:
                    self.scope.report("bad-date", str(error), node.span)
                    raise NotAValue from None
            case s.Arithmetic(op="+" | "-" as op, left=left, right=right):
                base = self._instant(plain(left))
                return self._shifted(base, op, plain(right))
            case s.Variable(name=name):
                clock = self.scope.clock
                meanings = (clock.now, clock.start, clock.end)
                return Fraction(dict(zip(VARIABLES, meanings, strict=True))[name])
        return self._number(node)

    def _shifted(self, base: Fraction, op: str, right: s.Expression) -> Fraction:
        if isinstance(right, s.Hole) or (
            isinstance(right, s.Call) and self.scope.holes.within(right.name_span)
        ):
            raise NotAValue
        if isinstance(right, s.Number | s.String):
            length = _length(right.text if isinstance(right, s.Number) else right.value)
            hint = []
            if length is not None:
                written = f"DURATION({quote(length)})"
                hint = [replace(f"write {written}", right.span, written)]
            self.scope.report(
                "duration",
                'A time is moved by DURATION("2h"), not by a number or string.',
                right.span,
                *hint,
            )
            raise NotAValue
        function = function_of(right)
        if not isinstance(right, s.Call) or function is None or function.form is not Form.LENGTH:
            self._wrong(right, 'A time is moved by DURATION("2h").')
        argument = right.arguments[0] if len(right.arguments) == 1 else None
        if isinstance(argument, s.Hole):
            raise NotAValue
        if not isinstance(argument, s.String):
            self.scope.report(
                "duration",
                f'{function.name} takes one string, as in {function.name}("2h").',
                right.span,
            )
            raise NotAValue
        self._skip_placeholder(argument)
        try:
            duration = parse_duration(argument.value)
        except ValueError as error:
            self.scope.report("duration", str(error), argument.span)
            raise NotAValue from None
        base = Fraction(min(max(math.floor(base), INT64_MIN), INT64_MAX))
        return Fraction(
            shift(int(base), duration, 1 if op == "+" else -1, self.scope.clock.utc_offset)
        )

    # --- reports

    @property
    def _name(self) -> str:
        return f"`{field_text(self.node)}`"

    def _needs_key(self, node: s.Expression) -> None:
        if self.field.type is FieldType.PROPERTIES:
            self.scope.report(
                "value-type",
                f"{self._name} is a list of properties; name one of its keys, as in "
                f"{field_text(self.node)}.key.",
                self.node.span,
            )
            raise NotAValue

    def _check_enum(self, text: str, span: Span) -> None:
        table = self.scope.catalog.table(self.field.table)
        field = table.get(self.field.name)
        known = _enum_values(field)
        if text not in known and known:
            fixes = [
                replace(f"write {quote(n)}", span, quote(n)) for n in self.scope.near(text, known)
            ]
            self.scope.report(
                "unknown-enum-value",
                f"{quote(text)} is not a documented value of {self._name}.",
                span,
                *fixes,
            )

    def _wrong(self, node: s.Expression, message: str | None = None, *fixes: Fix) -> NoReturn:
        """Report a literal that cannot be a value of this field."""
        scope = self.scope
        match node:
            case s.Hole() | s.Negative(operand=s.Hole()):
                raise NotAValue
            case s.Field():
                if message is None or scope.table.get(node.name):
                    fix = (
                        []
                        if node.table or node.key or scope.table.get(node.name)
                        else [replace(f"write {quote(node.name)}", node.span, quote(node.name))]
                    )
                    scope.report(
                        "field-comparison",
                        f"{self._name} is compared with another name; conditions compare a "
                        "field with a value, and strings are written in quotes.",
                        node.span,
                        *fix,
                    )
                    raise NotAValue
            case s.Call():
                scope.report(
                    "value-type",
                    "A function cannot be used on the right side of a condition.",
                    node.span,
                )
                raise NotAValue
            case s.Variable() if self.field.type is not FieldType.TIMESTAMP:
                message = (
                    f"${node.name} is a time; {self._name} is {with_article(self.field.type)}."
                )
        expected = _EXPECTED[self.field.type]
        scope.report(
            "value-type",
            message
            or f"{self._name} is {with_article(self.field.type)} and needs {expected} here.",
            node.span,
            *fixes,
        )
        raise NotAValue


def _each(read: Callable[[s.Expression], Read], nodes: Sequence[s.Expression]) -> list[Read]:
    """The value of each literal. All of them are judged before the first :class:`NotAValue` is
    raised."""
    values = []
    for node in nodes:
        with contextlib.suppress(NotAValue):
            values.append(read(node))
    if len(values) < len(nodes):
        raise NotAValue
    return values


def _enum_values(field: Field | None) -> tuple[str, ...]:
    return field.values + field.later_values if field is not None else ()


def with_article(kind: FieldType) -> str:
    """The type with its article: ``a string``."""
    names: dict[FieldType, str] = {
        FieldType.INTEGER: "a whole number",
        FieldType.LONG: "a whole number",
        FieldType.DOUBLE: "a number",
        FieldType.BOOLEAN: "a boolean",
        FieldType.TIMESTAMP: "a date",
        FieldType.IP: "an address",
        FieldType.STRING: "a string",
        FieldType.ENUM: "an enum",
        FieldType.PROPERTIES: "a list of properties",
    }
    return names[kind]


def _double(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _length(text: str) -> str | None:
    """The argument of DURATION for a length of time that was written without it."""
    number = exact_number(text)  # of milliseconds
    if number is not None:
        return f"{number // 1000}s" if number % 1000 == 0 else None
    try:
        parse_duration(text)
    except ValueError:
        return None
    return text


def _bound(
    rounding: Callable[[Fraction], int], limit: object, closed: bool, step: int, default: int
) -> int:
    if not isinstance(limit, Fraction):
        return default
    whole = rounding(limit)
    if not closed and whole == limit:
        whole += step
    return whole


def _first_integer(low: object, closed: bool) -> int:
    return max(_bound(math.ceil, low, closed, 1, INT64_MIN), INT64_MIN)


def _last_integer(high: object, closed: bool) -> int:
    return min(_bound(math.floor, high, closed, -1, INT64_MAX), INT64_MAX)
