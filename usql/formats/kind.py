"""The declaration of a kind of chart."""

from __future__ import annotations

from usql.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of chart, as the module of its name in ``usql/result/charts/kinds/`` declares it.

    ``rank``: of the kinds that suit a result, the one with the lowest is the default. ``needs``:
    what a result must have, to follow "needs" in a message.
    """

    name: str
    summary: str
    rank: int
    needs: str
