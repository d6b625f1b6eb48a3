"""The log of a Delta Lake table, searched for deletion vectors outside its folder: the library
reads them wherever they are, without saying so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from usql.errors import DataError
from usql.store.inputs.origin import Origin
from usql.store.sources.trees import Tree

_LOG = "_delta_log"
_FOLDERS = ("", "_sidecars", "_staged_commits")
_PREFIX = re.compile(r"[A-Za-z0-9]*")
_IDENTIFIER = 20
"""How many characters at the end of a relative path encode the file's name."""

_VECTOR = "add.deletionVector."


def check_vectors(tree: Tree, folder: str, source: str) -> None:
    """``DataError`` when the log of the table in a folder names a deletion vector that is not below
    the folder."""
    for kind, path in _vectors(tree, tree.join(folder, _LOG)):
        is_near = kind == "u" and _PREFIX.fullmatch(path[:-_IDENTIFIER])
        if kind != "i" and not is_near:
            raise DataError(
                f"the log of this table names a deletion vector elsewhere, {path[:200]}, which is "
                "not read",
                source=source,
            )


def _vectors(tree: Tree, log: str) -> Iterator[tuple[str, str]]:
    for inner in _FOLDERS:
        folder = tree.join(log, inner) if inner else log
        for name in sorted(tree.names(folder)) if tree.is_folder(folder) else []:
            origin = tree.origin(tree.join(folder, name))
            if name.endswith(".json"):
                yield from _of_text(origin)
            elif name.endswith(".parquet"):
                yield from _of_checkpoint(origin)


def _of_text(origin: Origin) -> Iterator[tuple[str, str]]:
    with origin.place.stream() as stream:
        text = stream.read()
    for line in text.splitlines():
        if b"deletionVector" in line or b"\\u" in line:
            yield from _of_action(json.loads(line).get("add"))


def _of_checkpoint(origin: Origin) -> Iterator[tuple[str, str]]:
    import pyarrow.parquet as pq

    with origin.place.native(in_order=False) as data:
        file = pq.ParquetFile(data)
        paths = [file.schema.column(i).path for i in range(len(file.schema))]
        vectors = [path for path in paths if path.startswith(_VECTOR)]
        for batch in file.iter_batches(columns=vectors) if vectors else ():
            for row in pa.Table.from_batches([batch]).to_pylist():
                yield from _of_action(row["add"])


def _of_action(added: Any) -> Iterator[tuple[str, str]]:
    vector = added.get("deletionVector") if isinstance(added, dict) else None
    if isinstance(vector, dict) and vector.get("storageType") is not None:
        yield str(vector["storageType"]), str(vector.get("pathOrInlineDv"))
