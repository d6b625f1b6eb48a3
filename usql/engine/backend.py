"""The interface of everything that runs queries."""

from __future__ import annotations

from typing import Protocol

from usql.engine.run import Answer
from usql.engine.runtime.limits import Event
from usql.planner import Prepared


class Backend(Protocol):
    """Runs prepared queries over its sessions, from any number of threads."""

    def run(
        self, prepared: Prepared, timeout: float | None = None, cancelled: Event | None = None
    ) -> Answer:
        """The answer of a query. ``timeout`` is in seconds, ``cancelled`` ends the run when it is
        set.

        Raises a :class:`usql.errors.QueryStopped` of the kind that ended the run: a limit, somebody
        who cancelled it, or a SUM that left 64 bits.
        """

    def explain(
        self,
        prepared: Prepared,
        analyze: bool = False,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> str:
        """The plan as text. With ``analyze`` the query runs, and the nodes tell what they did; limits
        and errors are those of :meth:`run`."""
