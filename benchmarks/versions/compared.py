"""The processor times of two checkouts, query by query, in turns."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compare import difference
from benchmarks.outcome import geometric_mean
from benchmarks.queries import Query
from benchmarks.report import aligned, milliseconds
from benchmarks.versions.checkout import Checkout

TURN_SECONDS = 0.03
"""How long a turn takes at least."""


@dataclass(frozen=True)
class Compared:
    """One query. The seconds of one call, a number for each turn; ``difference`` tells where the
    answers differ."""

    key: str
    rows: int
    old: tuple[float, ...]
    new: tuple[float, ...]
    difference: str | None

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios, new by old: above 1 is slower."""
        return statistics.median(n / o for o, n in zip(self.old, self.new, strict=True))


def compared(
    old: Checkout,
    new: Checkout,
    queries: Sequence[Query],
    indexes: bool,
    rounds: int,
    folder: Path,
) -> Iterator[Compared]:
    """Each query: the answers compared, then both timed in turns, beginning with the other one each
    round. The folder takes files for a moment."""
    for query in queries:
        was, now = (c.answer(query.text, indexes, folder / "answer") for c in (old, new))
        turns: dict[Checkout, list[float]] = {old: [], new: []}
        calls = max(1, round(TURN_SECONDS / old.seconds(query.text, indexes, 5) + 0.5))
        for number in range(rounds):
            for checkout in (old, new) if number % 2 else (new, old):
                turns[checkout].append(checkout.seconds(query.text, indexes, calls))
        yield Compared(
            query.key, now.num_rows, tuple(turns[old]), tuple(turns[new]), difference(now, was)
        )


def table(comparisons: Sequence[Compared]) -> str:
    """A line for each query, and the geometric mean of the ratios."""
    lines = [["", "rows", "old", "new", "new/old", ""]]
    for one in comparisons:
        medians = (milliseconds(statistics.median(turns)) for turns in (one.old, one.new))
        differs = f"DIFFERS: {one.difference}" if one.difference else ""
        lines.append([one.key, str(one.rows), *medians, f"{one.ratio:.3f}", differs])
    mean = geometric_mean(one.ratio for one in comparisons)
    lines.append(["geometric mean", "", "", "", f"{mean:.3f}", ""])
    return aligned(lines, text_columns={0, 5})
