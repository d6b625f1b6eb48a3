"""The manifest of a saved store, one JSON document (``docs/STORE.md`` describes it)."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from usql.catalog import Field, FieldType
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.saved.documents import checksum, damaged, from_field, text_of, to_field, whole

FORMAT = "usql-store"
VERSION = 3
"""Incremented when stores of the new format cannot be read as stores of the old one."""


@dataclass(frozen=True)
class SavedFile:
    """An Arrow file: its size, and SHA-256 of its frames and of all its bytes, in hexadecimal.

    ``frames`` are the pieces (first byte, number of bytes) that are not values: schema, message
    headers and footer. ``columns`` are the CRC-32 of each column's values: a column is read
    completely before it is used, and checking takes a fraction of that time.
    """

    bytes: int
    frames: tuple[tuple[int, int], ...]
    columns: tuple[int, ...]
    frames_sha256: str
    sha256: str


Role = Literal["field", "derived"]


@dataclass(frozen=True)
class SavedColumn:
    """A column of a table's Arrow file, in the file's order. ``type`` is the type of one value, for
    a property list that of the pairs' values."""

    name: str
    role: Role
    type: FieldType


@dataclass(frozen=True)
class SavedTable:
    """A table: its number of rows and its columns. The file of a secondary table has one more
    column after these: the session of each row."""

    rows: int
    columns: tuple[SavedColumn, ...]


@dataclass(frozen=True)
class SavedArray:
    """An array of an index: its numpy type, such as ``<i4``, and its shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Manifest:
    """The whole manifest. ``data_fields`` are the fields, by table, that the data adds to the catalog;
    ``span`` is ``Store.span``; ``repeated`` counts the sessions whose key occurred before."""

    tables: Mapping[str, SavedTable]
    data_fields: Mapping[str, tuple[Field, ...]]
    span: tuple[int, int]
    repeated: int
    notes: tuple[str, ...]
    indexes: Mapping[str, Mapping[str, SavedArray]]
    files: Mapping[str, SavedFile]

    @property
    def seal(self) -> str:
        """The checksum that identifies this save: no two saves share it, even of the same store."""
        return hashlib.sha256("".join(f.sha256 for f in self.files.values()).encode()).hexdigest()


def dump_manifest(manifest: Manifest) -> str:
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
                "found": [from_field(f) for f in manifest.data_fields.get(name, ())],
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
    return json.dumps(body | {"sha256": checksum(body)}, indent=1) + "\n"


def parse_manifest(text: bytes, source: str, folder: Path) -> Manifest:
    """The manifest in a document. ``DataError`` naming ``source`` when it is not a manifest, is
    damaged or has another version; the message shows how to make the store ``folder`` again."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise damaged(source) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise DataError("the file is not a description of a saved store", source=source)
    # Another version may compute its checksum differently.
    version = body.get("version")
    if isinstance(version, int) and version != VERSION:
        raise DataError(_other_version(version, folder), source=source)
    if body.pop("sha256", None) != checksum(body):
        raise damaged(source)
    try:
        return _manifest(body)
    except (AttributeError, KeyError, TypeError, ValueError):  # written by something else
        raise damaged(source) from None


def _other_version(version: int, folder: Path) -> str:
    """The message for a store that another version of usql wrote."""
    path = str(folder)
    quoted = f'"{path}"' if os.name == "nt" else shlex.quote(path)
    return (
        f"the store has format version {version}, this usql reads {VERSION}; "
        f"{'use a newer usql, or ' * (version > VERSION)}create it again from the exported sessions: "
        f"usql convert EXPORT {quoted}, or in Python usql.open('EXPORT').save({path!r})"
    )


def _manifest(body: Mapping[str, Any]) -> Manifest:
    tables: Mapping[str, Any] = body["tables"]
    first, last = map(whole, body["span"])
    return Manifest(
        {
            name: SavedTable(
                whole(table["rows"]),
                tuple(
                    SavedColumn(text_of(c["name"]), _role(c["role"]), FieldType(c["type"]))
                    for c in table["columns"]
                ),
            )
            for name, table in tables.items()
        },
        {name: tuple(map(to_field, table["found"])) for name, table in tables.items()},
        (first, last),
        whole(body["repeated"]),
        tuple(map(text_of, body["notes"])),
        {
            name: {
                key: SavedArray(text_of(a["dtype"]), tuple(map(whole, a["shape"])))
                for key, a in arrays.items()
            }
            for name, arrays in body["indexes"].items()
        },
        {
            name: SavedFile(
                whole(f["bytes"]),
                tuple(_frame(start, size, f["bytes"]) for start, size in f["frames"]),
                tuple(map(whole, f["columnsCrc32"])),
                text_of(f["framesSha256"]),
                text_of(f["sha256"]),
            )
            for name, f in body["files"].items()
        },
    )


def _role(saved: Role) -> Role:
    if saved not in get_args(Role):
        raise ValueError(saved)
    return saved


def _frame(start: int, size: int, bytes_: int) -> tuple[int, int]:
    if not (
        isinstance(start, int) and isinstance(size, int) and 0 <= start <= start + size <= bytes_
    ):
        raise ValueError(start, size)
    return start, size
