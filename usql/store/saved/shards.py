"""What a set of shards says of itself: a folder of saved stores that are one set of sessions, sorted
by time (``docs/STORE.md`` describes it)."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from usql.catalog import PRIMARY, Catalog, Field, default_catalog
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.columns import Store
from usql.store.saved.documents import (
    catalog_with,
    checksum,
    flag,
    from_field,
    text_of,
    to_field,
    whole,
)
from usql.store.saved.folder import is_store, open_folder
from usql.store.saved.replace import absolute, is_kind, settled
from usql.store.times import Times, span_over, starts_and_ends

FORMAT = "usql-shards"
VERSION = 1
"""Counts up when a set of the new kind cannot be read as one of the old kind."""

MANIFEST = "usql-shards.json"
"""The file that makes a folder a set of shards. It is written last."""

SUFFIX = ".usqlshards"
"""Of folders of shards that the command writes."""

_PIECES = "part-*.usqlstore"


def shard_name(number: int) -> str:
    """The name of a shard's folder."""
    return _PIECES.replace("*", f"{number:05}")


@dataclass(frozen=True)
class Shard:
    """One of the stores: the ``name`` of its folder, how many rows its tables have, when its sessions
    start and end, the bytes of all its files, and its seal (``Saved.seal``)."""

    name: str
    rows: Mapping[str, int]
    starts: Times
    ends: Times
    bytes: int
    seal: str

    @property
    def sessions(self) -> int:
        """How many sessions it has."""
        return self.rows[PRIMARY]


@dataclass(frozen=True)
class ShardSet:
    """The whole description. ``shards`` stand in the order of time, sessions without a start in the
    last ones. ``data_fields`` are the fields per table that the data adds to the catalog, of one type in all
    shards, ``keys`` those of properties per table and field. ``repeated`` of all sessions have a key
    that came before. ``written_by``: the version of usql."""

    shards: tuple[Shard, ...]
    data_fields: Mapping[str, tuple[Field, ...]]
    keys: Mapping[tuple[str, str], tuple[str, ...]]
    span: tuple[int, int]
    repeated: int
    notes: tuple[str, ...]
    written_by: str

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return sum(shard.sessions for shard in self.shards)

    @property
    def catalog(self) -> Catalog:
        """The catalog of the whole set."""
        return replace(catalog_with(self.data_fields), property_keys=dict(self.keys))

    @property
    def seal(self) -> str:
        """What the set is known again by."""
        return checksum({"shards": [shard.seal for shard in self.shards]})


def described(name: str, folder: Path, store: Store) -> Shard:
    """The shard that was saved to a folder."""
    saved = open_folder(folder).saved
    assert saved is not None
    return Shard(
        name,
        {table: data.rows for table, data in store.tables.items()},
        *starts_and_ends(store),
        bytes_in(folder),
        saved.seal,
    )


def span_of(shards: Sequence[Shard]) -> tuple[int, int]:
    """``Store.span`` of all sessions of some shards."""
    return span_over((shard.starts, shard.ends) for shard in shards)


def bytes_in(folder: Path) -> int:
    """The bytes of the files in a folder."""
    return sum(entry.stat().st_size for entry in os.scandir(folder))


# --- reading --------------------------------------------------------------------------------------


def is_shards(path: str | os.PathLike[str]) -> bool:
    """Whether there is a set of shards at ``path``, whole or damaged."""
    return is_kind(path, MANIFEST)


def are_pieces(names: Sequence[str]) -> bool:
    """Whether what a folder holds are shards; without a manifest they are not the whole set."""
    begin, end = _PIECES.split("*")
    return any(name.startswith(begin) and name.endswith(end) for name in names)


INCOMPLETE = (
    f"the folder has shards, but not {MANIFEST}, which is written last: the run that wrote them did "
    "not end; run it again, or copy the folder again from where it is whole"
)
"""What to say of shards without a manifest."""


def read_shards(folder: str | os.PathLike[str]) -> tuple[Path, ShardSet]:
    """Where a set of shards stands, and what it says of itself. ``DataError`` when there is none, when
    it is damaged or of another version, or when a shard is missing or of another size."""
    return settled(absolute(folder), MANIFEST, "set of shards", checked)


def checked(target: Path, place: Path, text: bytes) -> tuple[Path, ShardSet]:
    """What is described by the manifest's ``text`` at ``place``, if its shards are there."""
    shard_set = parse(text, str(place / MANIFEST), target)
    for shard in shard_set.shards:
        _check(place / shard.name, shard)
    return place, shard_set


