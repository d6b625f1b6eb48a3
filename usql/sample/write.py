"""Writing nested sessions to files: the sample's, and those that ``usql convert`` copies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from usql.sample.generator import batches

SUFFIXES = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz", ".ndjson.zst", ".jsonl.zst", ".parquet")
"""The files that can be written."""


def write(path: str | os.PathLike[str], sessions: int, seed: int = 1) -> None:
    """Write the sample as NDJSON or Parquet, whichever the file's name says, batch by batch.
    ``ValueError`` for another name."""
    target = Path(path)
    if not target.name.endswith(SUFFIXES):
        raise ValueError(
            f"the file's name ends in one of {', '.join(SUFFIXES)}, not {target.name!r}"
        )
    if target.suffix == ".parquet":
        parts = batches(sessions, seed)
        first = next(parts)
        with pq.ParquetWriter(target, first.schema) as writer:
            writer.write_batch(first)
            for batch in parts:
                writer.write_batch(batch)
        return
    with pa.output_stream(str(target), compression="detect") as stream:
        for batch in batches(sessions, seed):
            for line in _lines(batch):
                stream.write(line)


def _lines(batch: pa.RecordBatch) -> Iterator[bytes]:
    for row in batch.to_pylist():
        for pair in row.get("dateProperties") or ():
            pair["value"] = str(np.datetime64(pair["value"], "ms")) + "Z"
        yield json.dumps(_without_nulls(row), ensure_ascii=False).encode() + b"\n"


def _without_nulls(value: Any) -> Any:
    """Exports leave out what is missing."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value]
    return value
