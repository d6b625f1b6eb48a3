"""Plans: small frozen nodes, each with its input and only its own parameters.

``parameters()`` names them in order for people; EXPLAIN is drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from usql.analysis.bound import Column, Condition, GroupFilter, Key, OrderBy, Step, Timeframe
from usql.frozen import dataclass
from usql.planner.describe import (
    condition_text,
    expression_text,
    key_text,
    order_text,
    timeframe_text,
)


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of a table whose sessions overlap the timeframe."""

    table: str
    timeframe: Timeframe

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        return {"table": self.table, **timeframe_text(self.timeframe)}


@dataclass(frozen=True, slots=True)
class Filter:
    """The rows of the input that fit the condition."""

    input: Plan
    condition: Condition

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        return {"condition": condition_text(self.condition)}


@dataclass(frozen=True, slots=True)
class Group:
    """The input's rows by their keys; a plan above it works on groups."""

    input: Plan
    keys: tuple[Key, ...]

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        return {"keys": ", ".join(key_text(k) for k in self.keys) or "none"}


@dataclass(frozen=True, slots=True)
class GroupSelect:
    """The groups whose metrics fit all filters."""

    input: Plan
    filters: tuple[GroupFilter, ...]
    keys: tuple[Key, ...]

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        shown = (
            f"{expression_text(f.expression, self.keys)} {f.op} {f.value}" for f in self.filters
        )
        return {"filters": " and ".join(shown)}


@dataclass(frozen=True, slots=True)
class Sort:
    """Rows or groups in order; ties in the order of the input. Groups without order columns come
    in their default order (LANGUAGE.md §8)."""

    input: Plan
    order: tuple[OrderBy, ...]
    keys: tuple[Key, ...] = ()

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        shown = ", ".join(order_text(o, self.keys) for o in self.order)
        return {"by": shown or "frequency of the keys"}


@dataclass(frozen=True, slots=True)
class Limit:
    """The first ``count`` rows or groups. ``is_default``: the query has no LIMIT of its own."""

    input: Plan
    count: int
    is_default: bool

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        return {"count": f"{self.count}" + (" (default)" if self.is_default else "")}


@dataclass(frozen=True, slots=True)
class TopRows:
    """The first ``count`` rows in order, found without sorting all."""

    input: Plan
    order: tuple[OrderBy, ...]
    count: int
    is_default: bool

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        by = ", ".join(order_text(o, ()) for o in self.order)
        return {"count": f"{self.count}" + (" (default)" if self.is_default else ""), "by": by}


@dataclass(frozen=True, slots=True)
class Project:
    """The columns of the result, from rows or groups."""

    input: Plan
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        shown = (f"{c.name} = {expression_text(c.expression, self.keys)}" for c in self.columns)
        return {"columns": ", ".join(shown)}


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many rows fit the first step, the first two, and so on."""

    input: Plan
    steps: tuple[Step, ...]

    def parameters(self) -> Mapping[str, str]:
        """See the module."""
        return {f"step {i}": condition_text(s.condition) for i, s in enumerate(self.steps, 1)}


Plan = Scan | Filter | Group | GroupSelect | Sort | Limit | TopRows | Project | Funnel
