"""The vendor's table response, with the explanations and the columns for deep links."""

from __future__ import annotations

from collections.abc import Iterator

from usql.formats.format import Format
from usql.result.columns import ColumnRole
from usql.result.data import ResultData
from usql.result.formats.json import joined_entries
from usql.result.options import Options
from usql.result.responses import MISSING_KEY, rows_of
from usql.result.texts.jsonbytes import json_bytes
from usql.result.values import batches, strict_values

FORMAT = Format("response", "the vendor's table response")


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """The result of :meth:`Result.to_table_response`, one batch of rows per piece."""
    missing = [MISSING_KEY if c.role is ColumnRole.KEY else None for c in result.schema]
    yield b'{"extrapolationLevel":1,"columnNames":' + json_bytes(result.columns) + b',"values":['
    yield from joined_entries(
        rows_of(map(strict_values, b.columns, missing)) for b in batches(result.table)
    )
    links = result.deep_links
    if links is not None:
        names = json_bytes(links.column_names)
        yield b'],"additionalColumnNames":' + names + b',"additionalValues":['
        yield from joined_entries(rows_of(c.to_pylist() for c in b.columns) for b in batches(links))
    yield b'],"explanations":' + json_bytes(result.explanations) + b"}\n"
