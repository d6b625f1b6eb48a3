"""The sizes of reading: every one is asked for, is reached by small data, and changes nothing that is read."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from tests.reading import opened, slow_path
from tests.sampling import IS_LONG
from tests.unit.store.same import assert_same
from usql.samples import generate
from usql.store import Store, load, save
from usql.store.contents import contents
from usql.store.export.nested import json_lines
from usql.store.known import Known
from usql.store.names import lacks
from usql.store.sharding.shard import shard
from usql.store.stores import open_saved
from usql.store.tuning import DEFAULT, StoreTuning

FIELDS = {field.name for field in dataclasses.fields(StoreTuning)}

SMALL: Mapping[str, Sequence[int]] = {
    "text_bytes_at_once": [700, 20_000],
    "first_text_bytes": [1, 3000],
    "archive_bytes_at_once": [1, 500],
    "most_fast_lines": [0, 3],
    "most_expected_fields": [0, 5],
    "most_expected_spellings": [0, 1],
    "objects_at_once": [1, 7],
    "object_bytes_at_once": [1, 3000],
    "values_at_once": [1, 700],
    "table_rows_at_once": [1, 7],
    "fewest_table_rows": [1, 3],
    "table_cells_at_once": [1, 700],
    "decoded_cells_at_once": [1, 700],
    "most_decoded_cells": [1, 700],
    "most_shard_children": [1, 50],
    "run_memory_one_in": [1, 1 << 20],
    "shard_memory_one_in": [1, 1 << 16],
    "piece_memory_one_in": [1, 1 << 40],
    "decoded_memory_one_in": [1, 4],
    "streamed_bytes_at_once": [1, 3000],
    "trimmed_memory_one_in": [1, 1 << 40],
    "memory_per_thread": [1, 1 << 20],
    "run_block_one_in": [1, 4],
    "fewest_block_sessions": [1, 3],
    "rows_merged_at_once": [1, 7],
    "codes_counted_at_once": [1, 7],
    "most_searched_names": [1, 2],
    "bytes_searched_at_once": [1, 100],
    "most_compared_texts": [0, 2],
    "compared_neighbours": [0, 1],
    "most_enum_values": [0, 1],
}
"""The sizes that matter of each field."""

FIRST = {name: sizes[0] for name, sizes in SMALL.items()}
"""All of them small."""

TABLE = generate(12, 4)
CONTENTS = [*contents(load(TABLE))]
LINES = [*json_lines(TABLE)]
ODD = [
    {"userSessionId": "a", "CITY": "Linz", "tags": ["x", "y"], "Further": 1},
    {"userSessionId": "b", "city": "Wien", "tags": [], "further": 2.5, "bounce": "TRUE"},
]


def _arrow() -> bytes:
    made = pa.BufferOutputStream()
    with ipc.new_file(made, TABLE.schema) as writer:
        writer.write_table(TABLE, max_chunksize=5)
    return made.getvalue().to_pybytes()


def _parquet() -> bytes:
    made = pa.BufferOutputStream()
    pq.write_table(TABLE, made, row_group_size=5)
    return made.getvalue().to_pybytes()


TEXT = "".join(f"{line}\n" for line in LINES).encode()
FILES: Mapping[str, Callable[[], bytes]] = {
    "lines.ndjson": lambda: TEXT,
    "lines.ndjson.gz": lambda: gzip.compress(TEXT),
    "lines.ndjson.zst": lambda: pa.compress(TEXT, "zstd", asbytes=True),
    "array.json": lambda: json.dumps([json.loads(line) for line in LINES], indent=1).encode(),
    "odd.ndjson": lambda: "".join(json.dumps(row) + "\n" for row in ODD * 5).encode(),
    "table.arrow": _arrow,
    "table.parquet": _parquet,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuning")
    for name, content in FILES.items():
        (folder / name).write_bytes(content())
    for number in range(2):
        save(load(TABLE.slice(6 * number, 6)), folder / f"{number}.usqlstore")
    return folder


def sources(files: Path) -> dict[str, Any]:
    """Everything that is read in its own way."""
    wide = pa.table({"userSessionId": ["a", "b"], "tags": [["x"], []], "bounce": ["TRUE", "FALSE"]})
    return {
        **{name: files / name for name in FILES},
        "stores": [files / "0.usqlstore", files / "1.usqlstore"],
        "a store and lines": [files / "0.usqlstore", files / "odd.ndjson"],
        "values": [*ODD],
        "rows of a table": wide,
    }


def test_every_field_is_drawn() -> None:
    assert SMALL.keys() == FIELDS
    for name, sizes in SMALL.items():
        assert all(size != getattr(DEFAULT, name) for size in sizes), name


SOME = ["city", "useraction.name", "further"]


@pytest.fixture(scope="module")
def usual(files: Path) -> dict[tuple[str, bool], Store]:
    """What every source gives, with all fields and with some."""
    given = sources(files).items()
    whole = {(name, False): load(source) for name, source in given}
    return whole | {(name, True): load(source, fields=SOME) for name, source in given}


@pytest.mark.parametrize(
    "sizes", [*({name: sizes[-1]} for name, sizes in SMALL.items()), FIRST], ids=str
)
def test_no_size_changes_what_is_read(
    files: Path, tmp_path: Path, usual: dict[tuple[str, bool], Store], sizes: dict[str, int]
) -> None:
    tuning = StoreTuning(**sizes)
    every, first = (1, 0) if IS_LONG else (4, len(str(sizes)) % 4)
    for name, source in [*sources(files).items()][first::every]:
        assert_same(load(source, tuning=tuning), usual[name, False])
        assert_same(load(source, fields=SOME, tuning=tuning), usual[name, True])
    found = load(TABLE, tuning=tuning)
    assert found.tuning is tuning
    assert [*contents(found)] == CONTENTS
    shards = shard(TABLE, tmp_path / "x", tuning=tuning, memory_limit=128_000_000)
    assert shards.sessions == 12
    if "most_searched_names" not in sizes:
        assert lacks(files / "lines.ndjson", ["nothing", "naught"], tuning)
    assert not lacks(files / "lines.ndjson", ["nothing", "city"], tuning)


class _Noted:
    """A tuning that notes which of its fields are asked for."""

    def __init__(self, tuning: StoreTuning) -> None:
        self.tuning = tuning
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> int:
        self.asked.add(name)
        return cast("int", getattr(self.tuning, name))


def test_every_field_is_asked_for(files: Path, tmp_path: Path) -> None:
    """None is written down in vain, or decided by another constant."""
    noted = _Noted(StoreTuning(most_compared_texts=0, piece_memory_one_in=1 << 60))
    tuning = cast("StoreTuning", noted)
    for source in sources(files).values():
        for fields in (None, ["city", "further"]):
            load(source, fields=fields, tuning=tuning)
    with slow_path():
        load(files / "lines.ndjson", tuning=tuning)
    store = load(TABLE, tuning=tuning)
    assert [*contents(store)]
    known = Known(store)
    assert known.catalog
    joined = open_saved(files / "0.usqlstore")
    assert joined.tuning is DEFAULT
    sessions = opened(sources(files)["stores"], tuning)
    query = "SELECT COUNT(*) FROM usersession WHERE city = 'Lnz' AND userType = 'x'"
    assert sessions.query(query, profile="offline").diagnostics
    shard(files / "table.parquet", tmp_path / "x", tuning=tuning)
    lacks(files / "lines.ndjson", ["nothing"], tuning)
    assert noted.asked == FIELDS


def test_sizes_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT.text_bytes_at_once = 3  # type: ignore[misc]  # that is the point
