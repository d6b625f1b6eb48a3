"""All readers of literals."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from usql.language.literals import (
    exact_number,
    parse_date,
    parse_duration,
    parse_interval,
)


@pytest.mark.parametrize(
    ("reader", "text"),
    [(parse_interval, " " * 1500 + "!"), (parse_interval, "5" + " " * 30_000 + "!"), (exact_number, " " * 30_000 + "!"),
     (exact_number, "1" * 30_000 + "!"), (parse_duration, " " * 30_000 + "!"), (parse_duration, "2" + " " * 30_000 + "!"),
     (parse_date, " " * 30_000 + "!"), (parse_date, "2026-03-02" + " " * 30_000 + "!")],
)  # fmt: skip
def test_long_nonsense_is_refused_at_once(reader: Callable[[str], object], text: str) -> None:
    """Backtracking over the blanks would take many seconds of the processor."""
    begin = time.process_time()
    try:
        result = reader(text)
    except ValueError:
        result = None
    assert result is None
    assert time.process_time() - begin < 1
