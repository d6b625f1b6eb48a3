"""When sessions start and end, told of parts as of one store."""

from __future__ import annotations

from typing import Any

import pytest

from usql.store import load
from usql.store.times import Times, span_over, starts_and_ends


def at(start: int | None, end: int | None) -> dict[str, Any]:
    return {"userSessionId": "a", "startTime": start, "endTime": end}


def test_what_is_known_of_a_store() -> None:
    store = load([at(5, None), at(3, 9), at(None, 20)])
    assert starts_and_ends(store) == (Times(3, 5, True), Times(9, 20, True))
    assert starts_and_ends(load([])) == (Times(None, None, False), Times(None, None, False))
    assert starts_and_ends(load([at(7, 8)])) == (Times(7, 7, False), Times(8, 8, False))


@pytest.mark.parametrize(
    "parts",
    [
        [[], []],
        [[at(5, 6)], []],
        [[at(5, 6)], [at(3, None)]],
        [[at(5, 6)], [at(None, 30)]],
        [[at(None, 30)], [at(None, 40)]],
        [[at(50, 40)], [at(10, 20)]],
    ],
)
def test_the_span_of_parts_is_that_of_all(parts: list[list[dict[str, Any]]]) -> None:
    whole = load([row for rows in parts for row in rows])
    assert span_over(starts_and_ends(load(rows)) for rows in parts) == whole.span
