"""Metrics: the columns that rows need for them, and the aggregates over these columns (LANGUAGE.md
§8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from usql.analysis.bound import Metric
from usql.catalog import FieldType
from usql.frozen import dataclass
from usql.language.functions import Undeclared
from usql.translation.dialects.dialect import Dialect
from usql.translation.nodes import (
    Node,
    all_of,
    binary,
    call,
    cast,
    count_rows,
    distinct,
    double,
    not_zero,
    only,
    present,
    whole,
)
from usql.translation.values import Values

Put = Callable[[Node, str], Node]
"""Makes an expression over rows a column of them, whose name begins as a text says."""


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A metric to translate: ``values`` writes expressions over rows, ``put`` makes columns of
    them, and ``condition`` is the column that says which rows count. ``shares`` are those of all
    quantiles of the same values in the query."""

    metric: Metric
    values: Values
    put: Put
    condition: Node | None
    shares: tuple[float, ...] = ()

    @property
    def dialect(self) -> Dialect:
        """The dialect of the SQL."""
        return self.values.dialect

    @property
    def kind(self) -> FieldType:
        """The type of the field's values."""
        assert self.metric.field is not None
        return self.metric.field.type

    @property
    def is_multi(self) -> bool:
        """Whether a row may have several values."""
        return self.metric.field is not None and self.metric.field.multi

    def single(self) -> Node:
        """The column of the field's one value."""
        assert self.metric.field is not None
        return self.put(self.values.single(self.metric.field), self.metric.field.name)

    def of_list(self, body: Callable[[Node], Node], what: str) -> Node:
        """A column with an aggregate of a row's values, without missing ones: by the aggregate
        function ``what`` where values are rows, by ``body`` where they are entries of a list."""
        assert self.metric.field is not None
        value = self.values.over_entries(self.metric.field, what)
        if value is not None:
            return self.put(value, f"{self.metric.field.name}_{what}")
        entries = self.dialect.present(self.values.entries(self.metric.field))
        return self.put(body(entries), f"{self.metric.field.name}_{what}")

    def of_rows(self, aggregate: Node) -> Node:
        """The aggregate of the rows that count."""
        return only(aggregate, self.condition)


def aggregate(aggregation: Aggregation) -> Node:
    """A metric as an aggregate over the rows of a group; ``Undeclared`` for a function without a
    translation. Metrics that must distinguish several values of a row are not here."""
    write = AGGREGATES.get(aggregation.metric.function)
    if write is None:
        raise Undeclared(f"the aggregate {aggregation.metric.function!r} has no translation")
    return write(aggregation)


def _rows(aggregation: Aggregation) -> Node:
    return aggregation.of_rows(count_rows())


def _count(aggregation: Aggregation) -> Node:
    field = aggregation.metric.field
    assert field is not None
    if not aggregation.is_multi and field.type is not FieldType.PROPERTIES:
        return aggregation.of_rows(call("count", aggregation.single()))
    has_value = aggregation.put(aggregation.values.tested(field, present), f"has_{field.name}")
    parts = [has_value] if aggregation.condition is None else [aggregation.condition, has_value]
    return only(count_rows(), all_of(parts))


def _distinct(aggregation: Aggregation) -> Node:
    return aggregation.of_rows(call("count", distinct(aggregation.single())))


def _sum(aggregation: Aggregation) -> Node:
    kind = aggregation.kind
    if not aggregation.is_multi:
        value = aggregation.single()
    else:
        value = aggregation.of_list(lambda values: aggregation.dialect.total(values, kind), "sum")
    return aggregation.dialect.sum(value, aggregation.condition, kind)


def _average(aggregation: Aggregation) -> Node:
    kind = aggregation.kind
    if not aggregation.is_multi:
        value = aggregation.single()
        total, count = value, aggregation.of_rows(call("count", value))
        if kind is FieldType.DOUBLE:
            return aggregation.of_rows(call("avg", value))
    else:
        total = aggregation.of_list(lambda values: aggregation.dialect.total(values, kind), "sum")
        values = aggregation.of_list(aggregation.dialect.size, "count")
        count = aggregation.of_rows(call("sum", values))
    above = aggregation.dialect.mean_sum(total, aggregation.condition)
    return binary(exp.Div, above, not_zero(cast(count, "double"), double(0.0)))


def _extreme(largest: bool) -> Callable[[Aggregation], Node]:
    name = "max" if largest else "min"

    def write(aggregation: Aggregation) -> Node:
        if not aggregation.is_multi:
            return aggregation.of_rows(call(name, aggregation.single()))
        value = aggregation.of_list(
            lambda values: aggregation.dialect.extreme(values, largest=largest), name
        )
        return aggregation.of_rows(call(name, value))

    return write


def _quantile(aggregation: Aggregation) -> Node:
    percent = aggregation.metric.percent
    assert percent is not None
    value, dialect = cast(aggregation.single(), "double"), aggregation.dialect
    if len(aggregation.shares) < 2:
        return aggregation.of_rows(dialect.quantile(value, double(percent / 100)))
    # All in one aggregate, which an engine computes once for each text that it sees.
    together = dialect.array(*map(double, aggregation.shares))
    place = whole(aggregation.shares.index(percent / 100))
    return dialect.at(aggregation.of_rows(dialect.quantile(value, together)), place)


AGGREGATES: Mapping[str, Callable[[Aggregation], Node]] = {
    "ROWS": _rows,
    "COUNT": _count,
    "DISTINCT": _distinct,
    "SUM": _sum,
    "AVG": _average,
    "MIN": _extreme(largest=False),
    "MAX": _extreme(largest=True),
    "PERCENTILE": _quantile,
}
"""How each aggregate of ``usql.language.functions`` is computed."""

OF_VALUES = ("DISTINCT", "PERCENTILE")
"""Those that tell the values of a row apart: of lists they need a row for each value."""
