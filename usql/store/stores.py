"""Folders that this engine wrote, whichever kind they are of."""

from __future__ import annotations

import os

from usql.store.columns import Store
from usql.store.saved.folder import open_folder
from usql.store.saved.live import is_live
from usql.store.saved.shards import is_shards
from usql.store.tuning import DEFAULT, StoreTuning


def open_saved(folder: str | os.PathLike[str], tuning: StoreTuning = DEFAULT) -> Store:
    """A saved store, or a set of shards or a live folder as one. ``DataError`` when there is none, or
    it is damaged or of another version."""
    if is_shards(folder):
        from usql.store.joined.shards import open_shards  # one store needs nothing that joins

        return open_shards(folder, tuning)
    if is_live(folder):
        from usql.store.joined.live import open_live

        return open_live(folder, tuning)
    return open_folder(folder)
