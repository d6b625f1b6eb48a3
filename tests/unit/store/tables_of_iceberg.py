"""Tables of Iceberg with delete files, which the library reads and does not write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.table import Table
from pyiceberg.typedef import Record

POSITIONS = pa.schema(
    [
        pa.field("file_path", pa.string(), metadata={"PARQUET:field_id": "2147483546"}),
        pa.field("pos", pa.int64(), metadata={"PARQUET:field_id": "2147483545"}),
    ]
)


class _Deletes(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


def delete_rows(table: Table, rows: dict[str, list[int]]) -> Path:
    """A description of the table without these rows of its files, by their places."""
    path = f"{table.location()}/data/deletes.parquet"
    places = [(name, place) for name, found in rows.items() for place in sorted(found)]
    columns = [pa.array(column) for column in zip(*places, strict=True)]
    pq.write_table(pa.table(columns, schema=POSITIONS), local(path))
    return _described(table, path, len(places), DataFileContent.POSITION_DELETES)


def delete_equal(table: Table, values: pa.Table, fields: list[int]) -> Path:
    """A description of the table without the rows that have one of these values."""
    path = f"{table.location()}/data/equal.parquet"
    pq.write_table(values, local(path))
    kind = DataFileContent.EQUALITY_DELETES
    return _described(table, path, len(values), kind, equality_ids=fields)


def local(location: str) -> Path:
    """A file of this machine by its URL."""
    return Path(location.removeprefix("file://"))


def _described(table: Table, path: str, count: int, content: DataFileContent, **more: Any) -> Path:
    current = table.current_snapshot()
    assert current is not None
    number, sequence = 4711, (current.sequence_number or 0) + 1
    file = DataFile.from_args(
        content=content, file_path=path, file_format=FileFormat.PARQUET, partition=Record(),
        record_count=count, file_size_in_bytes=local(path).stat().st_size, _table_format_version=2, **more,
    )  # fmt: skip
    file.spec_id = 0
    entry = ManifestEntry.from_args(
        status=ManifestEntryStatus.ADDED, snapshot_id=number, data_file=file
    )
    io, folder = PyArrowFileIO(), f"{table.location()}/metadata"
    made = io.new_output(f"{folder}/deletes.avro")
    with _Deletes(table.spec(), table.schema(), made, number, "null") as writer:
        writer.add_entry(entry)
    listed = io.new_output(f"{folder}/snap-{number}.avro")
    with write_manifest_list(2, listed, number, current.snapshot_id, sequence, "null") as listing:
        listing.add_manifests([writer.to_manifest_file(), *current.manifests(io)])
    text = json.loads(local(table.metadata_location).read_text())
    snapshot = {
        **text["snapshots"][-1], "snapshot-id": number, "parent-snapshot-id": current.snapshot_id,
        "sequence-number": sequence, "manifest-list": listed.location, "summary": {"operation": "delete"},
    }  # fmt: skip
    text["snapshots"].append(snapshot)
    text["refs"]["main"]["snapshot-id"] = text["current-snapshot-id"] = number
    text["last-sequence-number"] = sequence
    described = local(f"{folder}/99999-by-hand.metadata.json")
    described.write_text(json.dumps(text))
    return described
