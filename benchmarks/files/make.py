"""``python -m benchmarks.files.make FOLDER MEGABYTES``: the same sessions as NDJSON of that size, as
Parquet and as a saved store."""

from __future__ import annotations

import sys
from pathlib import Path

import usql
from benchmarks.data import SEED, replacing, write_parquet
from usql.samples import batches
from usql.store.export.write import write_batches

_PROBE = 2000


def main() -> None:
    """Make what is not there."""
    folder, megabytes = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / "probe.ndjson"
    write_batches(probe, batches(_PROBE, SEED))
    sessions = round(megabytes * 1e6 / (probe.stat().st_size / _PROBE))
    probe.unlink()
    write_batches(folder / f"{megabytes}.ndjson", batches(sessions, SEED))
    parquet = folder / f"{megabytes}.parquet"
    with replacing(parquet) as unfinished:
        write_parquet(unfinished, batches(sessions, SEED))
    with replacing(folder / f"{megabytes}.usqlstore") as unfinished:
        usql.open(parquet).save(unfinished)


if __name__ == "__main__":
    main()
