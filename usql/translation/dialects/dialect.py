"""What differs between dialects: lists, functions over them, 64-bit arithmetic, aggregates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.generator import Generator

from usql.catalog import FieldType
from usql.translation.nodes import Node, cast, coalesced, present, variable, whole

Body = Callable[[Node], Node]
"""What is made of one entry of a list."""


LAYOUT: Mapping[str, Any] = {"pretty": True, "normalize_functions": False, "max_text_width": 100}
"""How SQL is laid out for people."""


ENTRIES = "entries"
"""The table that unnested entries are columns of."""


class Brackets(Generator):
    """Writes short brackets on one line."""

    def paren_sql(self, expression: exp.Paren) -> str:
        """An expression in brackets."""
        inner = self.sql(expression, "this")
        if "\n" in inner or len(inner) > _SHORT:
            return str(super().paren_sql(expression))
        return f"({inner})"


_SHORT = 80
"""Characters inside of brackets that stand on one line."""


class Dialect(ABC):
    """A dialect, with its ``name`` here and in sqlglot. ``assumption``: the engines that run its
    SQL, and their settings.

    Positions in lists count from 0. Everything about a missing list is missing, unless a method
    says otherwise.
    """

    name: ClassVar[str]
    generator: ClassVar[type[Generator]]
    assumption: ClassVar[str]
    first_place: ClassVar[int]
    """Where unnested entries are counted from."""

    def write(self, query: Node) -> str:
        """The text of a query, formatted for people."""
        return str(self.generator(dialect=self.name, **LAYOUT).generate(query))

    # --- lists

    @abstractmethod
    def array(self, *entries: Node) -> Node:
        """A list of these entries."""

    @abstractmethod
    def empty(self, kind: FieldType) -> Node:
        """A list of a type without entries."""

    @abstractmethod
    def pair(self, key: Node, value: Node) -> Node:
        """A property: a struct with ``key`` and ``value``."""

    @abstractmethod
    def no_pairs(self, kind: FieldType) -> Node:
        """A property list without properties, whose values have a type."""

    @abstractmethod
    def or_empty(self, values: Node) -> Node:
        """The list; an empty one where it is missing."""

    @abstractmethod
    def map(self, values: Node, body: Body, name: str = "value") -> Node:
        """The results of ``body`` for each entry; ``name`` is its variable."""

    @abstractmethod
    def map_placed(self, values: Node, body: Callable[[Node, Node], Node]) -> Node:
        """The results of ``body`` for each entry and its position, counted from 1."""

    @abstractmethod
    def filter(self, values: Node, test: Body, name: str = "value") -> Node:
        """The entries for which a test holds."""

    @abstractmethod
    def some(self, values: Node, test: Body, name: str = "value") -> Node:
        """Whether a test holds for an entry; false or null if not."""

    @abstractmethod
    def members(self, structs: Node, name: str, *, quoted: bool) -> Node:
        """A field of each struct of a list."""

    @abstractmethod
    def some_member(self, structs: Node, name: str, test: Body, *, quoted: bool) -> Node:
        """Whether a test holds for a field of a struct of a list; false or null if not."""

    @abstractmethod
    def at(self, values: Node, place: Node) -> Node:
        """The entry at a position, null if the list is shorter."""

    @abstractmethod
    def place(self, values: Node, value: Node) -> Node:
        """The position of the first entry with this value, counted from 1; null for a missing
        value."""

    @abstractmethod
    def reversed(self, values: Node) -> Node:
        """The entries from the last to the first."""

    @abstractmethod
    def size(self, values: Node) -> Node:
        """The number of entries."""

    @abstractmethod
    def distinct(self, values: Node) -> Node:
        """The distinct entries of a list without missing ones, in any order."""

    @abstractmethod
    def distinct_in_order(self, values: Node) -> Node:
        """The distinct entries in the order of their first places."""

    @abstractmethod
    def flat(self, lists: Node) -> Node:
        """The entries of all lists in a list, none of which is missing."""

    @abstractmethod
    def extreme(self, values: Node, *, largest: bool) -> Node:
        """The smallest or the largest entry; null without one."""

    @abstractmethod
    def total(self, values: Node, kind: FieldType) -> Node:
        """The sum of numbers without missing ones; 0 or null without any."""

    @abstractmethod
    def explode(self, values: Node) -> Node:
        """In a select list: a row for each entry; none for an empty list."""

    @abstractmethod
    def unnested(self, query: exp.Select, values: Node, name: str, place: str | None) -> exp.Select:
        """The query over a row for each entry of a list of structs, a column of this ``name``, with
        its ``place`` counted from :attr:`first_place` as another column if that has a name."""

    def let(self, value: Node, body: Body, name: str) -> Node:
        """The result of ``body`` for a value that occurs in it several times."""
        if isinstance(value, exp.Column):
            return body(value)
        return self.first(self.map(self.array(value), body, name))

    def first(self, values: Node) -> Node:
        """The first entry, null without any."""
        return self.at(values, whole(0))

    def present(self, values: Node) -> Node:
        """The entries without missing ones."""
        return self.filter(values, present)

    # --- values

    @abstractmethod
    def milliseconds(self, instant: Node) -> Node:
        """An instant as milliseconds since 1970."""

    @abstractmethod
    def modulo(self, value: Node, step: int) -> Node:
        """How far a whole number lies above the next multiple of a step, also below 0."""

    @abstractmethod
    def date(self, milliseconds: Node) -> Node:
        """The date on which an instant lies, in milliseconds since 1970."""

    @abstractmethod
    def weekday(self, date: Node) -> Node:
        """The day of the week of a date, 0 for Monday."""

    @abstractmethod
    def days_of(self, date: Node) -> Node:
        """The days from 1970 to a date."""

    @abstractmethod
    def calculate(self, op: str, left: Node, right: Node) -> Node:
        """``+``, ``-`` or ``*`` of 64-bit numbers; null if the result does not fit."""

    @abstractmethod
    def split(self, value: Node, by: str) -> Node:
        """A text cut at every occurrence of another."""

    @abstractmethod
    def matches(self, value: Node, pattern: str) -> Node:
        """Whether a regular expression matches somewhere in a text."""

    @abstractmethod
    def starts_with(self, value: Node, prefix: Node) -> Node:
        """Whether a text starts with another."""

    @abstractmethod
    def joined_list(self, texts: Node) -> Node:
        """The texts of a list concatenated."""

    @abstractmethod
    def from_hex(self, digits: Node) -> Node:
        """The whole number that hexadecimal digits represent."""

    # --- aggregates

    @abstractmethod
    def collect(self, value: Node, place: Node) -> Node:
        """The values as a list, in the order of their positions."""

    @abstractmethod
    def any_row(self, condition: Node) -> Node:
        """Whether a condition holds for a row; false or null if not."""

    @abstractmethod
    def gather(self, value: Node) -> Node:
        """All values as a list, missing ones too, in the order in which the rows come."""

    @abstractmethod
    def sum(self, value: Node, condition: Node | None, kind: FieldType) -> Node:
        """The sum of numbers of a type, 0 without any; fails if whole numbers exceed 64 bits."""

    @abstractmethod
    def mean_sum(self, value: Node, condition: Node | None) -> Node:
        """The sum for an average, as a double; a sum of whole numbers may exceed 64 bits."""

    @abstractmethod
    def quantile(self, value: Node, share: Node) -> Node:
        """The quantile of doubles, interpolated between neighbouring values."""


def function_of(name: str, body: Body) -> Node:
    """A function of one variable, for other functions to call."""
    return exp.Lambda(this=body(variable(name)), expressions=[exp.to_identifier(name)])


def function_of_two(body: Callable[[Node, Node], Node], name: str) -> Node:
    """A function of an entry, called ``name``, and its place, for other functions to call."""
    names = (name, "place")
    return exp.Lambda(
        this=body(*map(variable, names)), expressions=[exp.to_identifier(name) for name in names]
    )


def zero_without(total: Node) -> Node:
    """A total, or 0 if nothing was added up."""
    return coalesced(total, whole(0))


def as_bigint(node: Node) -> Node:
    """As a 64-bit number; fails if it does not fit."""
    return cast(node, "bigint")
