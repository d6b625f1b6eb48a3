"""Choices: whatever is generated is made of bounded integers, drawn by hypothesis or at random."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

Draw = Callable[[int, int], int]
"""Draws a number from a closed range; the first is the simplest."""


def number(draw: Draw, least: int, most: int) -> int:
    """A number in a closed range."""
    return draw(least, most) if most > least else least


def one(draw: Draw, values: Sequence[T]) -> T:
    """One of several values; the first is the simplest."""
    return values[number(draw, 0, len(values) - 1)]


@functools.cache
def _integers(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


def strategy(make: Callable[[Draw], T]) -> st.SearchStrategy[T]:
    """What is made of choices, as a strategy of hypothesis."""

    @st.composite
    def made(draw: Any) -> T:
        return make(lambda least, most: int(draw(_integers(least, most))))

    return made()


class Choices:
    """Random choices, which cost a twentieth of hypothesis's and do not vary those before them.
    They are kept in ``made``, counted from the least, and can be ``given`` again: a choice beyond
    its range is the largest, and of what is not given the least."""

    def __init__(self, random: Random | None, given: Sequence[int] = ()) -> None:
        self._random = random
        self._given = iter(given)
        self.made: list[int] = []

    def __call__(self, least: int, most: int) -> int:
        if self._random is not None:
            step = self._random.randint(0, most - least)
        else:
            step = min(next(self._given, 0), most - least)
        self.made.append(step)
        return least + step


def smallest(made: Sequence[int], fails: Callable[[Sequence[int]], bool], tries: int) -> list[int]:
    """Fewer and smaller choices with which it still fails, within so many tries: pieces are left
    out, long ones first, then single choices are lowered."""
    found = list(made)
    left = tries

    def works(candidate: list[int]) -> bool:
        nonlocal found, left
        left -= 1
        if left < 0 or not fails(candidate):
            return False
        found = candidate
        return True

    size = len(found)
    while size > 1:
        size //= 2
        at = 0
        while at < len(found):
            if not works(found[:at] + found[at + size :]):
                at += size
    for at in range(len(found)):
        least = 0
        while least < found[at]:
            middle = (least + found[at]) // 2
            if not works([*found[:at], middle, *found[at + 1 :]]):
                least = middle + 1
    return found
