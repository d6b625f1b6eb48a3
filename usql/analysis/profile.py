"""The two profiles of LANGUAGE.md §12, and the clock of a query."""

from __future__ import annotations

from usql.checks import ProfileName
from usql.frozen import Keyed, dataclass


@dataclass(frozen=True, slots=True)
class Profile(Keyed):
    """Limits of a profile; ``None`` means no limit."""

    name: ProfileName
    default_limit: int | None
    most_rows: int | None
    most_likes: int | None
    most_steps: int | None
    most_order_columns: int | None
    extreme_distinct: bool
    order_by_arithmetic: bool
    metric_arithmetic: bool
    warns_of_extensions: bool


DYNATRACE = Profile("dynatrace", 50, 5000, 10, 10, 5, False, False, False, True)
"""Accepts what the vendor accepts."""

OFFLINE = Profile("offline", None, None, None, None, None, True, True, True, False)
"""Lifts what only protects a shared cluster."""

PROFILES = {p.name: p for p in (DYNATRACE, OFFLINE)}


def profile_named(name: str) -> Profile:
    """The profile with this name; ``ValueError`` if there is none."""
    if isinstance(name, str) and name in PROFILES:
        return PROFILES[name]
    raise ValueError(f"there is no profile {name!r}; the profiles are {', '.join(PROFILES)}")


@dataclass(frozen=True, slots=True)
class Clock:
    """The values of the time variables, in UTC milliseconds, and the local clock's offset in
    minutes."""

    now: int
    start: int
    end: int
    utc_offset: int = 0
