"""What a backend is asked: a bound query and its plan, with all that is decided before the data."""

from __future__ import annotations

from usql.analysis.bound import BoundQuery
from usql.frozen import dataclass
from usql.planner.plan import Plan


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that is ready to run. ``utc_offset``: minutes by which the local clock is ahead of
    UTC. ``tables``: those of which a field is read."""

    bound: BoundQuery
    plan: Plan
    utc_offset: int
    tables: frozenset[str]

    @property
    def table(self) -> str:
        """The queried table."""
        return self.bound.table
