"""The sessions of the cluster's benchmark: Parquet files, and shards made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

import usql
from benchmarks.data import FOLDER, SEED, replacing
from usql.samples import batches

TOGETHER = FOLDER / "cluster"


@dataclass(frozen=True)
class Files:
    """So many different sessions, in files of 25,000 and in shards of ``per_shard``."""

    sessions: int
    per_shard: int
    folder: Path = TOGETHER

    def parquet(self) -> Path:
        """The folder of Parquet files in the export's nested layout, made if it is not there."""
        folder = self.folder / f"parquet-{self.sessions}"
        if not folder.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(folder) as unfinished:
                unfinished.mkdir()
                for number, batch in enumerate(batches(self.sessions, SEED)):
                    path = unfinished / f"part-{number:05}.parquet"
                    with pq.ParquetWriter(path, batch.schema) as writer:
                        writer.write_batch(batch)
        return folder

    def shards(self) -> Path:
        """The same sessions as shards, made if they are not there."""
        folder = self.folder / f"shards-{self.sessions}-{self.per_shard}.usqlshards"
        if not folder.exists():
            usql.shard(self.parquet(), folder, sessions=self.per_shard)
        return folder
