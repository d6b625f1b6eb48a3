"""Results as files and streams."""

from __future__ import annotations

import csv
import io
import os
from pathlib import PurePath
from typing import BinaryIO, TextIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

from usql.files import replacing_file
from usql.harmless import json_text
from usql.result.guard import guarded
from usql.result.responses import json_value
from usql.result.result import Result, unique_names

FORMATS = ("json", "ndjson", "csv", "arrow", "parquet", "response", "tree")
"""``json``: ``{"columns": […], "rows": [[…]]}``, since names may repeat; ``ndjson``: an object a row,
repeated names with ``_2`` …; ``csv``: RFC 4180, lists as JSON text, a missing value empty; ``arrow``:
an IPC stream; ``parquet``: repeated names with ``_2`` …; ``response`` and ``tree``: the vendor's.
Timestamps are milliseconds in the texts."""

BINARY = ("arrow", "parquet")
"""Formats that are no text."""

_SUFFIXES = ("json", "ndjson", "csv", "arrow", "parquet")


def form_of(path: str) -> str | None:
    """The format that a file's name asks for; ``None`` if it names none.

    >>> form_of("cities.csv")
    'csv'
    """
    suffix = PurePath(path).suffix.removeprefix(".").lower()
    return suffix if suffix in _SUFFIXES else None


def write_file(result: Result, path: str | os.PathLike[str], *, csv_safe: bool = False) -> None:
    """Write a result to a file in the format of its suffix, whole or not at all. ``ValueError`` where
    the suffix names none."""
    form = form_of(os.fspath(path))
    if form is None:
        known = ", ".join(f".{suffix}" for suffix in _SUFFIXES)
        raise ValueError(f"{os.fspath(path)!r} does not end in one of {known}")
    with replacing_file(path) as file:
        write(result, form, file, csv_safe=csv_safe)


def write(result: Result, form: str, file: BinaryIO | TextIO, *, csv_safe: bool = False) -> None:
    """Write a result to a file. In a binary one text is UTF-8; a text one keeps its own encoding
    and should be opened with ``newline=""``. Rows of ``ndjson`` and ``csv`` are made batch by batch.

    With ``csv_safe`` all texts of ``csv`` stand in quotes, and those that a spreadsheet might take
    for a formula, whether ``,``, ``;`` or a tab separates its cells, get apostrophes: names of
    columns and lists too; numbers stay.

    ``ValueError`` for an unknown format, ``TypeError`` for a binary format and a text file.

    >>> import io
    >>> from usql.result import ColumnRole, ResultColumn
    >>> column = ResultColumn("city", ColumnRole.LEAF, is_timestamp=False)
    >>> file = io.StringIO()
    >>> write(Result(pa.table({"city": ["Linz"]}), [column]), "ndjson", file)
    >>> file.getvalue()
    '{"city": "Linz"}\\n'
    """
    if form not in FORMATS:
        raise ValueError(f"there is no format {form!r}; the formats are {', '.join(FORMATS)}")
    if isinstance(file, io.TextIOBase):
        if form in BINARY:
            raise TypeError(f"{form} is no text; open the file in binary mode")
        _write_text(result, form, file, csv_safe)
    elif form in BINARY:
        _write_table(result, form, file)
    else:
        raw = cast(BinaryIO, file)
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        try:
            _write_text(result, form, text, csv_safe)
        finally:
            text.detach()


def _write_text(result: Result, form: str, text: io.TextIOBase, csv_safe: bool) -> None:
    if form == "csv":
        _write_csv(result, text, csv_safe)
    elif form == "ndjson":
        names = unique_names(result.columns)
        for row in result:
            text.write(_dump(dict(zip(names, row, strict=True))) + "\n")
    elif form == "json":
        text.write(_dump({"columns": result.columns, "rows": result.rows()}) + "\n")
    elif form == "response":
        text.write(_dump(result.to_table_response(explain=True, deep_links=True)) + "\n")
    else:
        text.write(_dump(result.to_tree_response(explain=True)) + "\n")


def _write_table(result: Result, form: str, file: BinaryIO | TextIO) -> None:
    table: pa.Table = result.to_arrow()
    if form == "arrow":
        with ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    else:
        pq.write_table(table.rename_columns(unique_names(result.columns)), file)


def _write_csv(result: Result, text: io.TextIOBase, is_safe: bool) -> None:
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC if is_safe else csv.QUOTE_MINIMAL)
    writer.writerow([_csv_value(name, is_safe) for name in result.columns])
    for row in result:
        writer.writerow([_csv_value(value, is_safe) for value in row])


def _csv_value(value: object, is_safe: bool) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        value = _dump(value)
    return guarded(value) if is_safe and isinstance(value, str) else value


def _dump(value: object) -> str:
    return json_text(json_value(value))
