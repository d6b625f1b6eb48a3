"""Sessions in columns: reading them from files and values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from usql.store.columns import Store
from usql.store.encode import encode
from usql.store.errors import DataError
from usql.store.progress import Progress, Report
from usql.store.sink import OnError, Sink
from usql.store.source import files_of, read

__all__ = ["DataError", "OnError", "Progress", "Store", "load"]


def load(
    source: Any,
    *,
    on_error: OnError = "stop",
    rejects: str | os.PathLike[str] | None = None,
    progress: Report | None = None,
) -> Store:
    """Read sessions into a store.

    ``source``: a path to NDJSON, JSON (both also ``.gz`` and ``.zst``), Parquet or Arrow files; a
    folder, a glob pattern, or a list of these; an Arrow table or anything with
    ``__arrow_c_stream__`` in the export's nested layout; an iterable of dicts.

    Bad data raises :class:`DataError` with file, line, field path and reason. With
    ``on_error="skip"`` bad rows are left out, counted in the store's notes, and written unchanged
    to the file ``rejects`` if one is given.
    """
    if on_error not in ("stop", "skip"):
        raise ValueError(f"on_error is 'stop' or 'skip', not {on_error!r}")
    target = None if rejects is None else Path(rejects)
    if target is not None and any(_same(target, f) for f in files_of(source)):
        raise ValueError("the rejects file would overwrite a source")
    if target is not None and not target.absolute().parent.is_dir():
        raise ValueError(f"there is no folder {target.parent} for the rejects file")
    with Sink(on_error, target, progress) as sink:
        read(source, sink)
        return encode(sink.catalog, sink.batches, sink.notes())


def _same(a: Path, b: Path) -> bool:
    return a.exists() and a.samefile(b)
