"""The callbacks of the grammar's rules: each makes the node that its rule is named after.

Children arrive as tokens and nodes in the order of the text; optional parts that are missing arrive
as ``None``. The callbacks never fail: what they cannot interpret becomes a diagnostic in the parser
or the analysis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Span
from usql.language.literals import number_value
from usql.language.token import Token

Child = Any
"""A token, a node or ``None``."""

_PROPERTY = re.compile(r"(\w+)\s*\.\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as written; the parser puts clauses into a query and reports duplicates."""

    kind: str
    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class RawQuery:
    """The clauses in the text; ``table`` is missing if FROM is."""

    distinct: bool
    items: tuple[s.Item, ...]
    table: s.TableName | None
    clauses: tuple[Clause, ...]
    select_span: Span


def span(children: Sequence[Child]) -> Span:
    """The span from the first present child to the last."""
    first, last = children[0], children[-1]
    if first is None or last is None:
        present = [c for c in children if c is not None]
        first, last = present[0], present[-1]
    start = first.start if isinstance(first, Token) else first.span.start
    end = last.end if isinstance(last, Token) else last.span.end
    return Span(start, end if end > start else start)


def unquote(text: str) -> str:
    """A string token's value: without outer quotes, and with doubled quotes made single."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _words(op: Child) -> str:
    """An operator's spelling: words in upper case, separated by one blank."""
    return " ".join(str(t).upper() for t in op)


