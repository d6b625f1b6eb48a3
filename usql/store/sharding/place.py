"""The folder where shards are written: whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from usql.errors import PlaceTaken
from usql.files.atomic import sync
from usql.files.lock import alone
from usql.store.saved.replace import absolute, is_empty, replacing
from usql.store.saved.shards import MANIFEST, ShardSet, dump, is_shards


@contextmanager
def new_shards(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """An empty folder that takes the place of ``folder`` when the block ends without an error.

    Raises ``FileNotFoundError`` where there is no folder to put it in,
    :class:`usql.errors.PlaceTaken` where something other than shards stands there, or inside other
    shards.
    """
    target = absolute(folder)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    with alone(target, "writing shards"):
        if any(map(is_shards, target.parents)):  # which would go when those are written again
            reason = "the folder would be inside a set of shards; name another place"
            raise PlaceTaken(errno.EEXIST, reason, str(target))
        if target.exists() and not is_shards(target) and not is_empty(target):
            reason = "there is something other than a set of shards"
            raise PlaceTaken(errno.EEXIST, reason, str(target))
        with replacing(target) as new:
            yield new


def write_manifest(folder: Path, shard_set: ShardSet) -> None:
    """Say what is in a folder of shards, durably: the last thing that is written there."""
    (folder / MANIFEST).write_text(dump(shard_set))
    sync(folder / MANIFEST)
