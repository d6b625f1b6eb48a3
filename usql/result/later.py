"""Values that are rarely needed, computed on first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """A value that ``make`` computes at the first :meth:`get`; then ``make`` is released.

    Pickling and copying compute the value, because what it is computed from may be large or bound
    to this process.

    >>> Later(lambda: 1).get()
    1
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] = make

    def get(self) -> T:
        """The value. Two threads whose first calls coincide may both compute it."""
        value = self._make()
        self._make = _Existing(value)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return Later, (_Existing(self.get()),)


class _Existing(Generic[T]):
    """A function that returns an existing value, and can be pickled."""

    def __init__(self, value: T) -> None:
        self._value = value

    def __call__(self) -> T:
        return self._value
