"""All kinds of charts, generated of what usql/result/charts/kinds declares by
``python -m tests.tools.docs``."""

from __future__ import annotations

from usql.formats.kind import Kind

# fmt: off
_ALL: tuple[Kind, ...] = (
    Kind(
        name='funnel',
        summary='the steps of a FUNNEL as bars',
        rank=10,
        needs='the steps of a FUNNEL',
    ),
    Kind(
        name='single-value',
        summary='the numbers of a single row',
        rank=20,
        needs='a single row without keys, with a number or a time',
    ),
    Kind(
        name='line',
        summary='numbers over time, a line per value of a second key',
        rank=30,
        needs='a column with two times or more, and one of numbers',
    ),
    Kind(
        name='stacked-bar',
        summary='a bar per value of a key, in pieces by a second',
        rank=40,
        needs='two keys and a number that adds up, COUNT or SUM',
    ),
    Kind(
        name='heat-map',
        summary='a cell for each pair of two keys, coloured by a number',
        rank=50,
        needs='two keys, each pair of values once, and a number',
    ),
    Kind(
        name='bar',
        summary='a bar per row',
        rank=60,
        needs='a key, or a text that names each row, and a column of numbers',
    ),
    Kind(
        name='histogram',
        summary='how many rows have values of about this size',
        rank=70,
        needs='several rows, not groups, with a number',
    ),
)
# fmt: on

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""All kinds by name, those that are the default before others first."""
