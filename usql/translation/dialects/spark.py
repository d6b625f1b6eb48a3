"""The SQL of Apache Spark."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.spark import Spark as Written

from usql.catalog import FieldType
from usql.language.literals.calendar import MS_PER_DAY
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
    binary,
    call,
    cast,
    member,
    null,
    only,
    text,
    truth,
    variable,
    whole,
)


def _wide(value: Node) -> Node:
    """The number, of 64 bits where it is written as a smaller one."""
    return as_bigint(value) if isinstance(value, exp.Literal | exp.Neg) else value


_OPERATORS = {"+": "try_add", "-": "try_subtract", "*": "try_multiply"}


class _Generator(Brackets, Written.Generator):  # type: ignore[misc, valid-type]  # a class that it computes
    """Writes the SQL of Spark."""


class Spark(Dialect):
    """Spark SQL. Whole numbers are computed by functions that give null beyond 64 bits; where there
    is none, as in sums, its ANSI mode makes the query fail instead."""

    name = "spark"
    assumption = (
        "Spark 3.5 or newer, with spark.sql.ansi.enabled = true (the default since Spark 4)"
    )
    generator = _Generator
    first_place = 0

    def array(self, *entries: Node) -> Node:
        return call("array", *entries)

    def empty(self, kind: FieldType) -> Node:
        return cast(call("array"), f"array<{TYPES[kind]}>")

    def pair(self, key: Node, value: Node) -> Node:
        return call("named_struct", text("key"), key, text("value"), value)

    def no_pairs(self, kind: FieldType) -> Node:
        pair = self.pair(text(""), null(kind))
        return self.filter(self.array(pair), lambda _: truth(False), "pair")

    def or_empty(self, values: Node) -> Node:
        return call("coalesce", values, call("array"))

    def map(self, values: Node, body: Body, name: str = "value") -> Node:
        return call("transform", values, function_of(name, body))

    def map_placed(self, values: Node, body: Callable[[Node, Node], Node]) -> Node:
        def from_one(entry: Node, place: Node) -> Node:
            return body(entry, add(place, whole(1)))

        return call("transform", values, function_of_two(from_one, "entry"))

    def filter(self, values: Node, test: Body, name: str = "value") -> Node:
        return call("filter", values, function_of(name, test))

    def some(self, values: Node, test: Body, name: str = "value") -> Node:
        return call("exists", values, function_of(name, test))

    def members(self, structs: Node, name: str, *, quoted: bool) -> Node:
        # The field of the list: Spark then reads this field of the file alone.
        return member(structs, name, quoted=quoted)

    def some_member(self, structs: Node, name: str, test: Body, *, quoted: bool) -> Node:
        return self.some(self.members(structs, name, quoted=quoted), test)

    def at(self, values: Node, place: Node) -> Node:
        return call("get", values, place)

    def place(self, values: Node, value: Node) -> Node:
        return call("array_position", values, value)

    def reversed(self, values: Node) -> Node:
        return call("reverse", values)

    def size(self, values: Node) -> Node:
        return call("array_size", values)

    def distinct(self, values: Node) -> Node:
        return call("array_distinct", values)

    def distinct_in_order(self, values: Node) -> Node:
        return call("array_distinct", values)

    def flat(self, lists: Node) -> Node:
        return call("flatten", lists)

    def extreme(self, values: Node, *, largest: bool) -> Node:
        return call("array_max" if largest else "array_min", values)

    def total(self, values: Node, kind: FieldType) -> Node:
        names = [exp.to_identifier("total"), exp.to_identifier("value")]
        added = exp.Lambda(this=add(variable("total"), variable("value")), expressions=names)
        return call("aggregate", values, cast(whole(0), TYPES[kind]), added)

    def explode(self, values: Node) -> Node:
        return call("explode", values)

    def unnested(self, query: exp.Select, values: Node, name: str, place: str | None) -> exp.Select:
        columns = [exp.to_identifier(name)]
        function = "explode"
        if place is not None:
            columns.insert(0, exp.to_identifier(place))
            function = "posexplode"
        alias = exp.TableAlias(this=exp.to_identifier(ENTRIES), columns=columns)
        return query.lateral(exp.Lateral(this=call(function, values), view=True, alias=alias))

    def milliseconds(self, instant: Node) -> Node:
        return call("unix_millis", instant)

    def modulo(self, value: Node, step: int) -> Node:
        return call("pmod", value, whole(step))

    def date(self, milliseconds: Node) -> Node:
        days = call("floor", binary(exp.Div, milliseconds, whole(MS_PER_DAY)))
        return call("date_from_unix_date", cast(days, "int"))

    def weekday(self, date: Node) -> Node:
        return call("weekday", date)

    def days_of(self, date: Node) -> Node:
        return call("unix_date", date)

    def calculate(self, op: str, left: Node, right: Node) -> Node:
        return call(_OPERATORS[op], _wide(left), _wide(right))

    def split(self, value: Node, by: str) -> Node:
        return call("split", value, text(f"[{by}]" if len(by) == 1 else by))

    def matches(self, value: Node, pattern: str) -> Node:
        return call("regexp_like", value, text(pattern))

    def starts_with(self, value: Node, prefix: Node) -> Node:
        return call("startswith", value, prefix)

    def joined_list(self, texts: Node) -> Node:
        return call("array_join", texts, text(""))

    def from_hex(self, digits: Node) -> Node:
        return as_bigint(call("conv", digits, whole(16), whole(10)))

    def collect(self, value: Node, place: Node) -> Node:
        # Sorted as structs, whose first field is the place.
        pair = call("struct", place, exp.alias_(value.copy(), "value"))
        sorted_pairs = call("array_sort", call("collect_list", pair))
        return member(sorted_pairs, "value")

    def any_row(self, condition: Node) -> Node:
        return call("bool_or", condition)

    def gather(self, value: Node) -> Node:
        # Within structs missing values stay in the list.
        return member(
            call("collect_list", call("struct", exp.alias_(value.copy(), "value"))), "value"
        )

    def sum(self, value: Node, condition: Node | None, kind: FieldType) -> Node:
        return zero_without(only(call("sum", value), condition))

    def mean_sum(self, value: Node, condition: Node | None) -> Node:
        return only(call("sum", cast(value, "double")), condition)

    def quantile(self, value: Node, share: Node) -> Node:
        return call("percentile", value, share)