class TreeBuilder:
    """Makes the nodes of the tree: it has a method for each rule of the grammar, named after it."""

    # --- query and clauses

    def start(self, c: list[Child]) -> RawQuery:
        return c[0]  # type: ignore[no-any-return]

    def query(self, c: list[Child]) -> RawQuery:
        select, distinct, items, table, *clauses = c
        return RawQuery(
            distinct=distinct is not None,
            items=items,
            table=table,
            clauses=tuple(clauses),
            select_span=span([select]),
        )

    def items(self, c: list[Child]) -> tuple[s.Item, ...]:
        return tuple(x for x in c if isinstance(x, s.Item))

    def from_(self, c: list[Child]) -> s.TableName:
        return c[1]  # type: ignore[no-any-return]

    def table_name(self, c: list[Child]) -> s.TableName:
        return s.TableName(str(c[0]), span=span(c))

    def where(self, c: list[Child]) -> Clause:
        return Clause("WHERE", c[1], span(c))

    def having(self, c: list[Child]) -> Clause:
        return Clause("HAVING", c[1], span(c))

    def group_by(self, c: list[Child]) -> Clause:
        keys = tuple(x for x in c[2:] if not isinstance(x, Token))
        return Clause("GROUP BY", keys, span(c))

    def order_by(self, c: list[Child]) -> Clause:
        orders = tuple(x for x in c[2:] if not isinstance(x, Token))
        return Clause("ORDER BY", orders, span(c))

    def limit(self, c: list[Child]) -> Clause:
        return Clause("LIMIT", c[1], span(c))

    def order(self, c: list[Child]) -> s.Order:
        key, direction = c
        chosen = s.Direction.ASC if direction is None else s.Direction[str(direction).upper()]
        return s.Order(key, chosen, explicit=direction is not None, span=span(c))

    def name_reference(self, c: list[Child]) -> s.Alias:
        return s.Alias(str(c[0])[1:-1], span=span(c))

    # --- select list

    def item(self, c: list[Child]) -> s.Item:
        if len(c) == 2:  # star, JSON and FUNNEL cannot have a FILTER
            c = [c[0], None, c[1]]
        return s.Item(c[0], c[1], c[2], span=span(c))

    def star(self, c: list[Child]) -> s.Star:
        return s.Star(str(c[0]) if len(c) == 3 else None, span=span(c))

    def json(self, c: list[Child]) -> s.Json:
        return s.Json(span=span(c))

    def funnel(self, c: list[Child]) -> s.Funnel:
        return s.Funnel(tuple(x for x in c if isinstance(x, s.Step)), span=span(c))

    def step(self, c: list[Child]) -> s.Step:
        return s.Step(c[0], c[1], span=span(c))

    def filter(self, c: list[Child]) -> s.Filter:
        _, op, minus, number = c
        spelling = str(op[0])
        value: int | float | s.Hole
        if number.type == "HOLE":
            sign = "" if minus is None else "-"
            value = s.Hole(f"{sign}{number}", span=number.span)
        else:
            value = number_value(number) * (1 if minus is None else -1)
        return s.Filter(_operator(spelling), value, spelling, span=span([c[0], number]))

    def alias(self, c: list[Child]) -> s.Alias:
        word = c[1]
        text = str(word)
        if word.type == "STRING":
            text = unquote(text)
        elif word.type == "BRACKETED":
            text = text[1:-1]
        return s.Alias(text, holed=word.type == "HOLE", span=span(c))

    # --- conditions

    def or_(self, c: list[Child]) -> s.Or:
        return s.Or(tuple(x for x in c if not isinstance(x, Token)), span=span(c))

    def and_(self, c: list[Child]) -> s.And:
        return s.And(tuple(x for x in c if not isinstance(x, Token)), span=span(c))

    def not_(self, c: list[Child]) -> s.Not:
        return s.Not(c[1], span=span(c))

    def piece(self, c: list[Child]) -> s.Hole:
        return s.Hole(str(c[0]), span=span(c))

    def bare(self, c: list[Child]) -> s.Bare:
        return s.Bare(c[0], span=span(c))

    def comparison_op(self, c: list[Child]) -> tuple[Token, ...]:
        return tuple(c)

    is_op = comparison_op
    not_op = comparison_op

    def comparison(self, c: list[Child]) -> s.Comparison:
        spelling = _words(c[1])
        return s.Comparison(_operator(spelling), c[0], c[2], spelling, span=span([c[0], c[2]]))

    def between(self, c: list[Child]) -> s.Between:
        left, op, _, low, _, high = c
        return s.Between(left, low, high, _negated(op), span=span([left, high]))

    def between_bracketed(self, c: list[Child]) -> s.Between:
        left, op, _, _, low, _, high, close = c
        return s.Between(left, low, high, _negated(op), bracketed=True, span=span([left, close]))

    def in_(self, c: list[Child]) -> s.In:
        return s.In(c[0], c[3], _negated(c[1]), span=span([c[0], c[3]]))

    def like(self, c: list[Child]) -> s.Like:
        return s.Like(c[0], c[3], _negated(c[1]), span=span([c[0], c[3]]))

    def starts_with(self, c: list[Child]) -> s.StartsWith:
        return s.StartsWith(c[0], c[3], _negated(c[1]), span=span([c[0], c[3]]))

    # --- expressions

    def value_list(self, c: list[Child]) -> s.ValueList:
        return s.ValueList(tuple(x for x in c if not isinstance(x, Token)), span=span(c))

    def brackets(self, c: list[Child]) -> s.Brackets:
        return s.Brackets(c[1], span=span(c))

    def arithmetic(self, c: list[Child]) -> s.Arithmetic:
        op = str(c[1]).upper()
        return s.Arithmetic("%" if op == "MOD" else op, c[0], c[2], op, span=span(c))

    def negative(self, c: list[Child]) -> s.Negative:
        return s.Negative(c[1], span=span(c))

    def number(self, c: list[Child]) -> s.Number:
        return s.Number(number_value(c[0]), str(c[0]), span=span(c))

    def string(self, c: list[Child]) -> s.String:
        return s.String(unquote(str(c[0])), span=span(c))

    def boolean(self, c: list[Child]) -> s.Boolean:
        return s.Boolean(c[0].type == "TRUE", span=span(c))

    def null(self, c: list[Child]) -> s.Null:
        return s.Null(span=span(c))

    def variable(self, c: list[Child]) -> s.Variable:
        return s.Variable(str(c[0])[1:].upper(), span=span(c))

    def hole(self, c: list[Child]) -> s.Hole:
        return s.Hole(str(c[0]), span=span(c))

    def call(self, c: list[Child]) -> s.Call:
        name = c[0]
        arguments = tuple(x for x in c[1:] if x is not None and not isinstance(x, Token))
        called = str(name) if name.type == "HOLE" else str(name).upper()
        return s.Call(called, arguments, name_span=span([name]), span=span(c))

    def distinct(self, c: list[Child]) -> s.Distinct:
        return s.Distinct(c[1], span=span(c))

    def where_argument(self, c: list[Child]) -> s.Where:
        return s.Where(c[1], span=span(c))

    def field(self, c: list[Child]) -> s.Field:
        table = str(c[0]) if len(c) == 3 else None
        last = c[-1]
        name, key, holed = str(last), None, last.type == "HOLE"
        if last.type == "PROPERTY":
            match = _PROPERTY.match(name)
            assert match is not None  # the terminal's pattern is stricter
            name, key = match[1], match[2]
            if key[0] in "\"'":
                key = unquote(key)
            else:
                holed = "{" in key
        elif last.type == "STRING":
            name = unquote(name)
        return s.Field(table, name, key, holed=holed, name_span=last.span, span=span(c))


def _operator(spelling: str) -> str:
    return {"IS": "=", "<>": "!=", "IS NOT": "!=", "NOT IS": "!=", "NOT": "!="}.get(
        spelling, spelling
    )


def _negated(op: Child) -> bool:
    return op is not None and any(t.type == "NOT" for t in op)
