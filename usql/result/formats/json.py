"""``{"columns": […], "rows": [[…]]}``: rows are arrays, since names may repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.options import Options
from usql.result.responses import rows_of
from usql.result.texts.jsonbytes import json_bytes
from usql.result.values import batches

FORMAT = Format("json", '{"columns": […], "rows": [[…]]}, since names may repeat', ("json",))


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """One batch of rows per piece."""
    yield b'{"columns":' + json_bytes(result.columns) + b',"rows":['
    yield from joined_entries(
        rows_of(c.to_pylist() for c in b.columns) for b in batches(result.table)
    )
    yield b"]}\n"


def joined_entries(parts: Iterable[list[Any]]) -> Iterator[bytes]:
    """The entries of all lists as JSON, separated by commas, one piece per list."""
    comma = b""
    for part in parts:
        if part:
            yield comma + json_bytes(part)[1:-1]
            comma = b","
