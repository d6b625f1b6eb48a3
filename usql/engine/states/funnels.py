"""States of funnels: the number of rows that reach each step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.engine.arrays.types import Ints
from usql.engine.rows.access import Access
from usql.engine.run import Answer, run_plan
from usql.engine.states import wire
from usql.frozen import dataclass
from usql.planner import Prepared
from usql.store.views import arrow_view


@dataclass(frozen=True, eq=False)
class FunnelStates:
    """The number of rows that meet the first step, the first two, and so on."""

    counts: Ints


def states_of(access: Access, prepared: Prepared) -> FunnelStates:
    """The counts of a part."""
    answer = run_plan(access, prepared)
    return FunnelStates(np.array([column[0].as_py() for column in answer.columns], dtype=np.int64))


def merged(states: Sequence[FunnelStates]) -> FunnelStates:
    """The counts of several parts together."""
    return FunnelStates(np.sum([state.counts for state in states], axis=0))


def finished(states: FunnelStates) -> Answer:
    """The answer of all parts."""
    columns = tuple(pa.array([int(count)], pa.int64()) for count in states.counts)
    return Answer(columns, 1, None, (), 1)


def tables_of(states: FunnelStates) -> list[pa.Table]:
    """States as tables, for sending."""
    return [wire.table([arrow_view(states.counts)])]


def states_in(tables: Sequence[pa.Table]) -> FunnelStates:
    """The states in tables made by :func:`tables_of`."""
    (counts,) = wire.columns(tables[0])
    return FunnelStates(counts.to_numpy())
