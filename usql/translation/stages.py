"""The stages of a grouped query, each a common table expression: ``matching``, the needed values of
the matching rows; ``members_n``, a row for each value of a key that has several; and ``groups``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from usql.analysis.bound import DateText, is_multi, type_of
from usql.catalog import FieldType
from usql.planner.keys import GroupKey
from usql.translation.dates import tells_start, text_of_start
from usql.translation.dialects.dialect import Dialect
from usql.translation.expressions import Expressions
from usql.translation.nodes import (
    Node,
    call,
    case,
    column,
    compare,
    named,
    null,
    whole,
)
from usql.translation.values import Values


class Stages:
    """Common table expressions, each of which may read the ones before it."""

    def __init__(self) -> None:
        self._stages: list[tuple[str, exp.Select]] = []

    def add(self, name: str, query: exp.Select) -> str:
        """Add a stage; returns its name."""
        self._stages.append((name, query))
        return name

    def around(self, query: exp.Select) -> exp.Select:
        """The query that reads the stages."""
        for name, stage in self._stages:
            query = query.with_(name, as_=stage)
        return query


class RowColumns:
    """The columns of ``matching``; equal expressions share a column."""

    def __init__(self) -> None:
        self._names: dict[Node, str] = {}

    def put(self, node: Node, name: str) -> Node:
        """An expression over rows as a column, whose name begins with the words of ``name``."""
        words = re.sub(r"\W+|^(?=\d)", "_", name, flags=re.ASCII)
        known = self._names.setdefault(node, f"{words}_{len(self._names) + 1}")
        return column(known)

    def shown(self) -> list[Node]:
        """The columns with their names."""
        return [named(node, name) for node, name in self._names.items()]


def key_name(place: int) -> str:
    """The column of a key."""
    return f"key_{place + 1}"


def time_name(place: int) -> str:
    """The column with the time of a DATETIME key."""
    return f"time_{place + 1}"


class KeyColumns:
    """The keys as columns: of ``matching`` if a row has one value, else of a stage of their own."""

    def __init__(
        self, values: Values, keys: Sequence[GroupKey], put: Callable[[Node, str], Node]
    ) -> None:
        """``put`` makes a column of ``matching`` of what rows hold."""
        self.keys = keys
        self._put = put
        self._values = values
        self.multi = [is_multi(key.expression) for key in keys]

    @property
    def dialect(self) -> Dialect:
        """The dialect that is written."""
        return self._values.dialect

    @property
    def _expressions(self) -> Expressions:
        return self._values.expressions

    def is_timed(self, place: int) -> bool:
        """Whether the key orders groups by a time."""
        return isinstance(self.keys[place].expression, DateText)

    def is_time(self, place: int) -> bool:
        """Whether the key's column has the time itself."""
        node = self.keys[place].expression
        return isinstance(node, DateText) and tells_start(node)

    def has_time(self, place: int) -> bool:
        """Whether there is a column of the time beside that of the key."""
        return self.is_timed(place) and not self.is_time(place)

    def value(self, place: int, table: str | None = None) -> Node:
        """The value of a key, by its column."""
        node, stored = self.keys[place].expression, column(key_name(place), table)
        if isinstance(node, DateText) and self.is_time(place):
            return text_of_start(self.dialect, node, stored)
        return stored

    def of_rows(self) -> list[Node]:
        """The columns of ``matching``: keys, times, and lists of the keys that have several values."""
        columns = []
        for place, key in enumerate(self.keys):
            node = key.expression
            if isinstance(node, DateText) and self.is_time(place):
                columns.append(self._time_of_row(place, node))
            elif not self.multi[place]:
                columns.append(named(self._values.single(node), key_name(place)))
                if isinstance(node, DateText):
                    columns.append(named(self._values.start(node), time_name(place)))
            elif isinstance(node, DateText):
                instants = self.dialect.present(self._values.entries(node.operand))
                columns.append(named(instants, f"instants_{place + 1}"))
            elif self._values.members_of(node) is None:
                entries = self.dialect.present(self._values.entries(node))
                columns.append(named(self.dialect.distinct(entries), f"keys_{place + 1}"))
        return columns

    def _time_of_row(self, place: int, node: DateText) -> Node:
        if not self.multi[place]:
            return named(self._values.start(node), key_name(place))
        instants = self.dialect.present(self._values.entries(node.operand))
        starts = self.dialect.map(
            instants, lambda v: self._expressions.start(node, lambda _: v), "instant"
        )
        return named(self.dialect.distinct(starts), f"keys_{place + 1}")

    def add_members(self, stages: Stages) -> list[str]:
        """The stages that have a row for each value of a key; for each key the one that has it."""
        stage_names = []
        last = "matching"
        for place, is_multi_ in enumerate(self.multi):
            if is_multi_:
                last = self._add_members(stages, place, last)
            stage_names.append(last)
        return stage_names

    def _add_members(self, stages: Stages, place: int, last: str) -> str:
        node, name = self.keys[place].expression, key_name(place)
        members = f"members_{place + 1}"
        of_children = self._values.members_of(node)
        if of_children is not None:
            return stages.add(members, self._joined(place, last, of_children.distinct()))
        listed = column(f"keys_{place + 1}")
        if self.has_time(place):
            assert isinstance(node, DateText)
            instants = column(f"instants_{place + 1}")
            listed = self.dialect.distinct(
                self.dialect.map(instants, lambda v: self._text(node, v), "instant")
            )
        if self.keys[place].has_null_group:
            kind = FieldType.LONG if self.is_time(place) else type_of(node)
            none = self.dialect.array(null(kind))
            listed = case((compare(">", self.dialect.size(listed), whole(0)), listed), default=none)
        query = exp.select("*", named(self.dialect.explode(listed), name)).from_(last)
        stages.add(members, query)
        if not (isinstance(node, DateText) and self.has_time(place)):
            return members
        alike = self.dialect.filter(
            column(f"instants_{place + 1}"),
            lambda v: compare("=", self._text(node, v), column(name)),
            "instant",
        )
        starts = self.dialect.map(
            alike, lambda v: self._expressions.start(node, lambda _: v), "instant"
        )
        time = named(self.dialect.extreme(starts, largest=False), time_name(place))
        return stages.add(f"timed_{place + 1}", exp.select("*", time).from_(members))

    def _joined(self, place: int, last: str, of_children: exp.Select) -> exp.Select:
        """The rows with the values that are rows of their own; those without any have none or are
        left out."""
        owner = self._values.layout.owner()
        assert owner is not None
        same_session = compare("=", column("session", "entries"), self._put(owner, "session"))
        shown = named(column("value", "entries"), key_name(place))
        return (
            exp.select(f"{last}.*", shown)
            .from_(last)
            .join(
                of_children.subquery("entries"),
                on=same_session,
                join_type="left" if self.keys[place].has_null_group else "inner",
            )
        )

    def _text(self, node: DateText, instant: Node) -> Node:
        return self._expressions.value(node, lambda _: instant)

    def names(self, count: int | None = None) -> list[str]:
        """The names of the first keys, or of all."""
        return [key_name(place) for place in range(len(self.keys))][:count]

    def ranked(self, place: int, table: str | None = None) -> Node:
        """The sort key of a key's values."""
        return self._values.ranked(self.keys[place].expression, self.value(place, table))

    def times(self) -> list[Node]:
        """The earliest time of each group, of the keys that have a column of it."""
        return [
            named(call("min", column(time_name(place))), time_name(place))
            for place in range(len(self.keys))
            if self.has_time(place)
        ]
