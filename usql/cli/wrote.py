"""Reports about written files: a progress bar while writing, and a line at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from usql.cli.options import tell
from usql.progress import writing
from usql.sizes import readable_bytes
from usql.store.export.write import write_batches

_AT_ONCE = 1000
"""Sessions of a text that are written before the bar moves."""


def write_with_progress(target: str, batches: Iterable[pa.RecordBatch], sessions: int) -> None:
    """Write ``sessions`` in all to a file, batch by batch, and report the progress on standard
    error."""
    actions = 0
    is_text = not target.endswith(".parquet")

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal actions
        for batch in batches:
            actions += _actions(batch)
            step = _AT_ONCE if is_text else max(1, batch.num_rows)  # Parquet: a row group a batch
            for begin in range(0, max(1, batch.num_rows), step):
                part = batch.slice(begin, step)
                yield part
                done(part.num_rows)  # the writer asks for the next batch once this one is written

    with writing(sessions) as done:
        write_batches(target, counted())
    tell_wrote(target, sessions, actions)


def _actions(batch: pa.RecordBatch) -> int:
    place = batch.schema.get_field_index("userActions")
    return 0 if place < 0 else len(batch.column(place).flatten())


def tell_wrote(target: str, sessions: int, actions: int, into: str = "") -> None:
    """The closing line; ``into`` says into how many parts."""
    counts = f"{_counted(sessions, 'session')}, {_counted(actions, 'action')}"
    tell(f"wrote {into}{counts} to {target}, {readable_bytes(_size(Path(target)))}")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _size(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    if not path.is_dir():
        return path.stat().st_size
    inside = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(file.stat().st_size for file in inside)
