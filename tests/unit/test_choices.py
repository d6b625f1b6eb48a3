"""Choices at random, and the smallest ones that fail."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.strategies import Choices, smallest


def drawn(choices: Choices) -> list[int]:
    return [choices(3, 12) for _ in range(choices(0, 20))]


@given(st.integers(0, 1 << 30))
def test_choices_can_be_made_again(seed: int) -> None:
    first = Choices(Random(seed))
    made = drawn(first)
    again = Choices(None, first.made)
    assert drawn(again) == made
    assert again.made == first.made
    assert all(3 <= number <= 12 for number in made)


@given(st.lists(st.integers(0, 9), max_size=30))
def test_the_smallest_choices_still_fail_and_are_few(given: list[int]) -> None:
    def fails(choices: Sequence[int]) -> bool:
        return any(number >= 5 for number in drawn(Choices(None, choices)))

    if fails(given):
        found = smallest(given, fails, 1000)
        assert fails(found)
        assert sorted(drawn(Choices(None, found)))[-1] == 5


def test_no_more_is_tried_than_asked_for() -> None:
    tried = []

    def fails(choices: Sequence[int]) -> bool:
        tried.append(choices)
        return False

    smallest(range(100), fails, 7)
    assert len(tried) == 7
