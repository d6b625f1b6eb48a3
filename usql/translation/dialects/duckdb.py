"""The SQL of DuckDB."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB as Written

from usql.catalog import FieldType
from usql.translation.dialects.dialect import (
    ENTRIES,
    Body,
    Brackets,
    Dialect,
    as_bigint,
    function_of,
    function_of_two,
    zero_without,
)
from usql.translation.nodes import (
    TYPES,
    Node,
    add,
    call,
    cast,
    compare,
    member,
    multiply,
    only,
    ordered,
    remainder,
    subtract,
    text,
    whole,
)

_OPERATORS = {"+": add, "-": subtract, "*": multiply}


class _Generator(Brackets, Written.Generator):  # type: ignore[misc, valid-type]  # a class that it computes
    """Always writes the position of missing values, since its default is a setting."""

    def ordered_sql(self, expression: exp.Ordered) -> str:
        """A column of an order."""
        direction = " DESC" if expression.args.get("desc") else ""
        return f"{self.sql(expression, 'this')}{direction} NULLS LAST"


class DuckDb(Dialect):
    """DuckDB. Whole numbers are computed in 128 bits and then converted to 64."""

    name = "duckdb"
    assumption = "DuckDB 1.4 or newer"
    generator = _Generator
    first_place = 1

    def array(self, *entries: Node) -> Node:
        return call("list_value", *entries)

    def empty(self, kind: FieldType) -> Node:
        return cast(exp.Array(expressions=[]), f"array<{TYPES[kind]}>")

    def pair(self, key: Node, value: Node) -> Node:
        parts = {"key": key, "value": value}
        return exp.Anonymous(
            this="struct_pack",
            expressions=[
                exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
                for name, part in parts.items()
            ],
        )

    def no_pairs(self, kind: FieldType) -> Node:
        return cast(exp.Array(expressions=[]), f"array<struct<key text, value {TYPES[kind]}>>")

    def or_empty(self, values: Node) -> Node:
        return call("coalesce", values, exp.Array(expressions=[]))

    def map(self, values: Node, body: Body, name: str = "value") -> Node:
        return call("list_transform", values, function_of(name, body))

    def map_placed(self, values: Node, body: Callable[[Node, Node], Node]) -> Node:
        return call("list_transform", values, function_of_two(body, "entry"))

    def filter(self, values: Node, test: Body, name: str = "value") -> Node:
        return call("list_filter", values, function_of(name, test))

    def some(self, values: Node, test: Body, name: str = "value") -> Node:
        return compare(">", self.size(self.filter(values, test, name)), whole(0))

    def members(self, structs: Node, name: str, *, quoted: bool) -> Node:
        return self.map(structs, lambda one: member(one, name, quoted=quoted), "entry")

    def some_member(self, structs: Node, name: str, test: Body, *, quoted: bool) -> Node:
        return self.some(structs, lambda one: test(member(one, name, quoted=quoted)), "entry")

    def at(self, values: Node, place: Node) -> Node:
        is_known = isinstance(place, exp.Literal)
        from_one = whole(int(place.this) + 1) if is_known else add(place, whole(1))
        return call("list_extract", values, from_one)

    def place(self, values: Node, value: Node) -> Node:
        return call("list_position", values, value)

    def reversed(self, values: Node) -> Node:
        return call("list_reverse", values)

    def size(self, values: Node) -> Node:
        return call("len", values)

    def distinct(self, values: Node) -> Node:
        return call("list_distinct", values)

    def distinct_in_order(self, values: Node) -> Node:
        def is_first(value: Node, place: Node) -> Node:
            return compare("=", self.place(values, value), place)

        return call("list_filter", values, function_of_two(is_first, "value"))

    def flat(self, lists: Node) -> Node:
        return call("flatten", lists)

    def extreme(self, values: Node, *, largest: bool) -> Node:
        return call("list_max" if largest else "list_min", values)

    def total(self, values: Node, kind: FieldType) -> Node:
        return call("list_sum", values)

    def explode(self, values: Node) -> Node:
        return call("unnest", values)

    def unnested(self, query: exp.Select, values: Node, name: str, place: str | None) -> exp.Select:
        columns = [exp.to_identifier(name)]
        alias = exp.TableAlias(this=exp.to_identifier(ENTRIES), columns=columns)
        offset = None if place is None else exp.to_identifier(place)
        unnest = exp.Unnest(expressions=[values.copy()], alias=alias, offset=offset)
        return query.join(unnest, join_type="cross")

    def milliseconds(self, instant: Node) -> Node:
        return call("epoch_ms", instant)

    def modulo(self, value: Node, step: int) -> Node:
        return remainder(add(remainder(value, whole(step)), whole(step)), whole(step))

    def date(self, milliseconds: Node) -> Node:
        return cast(call("make_timestamp_ms", milliseconds), "date")

    def weekday(self, date: Node) -> Node:
        return subtract(call("isodow", date), whole(1))

    def days_of(self, date: Node) -> Node:
        return call("date_diff", text("day"), cast(text("1970-01-01"), "date"), date)

    def calculate(self, op: str, left: Node, right: Node) -> Node:
        result = _OPERATORS[op](cast(left, "int128"), right)
        return exp.TryCast(this=result, to=exp.DataType.build("bigint"))

    def split(self, value: Node, by: str) -> Node:
        return call("string_split", value, text(by))

    def matches(self, value: Node, pattern: str) -> Node:
        return call("regexp_matches", value, text(pattern))

    def starts_with(self, value: Node, prefix: Node) -> Node:
        return call("starts_with", value, prefix)

    def joined_list(self, texts: Node) -> Node:
        return call("array_to_string", texts, text(""))

    def from_hex(self, digits: Node) -> Node:
        return cast(exp.DPipe(this=text("0x"), expression=digits.copy()), "bigint")

    def collect(self, value: Node, place: Node) -> Node:
        return call("list", exp.Order(this=value.copy(), expressions=[ordered(place)]))

    def any_row(self, condition: Node) -> Node:
        return call("bool_or", condition)

    def gather(self, value: Node) -> Node:
        return call("list", value)

    def sum(self, value: Node, condition: Node | None, kind: FieldType) -> Node:
        total = zero_without(only(call("sum", value), condition))
        return total if kind is FieldType.DOUBLE else as_bigint(total)

    def mean_sum(self, value: Node, condition: Node | None) -> Node:
        return cast(only(call("sum", value), condition), "double")

    def quantile(self, value: Node, share: Node) -> Node:
        return call("quantile_cont", value, share)
