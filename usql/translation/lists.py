"""Lists of the values of a group's rows, and metrics that must distinguish several values of a row
(LANGUAGE.md §8). Each is a stage of its own beside the groups."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from usql.analysis.bound import DateText, DistinctList, Metric, TopList, is_multi
from usql.frozen import dataclass
from usql.translation.aggregates import Put
from usql.translation.nodes import (
    Node,
    call,
    cast,
    column,
    compare,
    count_rows,
    distinct,
    double,
    named,
    ordered,
    over,
    present,
    whole,
)
from usql.translation.values import Values


@dataclass(frozen=True, slots=True)
class Beside:
    """Writes the queries of such stages: ``keys`` names the columns of the groups' keys, ``members``
    the stage that has their rows, and ``put`` makes columns of what rows hold."""

    values: Values
    put: Put
    keys: Sequence[str]
    members: str

    def metric(self, node: Metric, name: str, condition: Node | None) -> exp.Select:
        """DISTINCT or PERCENTILE of a field that may have several values in a row."""
        assert node.field is not None
        dialect = self.values.dialect
        rows = self._joined(self.values.members_of(node.field))
        if rows is None:
            entries = dialect.present(self.values.entries(node.field))
            rows = self._rows(dialect.explode(self.put(entries, node.field.name)), "value")
        if condition is not None:
            rows = rows.where(condition)
        value = column("value")
        if node.percent is None:
            metric = call("count", distinct(value))
        else:
            metric = dialect.quantile(cast(value, "double"), double(node.percent / 100))
        return self._grouped(named(metric, name), rows.subquery("exploded"))

    def top(self, node: TopList, name: str) -> exp.Select:
        """The most frequent values, ties in ascending order."""
        place = [ordered(count_rows(), descending=True), ordered(self._ranked(node))]
        rows = self._values_of(node)
        counted = self._places(rows, place)
        return self._collected(counted, name, node.count)

    def distinct(self, node: DistinctList, name: str) -> exp.Select:
        """The distinct values in ascending order; those of DATETIME in the order of time."""
        if isinstance(node.operand, DateText):
            place = [ordered(call("min", column("time"))), ordered(column("value"))]
            return self._collected(self._places(self._times_of(node.operand), place), name, None)
        place = [ordered(self._ranked(node))]
        return self._collected(self._places(self._values_of(node), place), name, None)

    def _ranked(self, node: TopList | DistinctList) -> Node:
        return self.values.ranked(node.operand, column("value"))

    def _values_of(self, node: TopList | DistinctList) -> exp.Select:
        """A row for each member and each distinct value that it has."""
        operand, dialect = node.operand, self.values.dialect
        if not is_multi(operand):
            return self._rows(self.put(self.values.single(operand), "value"), "value")
        members = self.values.members_of(operand)
        rows = self._joined(None if members is None else members.distinct())
        if rows is not None:
            return rows
        entries = dialect.distinct(dialect.present(self.values.entries(operand)))
        return self._rows(dialect.explode(self.put(entries, "values")), "value")

    def _times_of(self, node: DateText) -> exp.Select:
        """A row for each member and each of its times: the text, and what orders it."""
        dialect, expressions = self.values.dialect, self.values.expressions
        if not is_multi(node):
            text = self.put(self.values.single(node), "value")
            time = self.put(self.values.start(node), "time")
            return self._rows(text, "value").select(named(time, "time"))
        instants = self.put(dialect.present(self.values.entries(node.operand)), "instants")
        rows = self._rows(dialect.explode(instants), "instant")
        instant = column("instant")
        shown = [
            named(expressions.value(node, lambda _: instant), "value"),
            named(expressions.start(node, lambda _: instant), "time"),
        ]
        return exp.select(*self._keys(), *shown).from_(rows.subquery("exploded"))

    def _rows(self, value: Node, name: str) -> exp.Select:
        return exp.select(*self._keys(), named(value, name)).from_(self.members)

    def _joined(self, members: exp.Select | None) -> exp.Select | None:
        """A row for each member and each value that it has as a row of its own."""
        owner = self.values.layout.owner()
        if members is None or owner is None:
            return None
        same_session = compare("=", column("session", "entries"), self.put(owner, "session"))
        rows = exp.select(*self._keys(), column("value", "entries")).from_(self.members)
        return rows.join(members.subquery("entries"), on=same_session)

    def _places(self, rows: exp.Select, place: Sequence[exp.Ordered]) -> exp.Select:
        """The distinct values of each group with their places among them."""
        number = over(call("row_number"), self._keys(), place)
        return (
            exp.select(*self._keys(), column("value"), named(number, "place"))
            .from_(rows.subquery("exploded"))
            .where(present(column("value")))
            .group_by(*self._keys(), column("value"))
        )

    def _collected(self, placed: exp.Select, name: str, most: int | None) -> exp.Select:
        collected = self.values.dialect.collect(column("value"), column("place"))
        query = self._grouped(named(collected, name), placed.subquery("placed"))
        return query if most is None else query.where(compare("<=", column("place"), whole(most)))

    def _grouped(self, shown: Node, rows: exp.Subquery) -> exp.Select:
        query = exp.select(*self._keys(), shown).from_(rows)
        return query.group_by(*self._keys()) if self.keys else query

    def _keys(self) -> list[Node]:
        return [column(name) for name in self.keys]
