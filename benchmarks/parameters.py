"""What stands in the places that the queries leave open, chosen from the data."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

_DAY = 86_400_000


@dataclass(frozen=True)
class Parameters:
    """The values of one data set. *Middling* is the value of the middle row when rows are sorted
    by how frequent their value is: half of the rows have a value at least as frequent."""

    usual_action: str
    """The most frequent action name: a funnel's first step, and what B15 excludes."""

    action: str
    """A middling action name, of B2 and B11."""

    application: str
    """A middling application, of the funnel's third step."""

    browsers: tuple[str, str, str]
    """The second to fourth most frequent browser families, of B7."""

    country: str
    """A middling country, of B9."""

    start: int
    """The first of B10's three days: the fourth day of the data, in milliseconds."""

    end: int
    """The last millisecond of B10's three days."""


def choose(flat: dict[str, pa.Table]) -> Parameters:
    """The parameters of a data set's flat tables."""
    sessions, actions = flat["usersession"], flat["useraction"]
    names = _by_frequency(actions["name"])
    browsers = [value for value, _ in _by_frequency(sessions["browserFamily"])[1:4]]
    first = pc.min(sessions["startTime"]).as_py() // _DAY * _DAY + 3 * _DAY
    return Parameters(
        usual_action=names[0][0],
        action=_middling(names),
        application=_middling(_by_frequency(actions["application"])),
        browsers=(browsers[0], browsers[1], browsers[2]),
        country=_middling(_by_frequency(sessions["country"])),
        start=first,
        end=first + 3 * _DAY - 1,
    )


def _by_frequency(column: pa.ChunkedArray) -> list[tuple[str, int]]:
    """The values with their counts, frequent ones first, ties by value; nulls left out."""
    counts = pc.value_counts(column.drop_null())
    values = counts.field("values").cast(pa.string()).to_pylist()
    pairs = zip(values, counts.field("counts").to_pylist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _middling(values: list[tuple[str, int]]) -> str:
    half = sum(count for _, count in values) / 2
    for value, count in values:
        half -= count
        if half <= 0:
            return value
    raise ValueError("the column has no values")