def open_shard(folder: Path, seal: str) -> Store:
    """One shard; ``DataError`` if there is none, or another store in its place."""
    if not is_store(folder):
        raise DataError(f"the shard is missing; {_AGAIN}", source=str(folder))
    store = open_folder(folder)
    if store.saved is None or store.saved.seal != seal:
        raise DataError(f"the shard is not the one that was written; {_AGAIN}", source=str(folder))
    return store


_AGAIN = "run usql shard again, or copy the folder again from where it is whole"


def _check(folder: Path, shard: Shard) -> None:
    try:
        size = bytes_in(folder)
    except FileNotFoundError:
        raise DataError(f"the shard is missing; {_AGAIN}", source=str(folder)) from None
    except OSError as error:
        reason = f"the shard cannot be read: {error.strerror}"
        raise DataError(reason, source=str(folder)) from error
    if size != shard.bytes:
        reason = (
            f"the shard has {size:,} bytes, not the {shard.bytes:,} that were written; {_AGAIN}"
        )
        raise DataError(reason, source=str(folder))


# --- the document ---------------------------------------------------------------------------------


def dump(shards: ShardSet) -> str:
    """The document, with its own checksum."""
    body = {
        "format": FORMAT,
        "version": VERSION,
        "writtenBy": shards.written_by,
        "sessions": shards.sessions,
        "span": shards.span,
        "repeated": shards.repeated,
        "notes": shards.notes,
        "tables": {
            name: {
                "found": [from_field(field) for field in fields],
                "keys": {
                    field: keys for (table, field), keys in shards.keys.items() if table == name
                },
            }
            for name, fields in shards.data_fields.items()
        },
        "shards": [
            {
                "name": shard.name,
                "rows": shard.rows,
                "startTime": _from_times(shard.starts),
                "endTime": _from_times(shard.ends),
                "bytes": shard.bytes,
                "seal": shard.seal,
            }
            for shard in shards.shards
        ],
    }
    return json.dumps(body | {"sha256": checksum(body)}, indent=1) + "\n"


def _from_times(times: Times) -> dict[str, Any]:
    return {"low": times.low, "high": times.high, "hasGaps": times.has_gaps}


def parse(text: bytes, source: str, folder: Path) -> ShardSet:
    """The set that a document describes. ``DataError`` naming ``source`` when it is none, is damaged
    or of another version, with the call that writes ``folder`` again."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(source) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise DataError("the file is not a description of shards", source=source)
    version = body.get("version")
    if isinstance(version, int) and version != VERSION:
        raise DataError(_other_version(version, folder), source=source)
    if body.pop("sha256", None) != checksum(body):
        raise _damaged(source)
    try:
        return _shard_set(body)
    except (AttributeError, KeyError, TypeError, ValueError):  # written by something else
        raise _damaged(source) from None


def _damaged(source: str) -> DataError:
    return DataError(f"the description of the shards is damaged; {_AGAIN}", source=source)


def _other_version(version: int, folder: Path) -> str:
    path = str(folder)
    quoted = f'"{path}"' if os.name == "nt" else shlex.quote(path)
    return (
        f"the shards have format version {version}, this usql reads {VERSION}; "
        f"{'use a newer usql, or ' * (version > VERSION)}create them again from the exported sessions: "
        f"usql shard EXPORT {quoted}"
    )


def _shard_set(body: Mapping[str, Any]) -> ShardSet:
    tables: Mapping[str, Any] = body["tables"]
    first, last = map(whole, body["span"])
    known = {table.name for table in default_catalog()}
    if tables.keys() != known:
        raise ValueError(tables.keys())
    shards = tuple(map(_shard, body["shards"]))
    if any(shard.rows.keys() != known for shard in shards):
        raise ValueError(shards)
    return ShardSet(
        shards,
        {name: tuple(map(to_field, table["found"])) for name, table in tables.items()},
        {
            (name, field): tuple(map(text_of, keys))
            for name, table in tables.items()
            for field, keys in table["keys"].items()
        },
        (first, last),
        whole(body["repeated"]),
        tuple(map(text_of, body["notes"])),
        text_of(body["writtenBy"]),
    )


def _shard(saved: Mapping[str, Any]) -> Shard:
    name = text_of(saved["name"])
    if not are_pieces([name]) or os.path.basename(name) != name:  # no other folder is ever opened
        raise ValueError(name)
    return Shard(
        name,
        {table: whole(rows) for table, rows in saved["rows"].items()},
        _to_times(saved["startTime"]),
        _to_times(saved["endTime"]),
        whole(saved["bytes"]),
        text_of(saved["seal"]),
    )


def _to_times(saved: Mapping[str, Any]) -> Times:
    low, high = (None if saved[n] is None else whole(saved[n]) for n in ("low", "high"))
    if (low is None) != (high is None):
        raise ValueError(saved)
    return Times(low, high, flag(saved["hasGaps"]))
