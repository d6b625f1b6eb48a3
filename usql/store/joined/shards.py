"""A set of shards as one store, whose columns are joined when they are first used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from usql.store.batches.rowhash import U64
from usql.store.columns import Saved, Store
from usql.store.joined.stores import joined
from usql.store.lazy import Lazy, uncached
from usql.store.saved.replace import absolute, settled
from usql.store.saved.shards import MANIFEST, checked, open_shard
from usql.store.tuning import DEFAULT, StoreTuning


def open_shards(folder: str | os.PathLike[str], tuning: StoreTuning = DEFAULT) -> Store:
    """All sessions of a set of shards, in the order of time. Opening reads descriptions only, as that
    of each store does. ``DataError`` as of ``read_shards`` and of the stores."""
    return settled(absolute(folder), MANIFEST, "set of shards", partial(_opened, tuning))


def _opened(tuning: StoreTuning, target: Path, place: Path, text: bytes) -> Store:
    _, shards = checked(target, place, text)
    stores = [open_shard(place / shard.name, shard.seal) for shard in shards.shards]
    store = (
        stores[0]
        if len(stores) == 1
        else joined(stores, {n: {} for n in shards.data_fields}, tuning=tuning)
    )
    keys = {name: partial(numbers_of, stores, name) for name in ("key", "content")}
    return replace(
        store,
        catalog=shards.catalog,
        notes=shards.notes,
        known_span=shards.span,
        saved=Saved(target, shards.seal, shards.repeated, Lazy(keys)),
    )


def numbers_of(stores: Sequence[Store], name: str) -> U64:
    """The hashes of all sessions of saved stores, of their keys or their contents (``Saved.keys``)."""
    parts = [uncached(store.saved.keys, name, None) for store in stores if store.saved is not None]
    return np.concatenate([np.zeros(0, dtype=np.uint64), *parts])
