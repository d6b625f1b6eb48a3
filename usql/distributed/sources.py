"""The data set that a name refers to."""

from __future__ import annotations

import os

from usql.distributed.dataset import Dataset
from usql.distributed.shards import Shards
from usql.store.saved.shards import is_shards


def dataset_of(source: str | os.PathLike[str]) -> Dataset:
    """The data set for a set of shards, or for Parquet files. ``DataError`` if the name refers to
    nothing, or to other data."""
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"expected a path, not {type(source).__name__}")
    path = os.path.expanduser(source)
    if is_shards(path):
        return Shards(path)
    from usql.distributed.files import Files  # which reads more than descriptions

    return Files(path)
