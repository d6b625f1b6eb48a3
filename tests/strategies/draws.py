"""Cheap draws: a choice is one bounded integer, whose strategy is made once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

Draw = Callable[[st.SearchStrategy[Any]], Any]


@functools.cache
def integers(least: int, most: int) -> st.SearchStrategy[int]:
    """Of a strategy of integers, one for each range."""
    return st.integers(least, most)


def number(draw: Draw, least: int, most: int) -> int:
    """A number in a closed range; the first shrinks best."""
    return int(draw(integers(least, most))) if most > least else least


def one(draw: Draw, values: Sequence[T]) -> T:
    """One of several values; the first shrinks best."""
    return values[number(draw, 0, len(values) - 1)]
