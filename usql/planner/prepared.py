"""What a backend runs: a bound query and its plan, with everything decided before the data is
read."""

from __future__ import annotations

from usql.analysis.bound import BoundQuery
from usql.frozen import dataclass
from usql.planner.plan import Plan


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that is ready to run. ``utc_offset``: minutes by which the local clock is ahead of
    UTC. ``tables``: the tables whose fields are read."""

    bound: BoundQuery
    plan: Plan
    utc_offset: int
    tables: frozenset[str]

    @property
    def table(self) -> str:
        """The queried table."""
        return self.bound.table
