"""Tables of Delta Lake with what the library cannot write: made by hand as the format's protocol
describes it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap

_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_MAGIC = 1681511377


def field(name: str, kind: Any = "string", **metadata: Any) -> dict[str, Any]:
    """A field of a schema."""
    return {"name": name, "type": kind, "nullable": True, "metadata": metadata}


def mapped(number: int, name: str, kind: Any = "string") -> dict[str, Any]:
    """A field that is called otherwise in the files."""
    mapping = {
        "delta.columnMapping.id": number,
        "delta.columnMapping.physicalName": f"col-{number}",
    }
    return field(name, kind, **mapping)


def without(rows: Iterable[int]) -> dict[str, Any]:
    """A deletion vector of these rows, which stands in the log itself."""
    numbers = [*rows]
    data = struct.pack("<IQI", _MAGIC, 1, 0) + BitMap(numbers).serialize()
    text = "".join(_word(data[i : i + 4].ljust(4, b"\0")) for i in range(0, len(data), 4))
    return {
        "storageType": "i",
        "pathOrInlineDv": text,
        "sizeInBytes": len(data),
        "cardinality": len(numbers),
    }


def _word(four: bytes) -> str:
    number, digits = int.from_bytes(four, "big"), ""
    for _ in range(5):
        number, digit = divmod(number, 85)
        digits = _Z85[digit] + digits
    return digits


def write_table(
    folder: Path,
    files: Mapping[str, pa.Table | None],
    schema: list[dict[str, Any]],
    *,
    reader: int = 1,
    features: tuple[str, ...] = (),
    settings: Mapping[str, str] | None = None,
    vectors: Mapping[str, dict[str, Any]] | None = None,
) -> Path:
    """A table of one version; ``None`` as a file's rows: the file is not written."""
    protocol: dict[str, Any] = {
        "minReaderVersion": reader,
        "minWriterVersion": 7 if features else 5,
    }
    if features:
        protocol |= {"readerFeatures": features, "writerFeatures": features}
    described = {
        "id": "00000000-0000-0000-0000-000000000001",
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": schema}),
        "partitionColumns": [],
        "configuration": dict(settings or {}),
        "createdTime": 0,
    }
    actions: list[dict[str, Any]] = [{"protocol": protocol}, {"metaData": described}]
    for name, rows in files.items():
        if rows is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, folder / name)
        size = (folder / name).stat().st_size if rows is not None else 1000
        added = {
            "path": name,
            "partitionValues": {},
            "size": size,
            "modificationTime": 0,
            "dataChange": True,
        }
        vector = (vectors or {}).get(name)
        if vector is not None and rows is not None:
            added |= {"deletionVector": vector, "stats": json.dumps({"numRecords": rows.num_rows})}
        actions.append({"add": added})
    log = folder / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    (log / f"{0:020}.json").write_text("".join(json.dumps(action) + "\n" for action in actions))
    return folder
