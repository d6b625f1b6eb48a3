"""Writing nested sessions to NDJSON and Parquet files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pyarrow as pa

from usql.files.atomic import replacing_file
from usql.store.export.nested import json_lines
from usql.store.forms.json_text import with_plain_text

SUFFIXES = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz", ".ndjson.zst", ".jsonl.zst", ".parquet")
"""The files that can be written."""

_BARE = '{"userActions": []}'
"""A session without any field: without this member it would not be a session when read again."""

_CODECS = {".gz": "gzip", ".zst": "zstd"}


def check_suffix(path: str | os.PathLike[str]) -> Path:
    """The path, if files with its suffix can be written; else ``ValueError`` naming those that
    can."""
    target = Path(path)
    if not target.name.endswith(SUFFIXES):
        raise ValueError(
            f"the file's name ends in one of {', '.join(SUFFIXES)}, not {target.name!r}"
        )
    return target


def write_batches(path: str | os.PathLike[str], batches: Iterable[pa.RecordBatch]) -> None:
    """Write batches of one schema, in the format that the file's suffix names. The file appears
    whole or not at all; ``OSError`` when it cannot be written."""
    target = check_suffix(path)
    with replacing_file(target) as file:
        if target.suffix == ".parquet":
            import pyarrow.parquet as pq

            parts = map(_with_plain_text, batches)
            first = next(parts)
            with pq.ParquetWriter(file, first.schema) as writer:
                for batch in chain([first], parts):
                    writer.write_batch(batch)
            return
        with pa.output_stream(file, compression=_CODECS.get(target.suffix)) as stream:
            for batch in batches:
                for line in json_lines(batch):
                    stream.write((_BARE if line == "{}" else line).encode() + b"\n")


def _with_plain_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with values of JSON as text: Parquet has no type for objects of any members."""
    plain = [field.with_type(with_plain_text(field.type)) for field in batch.schema]
    return batch.cast(pa.schema(plain))
