"""Values that few ask for: made when they are first asked for, and before they travel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """A value that ``make`` gives on the first :meth:`get`; what ``make`` holds is let go then.

    Pickling and copying make it: what it is made from may be large, or of this process alone.

    >>> Later(lambda: 1).get()
    1
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] = make

    def get(self) -> T:
        """The value. Two threads that ask first at once may both make it."""
        value = self._make()
        self._make = _Made(value)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return Later, (_Made(self.get()),)


class _Made(Generic[T]):
    """A function that gives what is there already, and can be pickled."""

    def __init__(self, value: T) -> None:
        self._value = value

    def __call__(self) -> T:
        return self._value
