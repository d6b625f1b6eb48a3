"""What relations are made of: questions, the parts of their texts, and answers to compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import usql
from tests.compare import equal, parsed_json
from tests.oracle.strategies import BASE
from usql.catalog import default_catalog
from usql.language import syntax as s
from usql.language.formatter import format_query
from usql.language.parser import parse

Rows = list[list[Any]]
Options = dict[str, Any]

OPTIONS: Options = {"now": BASE + 5000, "profile": "offline"}


class NotApplicable(Exception):
    """The relation says nothing about this question."""


def only_if(applies: bool) -> None:
    """End a relation that says nothing about the question."""
    if not applies:
        raise NotApplicable


# --- answers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asker:
    """Loaded sessions with the options of all questions to them. ``most``: how many fitting rows
    are looked at, of many sessions."""

    data: usql.Sessions
    options: Options
    most: int = 1 << 40

    def rows(self, query: str | s.Query) -> Rows:
        """The rows of an answer, ``JSON`` columns read."""
        text = query if isinstance(query, str) else format_query(query)
        result = self.data.query(text, **self.options)
        return parsed_json(result.rows(), result.columns)

    def one(self, query: str) -> Any:
        """The only cell of an answer."""
        [[cell]] = self.rows(query)
        return cell

    def count(self, table: str, condition: str | None = None) -> int:
        """How many rows fit."""
        where = "" if condition is None else f" WHERE {condition}"
        return int(self.one(f"SELECT COUNT(*) FROM {table}{where}"))

    def fitting(self, table: str, condition: str) -> Rows:
        """How many rows fit, and the first of them by what tells them apart."""
        shown = f"SELECT {TELLING[table]} FROM {table} WHERE {condition} LIMIT {self.most}"
        return [[self.count(table, condition)], *self.rows(shown)]

    def over(self, data: usql.Sessions, **options: Any) -> Asker:
        """The same options, or others, with other sessions."""
        return replace(self, data=data, options={**self.options, **options})


TELLING = {
    "usersession": "userSessionId, startTime, duration, city, useraction.duration",
    "useraction": "usersession.userSessionId, startTime, name, duration, type",
    "userevent": "usersession.userSessionId, startTime, name, type",
    "usererror": "usersession.userSessionId, startTime, name, type",
    "usersyntheticevent": "usersession.userSessionId, name, sequenceNumber",
}


def bag(rows: Rows) -> list[str]:
    """The rows without their order."""
    return sorted(json.dumps(row, ensure_ascii=False) for row in rows)


def same(found: Any, wanted: Any) -> None:
    """Assert that two answers say the same."""
    assert equal(found, wanted), f"{found} is not {wanted}"


# --- relations ------------------------------------------------------------------------------------

Relation = TypeVar("Relation", bound=Callable[..., None])


class Relations(dict[str, Callable[..., None]]):
    """Relations of one kind by their names; a decorator."""

    def __call__(self, relation: Relation) -> Relation:
        self[relation.__name__] = relation
        return relation


# --- questions ------------------------------------------------------------------------------------


def read(text: str) -> s.Query:
    """The tree of a valid query."""
    query = parse(text).query
    assert query is not None, text
    return query


def nodes(node: Any) -> Iterator[s.Node]:
    """A node, or each of several, and all below it."""
    if isinstance(node, tuple):
        for part in node:
            yield from nodes(part)
    elif isinstance(node, s.Node):
        yield from s.walk(node)


@dataclass(frozen=True)
class Condition:
    """A condition on rows of a table, as a query spells it."""

    table: str
    text: str

    def __str__(self) -> str:
        return f"({self.text})"


@dataclass(frozen=True)
class Test:
    """A test on one field: the tree with the text that it was read from."""

    table: str
    node: Any
    query: str

    __test__ = False  # no class of tests

    def text(self, node: s.Node) -> str:
        """The text of a part of the test."""
        return self.query[node.span.start : node.span.end]

    @property
    def field(self) -> str:
        """The field as it is spelled."""
        return self.text(self.node.left)

    @property
    def positive(self) -> str:
        """The test without its ``NOT``."""
        if not getattr(self.node, "negated", False):
            return self.text(self.node)
        return format_condition(replace(self.node, negated=False))

    @property
    def is_single(self) -> bool:
        """Whether a row of the table has one value of the field at most."""
        return is_single(self.table, self.node.left)

    @property
    def is_string(self) -> bool:
        """Whether the field holds strings that compare as their texts do."""
        found = known_field(self.table, self.node.left)
        kind = "string" if self.node.left.key is None else "properties"
        return (
            found is not None
            and found.type.value in (kind, "enum")
            and (self.node.left.key is None or self.node.left.name.lower() == "stringproperties")
        )


def format_condition(node: Any) -> str:
    """The text of a condition."""
    query = replace(read("SELECT city FROM usersession WHERE city = NULL"), where=node)
    return format_query(query).split("WHERE", 1)[1]


def table_of(query: s.Query) -> str:
    """The queried table."""
    return query.table.name.lower()


def where_of(query: s.Query, text: str) -> str:
    """The ``WHERE`` of a query as its text spells it, a blank before it; empty if it has none."""
    if query.where is None:
        return ""
    return f" WHERE {text[query.where.span.start : query.where.span.end]}"


def conditions(text: str) -> list[Condition]:
    """All conditions on rows of the queried table in a query."""
    query = read(text)
    found: list[Any] = [] if query.where is None else [query.where]
    for node in nodes(query.items):
        if isinstance(node, s.Step | s.Where):
            found.append(node.condition)
    spans = [c.span for c in found]
    return [Condition(table_of(query), text[span.start : span.end]) for span in spans]


_TESTS = (s.Comparison, s.Between, s.In, s.Like, s.StartsWith)


def tests(text: str) -> list[Test]:
    """All tests on fields in a query."""
    query = read(text)
    found = [n for n in nodes(query) if isinstance(n, _TESTS) and isinstance(n.left, s.Field)]
    return [Test(table_of(query), node, text) for node in found]


def known_field(table: str, field: s.Field) -> Any:
    """What the catalog says of a field that its own table has."""
    owner = default_catalog().get(field.table or table)
    return None if owner is None else owner.get(field.name)


def is_single(table: str, field: s.Field) -> bool:
    """Whether a row of the table has one value of a field at most (LANGUAGE.md §3)."""
    found = known_field(table, field)
    if found is None or found.is_list or (found.type.value == "properties" and field.key is None):
        return False
    return (field.table or table).lower() in (table, "usersession")
