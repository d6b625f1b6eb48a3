"""Growth is told from noise."""

from __future__ import annotations

import gc
import time
from itertools import chain, cycle

import pytest

from tests.timing import grows_at_most


@pytest.mark.parametrize(
    ("short", "long", "answer"),
    [
        ([1.0], [2.0], True),
        ([1.0], [4.0], False),
        ([0.001], [0.019], True),  # no matter
        ([1.0, 2.0, 1.0], [4.0, 4.0, 2.0], True),  # a machine at half its speed now and then
        ([1.0, 2.0, 1.0], [4.0, 4.0, 4.0], False),  # once is not enough
    ],
)
def test_growth(
    short: list[float], long: list[float], answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = chain.from_iterable(zip(cycle(short), cycle(long), strict=True))
    readings = chain.from_iterable((0.0, seconds) for seconds in taken)
    monkeypatch.setattr(time, "process_time", lambda: next(readings))
    assert grows_at_most(3.0, lambda: None, lambda: None) == answer


def test_no_garbage_is_collected_meanwhile() -> None:
    seen = []
    assert grows_at_most(3.0, lambda: seen.append(gc.isenabled()), lambda: None)
    assert seen == [False]
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        grows_at_most(3.0, lambda: 1 / 0, lambda: None)
    assert gc.isenabled()
