"""Merged dictionaries that are kept: which are known again, and how much is kept of them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from usql.catalog.model import FieldType
from usql.engine.runtime.merged_texts import Merged, MergedTexts
from usql.store.forms.dictionaries import merged_dictionaries

TEXT = FieldType.STRING


class Counted:
    """Merges, and counts how often."""

    def __init__(self, budget: int) -> None:
        self.texts = MergedTexts(budget)
        self.count = 0

    def merged(self, *dictionaries: pa.Array, kind: FieldType = TEXT) -> Merged:
        def make() -> Merged:
            self.count += 1
            return merged_dictionaries(kind, dictionaries)

        found = self.texts.get(kind, dictionaries, make)
        assert shown(found) == shown(merged_dictionaries(kind, dictionaries))
        return found


def shown(merged: Merged) -> tuple[list[str], list[list[int]]]:
    dictionary, tables = merged
    return dictionary.to_pylist(), [table.tolist() for table in tables]


def texts(numbers: Sequence[int]) -> pa.Array:
    return pa.array(sorted(f"user {number:06}" for number in numbers))


FIRST, SECOND = texts(range(0, 4000, 2)), texts(range(0, 4000, 3))


def test_the_same_texts_are_merged_once() -> None:
    counted = Counted(1 << 20)
    first = counted.merged(FIRST, SECOND)
    assert counted.merged(pa.array(FIRST.to_pylist()), SECOND) is first
    assert counted.count == 1
    held = FIRST.nbytes + SECOND.nbytes + first[0].nbytes + sum(table.nbytes for table in first[1])
    assert counted.texts.nbytes == held
    counted.merged(SECOND, FIRST)
    assert counted.count == 2


def test_slices_are_known_by_their_texts() -> None:
    counted = Counted(1 << 20)
    for part in (FIRST.slice(0, 1500), FIRST.slice(5, 1500), texts(range(10, 3010, 2))):
        counted.merged(part, SECOND)
    assert counted.count == 2


def test_texts_that_look_alike_are_not_taken_for_others() -> None:
    numbers = list(range(0, 6000, 2))
    others = [*numbers[:7], numbers[7] + 1, *numbers[8:]]
    counted = Counted(1 << 20)
    counted.merged(texts(numbers), SECOND)
    counted.merged(texts(others), SECOND)
    counted.merged(texts(numbers), SECOND, kind=FieldType.ENUM)
    assert counted.count == 3


def test_few_texts_are_not_kept() -> None:
    counted = Counted(1 << 20)
    for _ in range(2):
        counted.merged(texts([1, 2]), texts([2, 3]))
        counted.merged(texts([]), texts([]))
    assert counted.count == 4
    assert counted.texts.nbytes == 0


def test_no_more_is_kept_than_there_is_room_for() -> None:
    counted = Counted(200_000)
    for start in range(6):
        counted.merged(texts(range(start, 4000, 2)), SECOND)
        assert counted.texts.nbytes <= 200_000
    assert counted.texts.nbytes > 0
    nothing = Counted(0)
    nothing.merged(FIRST, SECOND)
    assert nothing.texts.nbytes == 0
