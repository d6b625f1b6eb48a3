"""The aggregates by what asks for them, as the files of this folder declare them.

A file declares in ``AGGREGATES`` the function of a :class:`usql.analysis.bound.Metric`, or the type
of another node, with the aggregate that answers it. No list names the files.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from typing import Any

from usql.analysis.bound import Metric
from usql.engine.groups import aggregates as folder
from usql.engine.groups.aggregates.aggregate import Additive, Node, OfValues
from usql.engine.groups.aggregates.state import Kind, StateColumn
from usql.language.functions import Undeclared

AnyAggregate = Additive | OfValues[Any]

_KEPT = 256
"""Metrics of which it is kept what was found out about them."""


@functools.cache
def aggregates() -> Mapping[str | type, AnyAggregate]:
    """All aggregates."""
    found: dict[str | type, AnyAggregate] = {}
    for file in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        module = importlib.import_module(file.name)
        for asked, aggregate in getattr(module, "AGGREGATES", {}).items():
            if asked in found:
                raise ValueError(f"{file.name} declares {asked}, as another file does")
            found[asked] = aggregate
    return found


def aggregate_of(node: Node) -> AnyAggregate:
    """The aggregate that answers a node.

    Raises :class:`Undeclared` for a function that no file declares.
    """
    asked = node.function if isinstance(node, Metric) else type(node)
    found = aggregates().get(asked)
    if found is None:
        raise Undeclared(f"no aggregate is declared for {asked}")
    return found


@functools.lru_cache(_KEPT)
def is_additive(metric: Metric) -> bool:
    """Whether the pass over all rows adds a metric up."""
    return isinstance(aggregate_of(metric), Additive)


@functools.lru_cache(_KEPT)
def has_columns_of(metric: Metric, kinds: frozenset[Kind]) -> bool:
    """Whether a metric is additive, with a state of such columns alone."""
    return is_additive(metric) and all(c.kind in kinds for c in columns_of_metric(metric))


def columns_of(metrics: Iterable[Metric]) -> tuple[StateColumn, ...]:
    """The columns of the states of additive metrics, each once."""
    return tuple(dict.fromkeys(c for metric in metrics for c in columns_of_metric(metric)))


@functools.lru_cache(_KEPT)
def columns_of_metric(metric: Metric) -> tuple[StateColumn, ...]:
    """The columns of the state of a metric."""
    return aggregate_of(metric).columns(metric)
