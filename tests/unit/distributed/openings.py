"""What workers open, told by the workers themselves: a line of a log for each shard, and for each part of
a file, that a process opens."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from usql.analysis.bound import Condition, Timeframe
from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.distributed import files, shards
from usql.distributed.files import FilePart, Files
from usql.distributed.shards import ShardPart, Shards
from usql.frozen import dataclass
from usql.store import Store

FileOrShard = FilePart | ShardPart


@dataclass(frozen=True)
class Told:
    """A part that arrives in a worker as itself, where what is opened is told from then on."""

    part: FileOrShard
    log: Path

    @property
    def bytes(self) -> int:
        """The part's, by which parts are joined."""
        return self.part.bytes

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        raise AssertionError("only workers open it")

    def __reduce__(self) -> tuple[Callable[[FileOrShard, Path], FileOrShard], tuple[Any, ...]]:
        return received, (self.part, self.log)


def received(part: FileOrShard, log: Path) -> FileOrShard:
    """The part, in a worker."""
    for module, name in ((shards, "open_shard"), (files, "load")):
        original = getattr(module, name)
        if getattr(original, "log", None) != log:
            setattr(module, name, telling(original, log))
    return part


def telling(original: Callable[..., Store], log: Path) -> Callable[..., Store]:
    """A function that opens as another one does, and says so."""

    def opened(source: Any, *given: Any, **options: Any) -> Store:
        with log.open("a") as file:  # one write, which no other process divides
            file.write(f"{os.getpid()} {source.name} {getattr(source, 'groups', '')}\n")
        return original(source, *given, **options)

    opened.log = log  # type: ignore[attr-defined]
    return opened


class ToldDataset:
    """Shards or files whose workers tell what they open."""

    def __init__(self, given: Shards | Files, log: Path) -> None:
        self.given = given
        self.log = log
        self.parts = [Told(part, log) for part in given.parts]
        self.catalog = given.catalog
        self.span = given.span
        self.sessions = given.sessions
        self.notes = given.notes

    def touched(self, timeframe: Timeframe, where: Condition | None) -> Sequence[int]:
        return self.given.touched(timeframe, where)

    @property
    def openings(self) -> list[tuple[str, str]]:
        """The process and the name of each opening so far."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(process, name) for process, _, name in (line.partition(" ") for line in lines)]
