"""Plans: small frozen nodes, each with its input and only its own parameters.

EXPLAIN draws what they say about themselves. The nodes carry everything that the language says
about their computation: a backend needs nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from usql.analysis.bound import (
    Column,
    Condition,
    Expression,
    FieldRef,
    GroupFilter,
    Key,
    Metric,
    OrderBy,
    Step,
    Timeframe,
    fields_of,
    metrics_of,
    tested_fields,
)
from usql.frozen import dataclass
from usql.planner.describe import (
    condition_text,
    expression_text,
    key_text,
    order_text,
    timeframe_text,
)
from usql.planner.keys import GroupKey, KeyTime


def metric_fields(metric: Metric) -> Iterator[FieldRef]:
    """The fields that a metric reads."""
    if metric.field is not None:
        yield metric.field
    if metric.where is not None:
        yield from tested_fields(metric.where)


class Node:
    """What all nodes say about themselves."""

    __slots__ = ()

    def parameters(self) -> Mapping[str, str]:
        """What the node does, as named parameters for people, in order."""
        raise NotImplementedError

    def expressions(self) -> Iterator[Expression]:
        """The expressions that are evaluated over the input's rows or groups."""
        yield from ()

    def fields(self) -> Iterator[FieldRef]:
        """The fields that the node reads, including those in its metrics."""
        for expression in self.expressions():
            yield from fields_of(expression)
            for metric in metrics_of(expression):
                yield from metric_fields(metric)


@dataclass(frozen=True, slots=True)
class Scan(Node):
    """The rows of a table whose sessions overlap the timeframe."""

    table: str
    timeframe: Timeframe

    def parameters(self) -> Mapping[str, str]:
        return {"table": self.table, **timeframe_text(self.timeframe)}


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """The rows of the input that meet the condition."""

    input: Plan
    condition: Condition

    def parameters(self) -> Mapping[str, str]:
        return {"condition": condition_text(self.condition)}

    def fields(self) -> Iterator[FieldRef]:
        return tested_fields(self.condition)


@dataclass(frozen=True, slots=True)
class GroupNeeds:
    """What the nodes above ask of groups: the metrics ``first``, to choose and order them; the
    metrics ``rest`` of the groups that are shown, at most ``most`` if given; and with ``lists``,
    lists or extremes of their rows' values."""

    first: tuple[Metric, ...] = ()
    rest: tuple[Metric, ...] = ()
    lists: bool = False
    most: int | None = None

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All metrics that are asked for."""
        return (*self.first, *self.rest)


@dataclass(frozen=True, slots=True)
class Group(Node):
    """The input's rows grouped by keys. The nodes above work on groups, which come in the default
    order of their keys (LANGUAGE.md §8)."""

    input: Plan
    keys: tuple[GroupKey, ...]
    needs: GroupNeeds = GroupNeeds()

    def parameters(self) -> Mapping[str, str]:
        return {"keys": ", ".join(key_text(k.expression, k.top) for k in self.keys) or "none"}

    def fields(self) -> Iterator[FieldRef]:
        for key in self.keys:
            yield from fields_of(key.expression)


@dataclass(frozen=True, slots=True)
class GroupSelect(Node):
    """The groups whose metrics meet all filters."""

    input: Plan
    filters: tuple[GroupFilter, ...]
    keys: tuple[Key, ...]

    def parameters(self) -> Mapping[str, str]:
        shown = (
            f"{expression_text(f.expression, self.keys)} {f.op} {f.value}" for f in self.filters
        )
        return {"filters": " and ".join(shown)}

    def expressions(self) -> Iterator[Expression]:
        return (one.expression for one in self.filters)


@dataclass(frozen=True, slots=True)
class Sort(Node):
    """Rows or groups in order, nulls last; ties stay in the order of the input, which for groups is
    the default order of their keys. ``times``: the times by which DATETIME keys order groups, where
    that is not each group's own earliest time."""

    input: Plan
    order: tuple[OrderBy, ...]
    keys: tuple[Key, ...] = ()
    times: tuple[KeyTime, ...] = ()

    def parameters(self) -> Mapping[str, str]:
        by = ", ".join(order_text(o, self.keys) for o in self.order)
        return {"by": by or _default_order(self.input)}

    def expressions(self) -> Iterator[Expression]:
        return (one.expression for one in self.order)


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """The first ``count`` rows or groups. ``is_default``: the query has no LIMIT of its own."""

    input: Plan
    count: int
    is_default: bool

    def parameters(self) -> Mapping[str, str]:
        return {"count": f"{self.count}" + (" (default)" if self.is_default else "")}


@dataclass(frozen=True, slots=True)
class TopRows(Node):
    """The first ``count`` rows in order, found without sorting all."""

    input: Plan
    order: tuple[OrderBy, ...]
    count: int
    is_default: bool

    def parameters(self) -> Mapping[str, str]:
        by = ", ".join(order_text(o, ()) for o in self.order)
        return {"count": f"{self.count}" + (" (default)" if self.is_default else ""), "by": by}

    def expressions(self) -> Iterator[Expression]:
        return (one.expression for one in self.order)


@dataclass(frozen=True, slots=True)
class Project(Node):
    """The columns of the result, from rows or groups."""

    input: Plan
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()

    def parameters(self) -> Mapping[str, str]:
        shown = (f"{c.name} = {expression_text(c.expression, self.keys)}" for c in self.columns)
        return {"columns": ", ".join(shown)}

    def expressions(self) -> Iterator[Expression]:
        return (one.expression for one in self.columns)


@dataclass(frozen=True, slots=True)
class Funnel(Node):
    """How many rows meet the first step, the first two, and so on."""

    input: Plan
    steps: tuple[Step, ...]

    def parameters(self) -> Mapping[str, str]:
        return {f"step {i}": condition_text(s.condition) for i, s in enumerate(self.steps, 1)}

    def fields(self) -> Iterator[FieldRef]:
        for step in self.steps:
            yield from tested_fields(step.condition)


Plan = Scan | Filter | Group | GroupSelect | Sort | Limit | TopRows | Project | Funnel


def _default_order(plan: Plan) -> str:
    while isinstance(plan, GroupSelect):
        plan = plan.input
    keys = plan.keys if isinstance(plan, Group) else ()
    return (
        ", ".join(f"{k.order.value} of {expression_text(k.expression, ())}" for k in keys)
        or "one group"
    )
