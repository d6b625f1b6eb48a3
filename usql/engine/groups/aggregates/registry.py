"""The aggregates by function, collected from the declarations in the files of this folder.

A file declares in ``AGGREGATES`` the function of a :class:`usql.analysis.bound.Metric`, or the type
of another node, with the aggregate that computes it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from usql.analysis.bound import Metric
from usql.engine.groups import aggregates as folder
from usql.engine.groups.aggregates.aggregate import Additive, Node, OfValues
from usql.engine.groups.aggregates.state import Kind, StateColumn
from usql.folders import modules_of
from usql.language.functions import Undeclared

AnyAggregate = Additive | OfValues[Any]

_MOST_CACHED = 256
"""The number of metrics for which results are cached."""


@functools.cache
def aggregates() -> Mapping[str | type, AnyAggregate]:
    """All aggregates."""
    declared: dict[str | type, AnyAggregate] = {}
    for module in modules_of(folder):
        for kind, aggregate in getattr(module, "AGGREGATES", {}).items():
            if kind in declared:
                raise ValueError(f"{module.__name__} declares {kind}, as another file does")
            declared[kind] = aggregate
    return declared


def aggregate_of(node: Node) -> AnyAggregate:
    """The aggregate that computes a node.

    Raises :class:`Undeclared` for a function that no file declares.
    """
    kind = node.function if isinstance(node, Metric) else type(node)
    aggregate = aggregates().get(kind)
    if aggregate is None:
        raise Undeclared(f"no aggregate is declared for {kind}")
    return aggregate


@functools.lru_cache(_MOST_CACHED)
def additive(metric: Metric) -> Additive | None:
    """The aggregate of a metric if it is additive, else ``None``."""
    aggregate = aggregate_of(metric)
    return aggregate if isinstance(aggregate, Additive) else None


def is_additive(metric: Metric) -> bool:
    """Whether the pass over all rows adds up a metric."""
    return additive(metric) is not None


@functools.lru_cache(_MOST_CACHED)
def has_columns_of(metric: Metric, kinds: frozenset[Kind]) -> bool:
    """Whether a metric is additive with a state of only these kinds of columns."""
    return is_additive(metric) and all(c.kind in kinds for c in columns_of_metric(metric))


def columns_of(metrics: Sequence[Metric]) -> tuple[StateColumn, ...]:
    """The distinct columns of the states of additive metrics."""
    return _columns_of(tuple(metrics))


@functools.lru_cache(_MOST_CACHED)
def _columns_of(metrics: tuple[Metric, ...]) -> tuple[StateColumn, ...]:
    return tuple(dict.fromkeys(c for metric in metrics for c in columns_of_metric(metric)))


@functools.lru_cache(_MOST_CACHED)
def columns_of_metric(metric: Metric) -> tuple[StateColumn, ...]:
    """The columns of the state of a metric."""
    return aggregate_of(metric).columns(metric)
