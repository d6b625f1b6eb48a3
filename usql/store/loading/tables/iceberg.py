"""Tables of Iceberg, read by the library ``pyiceberg``: the rows of the current snapshot, file by
file, without deleted rows.

The metadata file names all other files by absolute URLs. Only those below the table's folder are
opened, through the file system that the folder was reached by, whatever the metadata says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pyarrow as pa
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.io.pyarrow import ArrowScan, PyArrowFile, schema_to_pyarrow
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import StaticTable, Table
from pyiceberg.table.metadata import TableMetadata

from usql.errors import DataError
from usql.store.loading.tables.iceberg_bounds import FileBounds
from usql.store.loading.tables.scans import Choice, Columns, Scan, refused
from usql.store.sources.foreign import DESCRIPTIONS, METADATA
from usql.store.sources.opened import Lake
from usql.store.sources.trees import Tree

_HINT = "version-hint.text"
_VERSION = re.compile(r"v?(\d+)(?:-.*)?(?:\.gz)?\.metadata\.json(?:\.gz)?")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(//(?P<host>[^/]*))?(?P<path>.*)", re.DOTALL
)
_SAME = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfss": "abfs", "wasb": "abfs", "wasbs": "abfs"}
"""Different schemes for the same storage."""


def open_iceberg(lake: Lake) -> Table:
    """The table by its newest metadata file, or by the one that was named."""
    tree, source = lake.tree, lake.origin.name
    try:
        is_named = lake.path.endswith(DESCRIPTIONS)
        place = lake.path if is_named else _newest(tree, lake.path, source)
        if not place.endswith(DESCRIPTIONS[0]):
            raise DataError("metadata files that end in .json.gz cannot be read", source=source)
        folder = tree.parent(tree.parent(place)) or os.curdir
        system = tree.arrow()
        urls = [tree.shown(folder)]
        if tree.is_local:
            urls = [os.path.abspath(folder), os.path.realpath(folder)]

        def opened(location: str, below: str) -> InputFile:
            return PyArrowFile(location, tree.join(folder, below), system)

        described = FromInputFile.table_metadata(PyArrowFile(place, place, system))
        return _table(described, place, _Below(urls, source, opened))
    except DataError:
        raise
    except Exception as error:  # of many classes, some of them built in
        raise refused(error, source) from error


def _table(described: TableMetadata, place: str, io: FileIO) -> Table:
    """A table by its metadata, whose own settings must not choose code or a server."""
    return StaticTable(("table",), described, place, io, NoopCatalog("none"))


def _newest(tree: Tree, folder: str, source: str) -> str:
    """The metadata file that the hint names, else the one with the highest version."""
    metadata = tree.join(folder, METADATA)
    names = tree.names(metadata)
    if _HINT in names:
        hint = _text(tree, tree.join(metadata, _HINT)).strip()
        ends = ["", *DESCRIPTIONS, f".gz{DESCRIPTIONS[0]}"]
        for name in (start + hint + end for end in ends for start in ("", "v")):
            if name.endswith(DESCRIPTIONS) and name in names:
                return tree.join(metadata, name)
        raise DataError(f"its {_HINT} names {hint[:40]!r}, which does not exist", source=source)
    versions = [(int(match[1]), name) for name in names if (match := _VERSION.fullmatch(name))]
    if not versions:
        raise DataError("no metadata file of this table has a version; name one", source=source)
    highest = max(version for version, _ in versions)
    newest = sorted(name for version, name in versions if version == highest)
    if len(newest) > 1:
        raise DataError(
            f"there are {len(newest)} metadata files of version {highest} of this table; name the one "
            f"to read: {', '.join(tree.shown(tree.join(metadata, name)) for name in newest)}",
            source=source,
        )
    return tree.join(metadata, newest[0])


def _text(tree: Tree, path: str) -> str:
    with tree.origin(path).place.stream() as stream:
        return stream.read(1 << 10).decode()


class _Below(FileIO):
    """Opens the files below one folder, which has these URLs: ``opened`` takes the whole URL of a
    file and its path below the folder."""

    def __init__(
        self, urls: Iterable[str], source: str, opened: Callable[[str, str], InputFile]
    ) -> None:
        super().__init__()
        self._urls = [*map(_plain, urls)]
        self._source = source
        self._opened = opened

    def new_input(self, location: str) -> InputFile:
        """A file by its URL."""
        plain = _plain(location)
        for url in self._urls:
            below = plain.removeprefix(url + "/")
            if below != plain and ".." not in below.split("/"):
                return self._opened(location, below)
        raise DataError(
            f"this table names a file elsewhere, {location}, which is not read; a table that was "
            "copied or moved must be described again",
            source=self._source,
        )

    def new_output(self, location: str) -> OutputFile:
        """Nothing is written."""
        raise NotImplementedError(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Nothing is deleted."""
        raise NotImplementedError(str(location))


def _plain(location: str) -> str:
    """A URL in canonical form; for a file of this machine, its path. Nothing is decoded, because
    names of files are written literally."""
    match = _URL.fullmatch(location)
    if match is None or match["scheme"].lower() == "file":
        return os.path.normpath(location if match is None else match["path"])
    scheme = match["scheme"].lower()
    return f"{_SAME.get(scheme, scheme)}://{match['host'] or ''}{match['path']}".rstrip("/")


def scan_iceberg(table: Table, source: str) -> Scan:
    """A scan of the rows of a table's current snapshot. ``DataError`` for a table that the library
    cannot read, and for one whose manifests name files elsewhere."""
    io = table.io
    if not isinstance(io, _Below):
        io = _Below([table.location()], source, lambda location, _: table.io.new_input(location))

    def batches(choice: Choice) -> Iterator[pa.RecordBatch]:
        below = _table(table.metadata, table.metadata_location, io)
        for task in below.scan().plan_files():
            columns = choice(partial(bounds.of, task.file))
            projected = below.scan(selected_fields=_selected(columns)).projection()
            scan = ArrowScan(below.metadata, io, projected, AlwaysTrue())
            yield from scan.to_record_batches([task])  # it would read ahead through all tasks

    try:
        schema = schema_to_pyarrow(table.schema(), include_field_ids=False)
        bounds = FileBounds(table.schema(), schema)
    except Exception as error:
        raise refused(error, source) from error
    return Scan(schema, batches, source)


def _selected(columns: Columns) -> tuple[str, ...]:
    """The columns to ask the library for, which takes a name with a dot for a struct member."""
    is_plain = columns is not None and not any("." in name for name in columns)
    return tuple(columns) if columns is not None and is_plain else ("*",)
