"""A live folder as one store: its segments, joined column by column when a column is first used."""

from __future__ import annotations

import os
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from usql.store.columns import Saved, Store
from usql.store.joined.join import join
from usql.store.joined.shards import numbers_of
from usql.store.lazy import Lazy
from usql.store.loading.sink import Sink
from usql.store.saved.live import LIVE_LIST, parse_list, segment_folder
from usql.store.saved.replace import absolute, settled
from usql.store.saved.shards import open_shard
from usql.store.tuning import DEFAULT, StoreTuning


def open_live(
    folder: str | os.PathLike[str],
    tuning: StoreTuning = DEFAULT,
    segments: MutableMapping[str, Store] | None = None,
) -> Store:
    """The sessions that the segments hold at this moment, whoever writes meanwhile. Opening reads
    descriptions only, as that of each store does.

    ``segments`` are those that were opened before, by their seals, and are not opened again; it is
    changed to those of this moment. ``DataError`` when there is no live folder, or it is damaged."""
    known = {} if segments is None else segments
    return settled(absolute(folder), LIVE_LIST, "live folder", partial(_opened, tuning, known))


def _opened(
    tuning: StoreTuning, known: MutableMapping[str, Store], target: Path, place: Path, text: bytes
) -> Store:
    live = parse_list(text, str(place / LIVE_LIST))
    stores = {
        s.seal: known.get(s.seal) or open_shard(segment_folder(place, s.name), s.seal)
        for s in live.segments
    }
    known.clear()
    known.update(stores)
    parts = [*stores.values()]
    store = joined_segments(parts, target, live.seal, tuning)
    notes = dict.fromkeys(note for part in (*parts, store) for note in part.notes)
    return replace(
        store,
        notes=(*notes, *live.counts.notes),
        tuning=tuning,
    )


def joined_segments(
    segments: Sequence[Store], folder: Path, seal: str, tuning: StoreTuning = DEFAULT
) -> Store:
    """The sessions of segments of a live folder, one segment after the other, at the moment that is
    recognised by this seal. Their hashes are those of the segments."""
    keys = {name: partial(numbers_of, segments, name) for name in ("key", "content")}
    return replace(together(segments, tuning), saved=Saved(folder, seal, 0, Lazy(keys)))


def together(stores: Sequence[Store], tuning: StoreTuning = DEFAULT) -> Store:
    """The sessions of these stores, one store after the other. ``DataError`` where no type holds all
    values of some further field."""
    if len(stores) == 1:
        return stores[0]
    with Sink("skip", None, None, tuning=tuning) as sink:
        return join([*stores], sink, 1, None)
