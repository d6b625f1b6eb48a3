"""What a saved store says of itself, in one JSON document (``docs/STORE.md`` describes it)."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from usql.catalog import Cardinality, Field, FieldType, Origin
from usql.errors import DataError
from usql.frozen import dataclass

FORMAT = "usql-store"
VERSION = 3
"""Counts up when a store of the new kind cannot be read as one of the old kind."""


@dataclass(frozen=True)
class SavedFile:
    """An Arrow file: its size, and SHA-256 of its frames and of all its bytes, in hexadecimal.

    ``frames`` are the pieces (first byte, number of bytes) that are no values: schema, message
    headers and footer. ``columns`` are the CRC-32 of each column's values: a column is read whole
    before it is used, and this takes a fraction of the reading.
    """

    bytes: int
    frames: tuple[tuple[int, int], ...]
    columns: tuple[int, ...]
    frames_sha256: str
    sha256: str


Role = Literal["field", "derived"]


@dataclass(frozen=True)
class SavedColumn:
    """A column of a table's Arrow file, in the file's order. ``type`` is that of one value, of the
    pairs' values for a property list."""

    name: str
    role: Role
    type: FieldType


@dataclass(frozen=True)
class SavedTable:
    """A table: its rows and columns. In the file of a secondary table the column behind these is
    the session of each row."""

    rows: int
    columns: tuple[SavedColumn, ...]


@dataclass(frozen=True)
class SavedArray:
    """An array of an index: its numpy type, such as ``<i4``, and its shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Manifest:
    """The whole description. ``found`` are the fields per table that the data adds to the
    catalog; ``span`` is ``Store.span``; ``repeated`` are the sessions whose key came before."""

    tables: Mapping[str, SavedTable]
    found: Mapping[str, tuple[Field, ...]]
    span: tuple[int, int]
    repeated: int
    notes: tuple[str, ...]
    indexes: Mapping[str, Mapping[str, SavedArray]]
    files: Mapping[str, SavedFile]

    @property
    def seal(self) -> str:
        """What the store is known again by: no two savings have one, not even of the same store."""
        return hashlib.sha256("".join(f.sha256 for f in self.files.values()).encode()).hexdigest()


def dump(manifest: Manifest) -> str:
    """The document, with its own checksum."""
    body = {
        "format": FORMAT,
        "version": VERSION,
        "span": manifest.span,
        "repeated": manifest.repeated,
        "notes": manifest.notes,
        "tables": {
            name: {
                "rows": table.rows,
                "columns": [
                    {"name": c.name, "role": c.role, "type": c.type.value} for c in table.columns
                ],
                "found": [_from_field(f) for f in manifest.found.get(name, ())],
            }
            for name, table in manifest.tables.items()
        },
        "indexes": {
            name: {key: {"dtype": a.dtype, "shape": a.shape} for key, a in arrays.items()}
            for name, arrays in manifest.indexes.items()
        },
        "files": {
            name: {
                "bytes": f.bytes,
                "sha256": f.sha256,
                "frames": f.frames,
                "framesSha256": f.frames_sha256,
                "columnsCrc32": f.columns,
            }
            for name, f in manifest.files.items()
        },
    }
    return json.dumps(body | {"sha256": _checksum(body)}, indent=1) + "\n"


def parse(text: bytes, source: str, folder: Path) -> Manifest:
    """The manifest of a document. ``DataError`` naming ``source`` when it is none, is damaged or
    of another version, with the calls that make the store ``folder`` anew."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise damaged(source) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise DataError("the file is not a description of a saved store", source=source)
    # Another version may compute its checksum otherwise.
    version = body.get("version")
    if isinstance(version, int) and version != VERSION:
        raise DataError(_other_version(version, folder), source=source)
    if body.pop("sha256", None) != _checksum(body):
        raise damaged(source)
    try:
        return _manifest(body)
    except (AttributeError, KeyError, TypeError, ValueError):  # written by something else
        raise damaged(source) from None


def damaged(source: str) -> DataError:
    """What to say of a file that is not as it was saved."""
    return DataError(
        "the file is damaged or of another store; save the store again from the exported "
        "sessions, or copy it again from where it is whole",
        source=source,
    )


def _other_version(version: int, folder: Path) -> str:
    """What to say of a store that another usql wrote."""
    path = str(folder)
    quoted = f'"{path}"' if os.name == "nt" else shlex.quote(path)
    return (
        f"the store has format version {version}, this usql reads {VERSION}; "
        f"{'use a newer usql, or ' * (version > VERSION)}create it again from the exported sessions: "
        f"usql convert EXPORT {quoted}, or in Python usql.open('EXPORT').save({path!r})"
    )


def _checksum(body: Mapping[str, Any]) -> str:
    """SHA-256 of the document without its checksum, keys sorted, without blanks."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest(body: Mapping[str, Any]) -> Manifest:
    tables: Mapping[str, Any] = body["tables"]
    first, last = map(_whole, body["span"])
    return Manifest(
        {
            name: SavedTable(
                _whole(table["rows"]),
                tuple(
                    SavedColumn(_text(c["name"]), _role(c["role"]), FieldType(c["type"]))
                    for c in table["columns"]
                ),
            )
            for name, table in tables.items()
        },
        {name: tuple(map(_to_field, table["found"])) for name, table in tables.items()},
        (first, last),
        _whole(body["repeated"]),
        tuple(map(_text, body["notes"])),
        {
            name: {
                key: SavedArray(_text(a["dtype"]), tuple(map(_whole, a["shape"])))
                for key, a in arrays.items()
            }
            for name, arrays in body["indexes"].items()
        },
        {
            name: SavedFile(
                _whole(f["bytes"]),
                tuple(_frame(start, size, f["bytes"]) for start, size in f["frames"]),
                tuple(map(_whole, f["columnsCrc32"])),
                _text(f["framesSha256"]),
                _text(f["sha256"]),
            )
            for name, f in body["files"].items()
        },
    )


def _role(saved: Role) -> Role:
    if saved not in get_args(Role):
        raise ValueError(saved)
    return saved


def _text(saved: str) -> str:
    if not isinstance(saved, str):
        raise TypeError(saved)
    return saved


def _flag(saved: bool) -> bool:
    if type(saved) is not bool:
        raise TypeError(saved)
    return saved


def _whole(saved: int) -> int:
    if type(saved) is not int:
        raise TypeError(saved)
    return saved


def _frame(start: int, size: int, bytes_: int) -> tuple[int, int]:
    if not (
        isinstance(start, int) and isinstance(size, int) and 0 <= start <= start + size <= bytes_
    ):
        raise ValueError(start, size)
    return start, size


def _from_field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type.value,
        "description": field.description,
        "unit": field.unit,
        "cardinality": field.cardinality.value,
        "isList": field.is_list,
        "valueType": field.value_type and field.value_type.value,
        "values": field.values,
        "laterValues": field.later_values,
        "deprecated": field.deprecated,
        "successors": field.successors,
        "isJson": field.is_json,
    }


def _to_field(saved: Mapping[str, Any]) -> Field:
    return Field(
        _text(saved["name"]),
        FieldType(saved["type"]),
        _text(saved["description"]),
        unit=saved["unit"],
        cardinality=Cardinality(saved["cardinality"]),
        is_list=saved["isList"],
        value_type=saved["valueType"] and FieldType(saved["valueType"]),
        values=tuple(saved["values"]),
        later_values=tuple(saved["laterValues"]),
        deprecated=saved["deprecated"],
        successors=tuple(saved["successors"]),
        origin=Origin.DATA,
        is_json=_flag(saved["isJson"]),
    )
