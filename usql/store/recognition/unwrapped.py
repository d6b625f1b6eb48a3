"""The contents of a wrapping."""

from __future__ import annotations

from usql.frozen import dataclass
from usql.store.bad_data import BadValue
from usql.store.inputs.tally import Remark


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A value that should be a session, and the path at which the wrapping holds it."""

    path: str
    value: object


@dataclass(frozen=True, slots=True)
class Refused:
    """A ``value`` that should hold sessions and does not, and why."""

    bad: BadValue
    value: object

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole value in the source, not a part of it."""
        return not self.bad.path


Wrapped = Unwrapped | Remark | Refused
"""A session, a remark, or something bad."""
