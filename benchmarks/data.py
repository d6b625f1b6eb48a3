"""The data of the benchmark: made once per scale from the project's sample, kept on disk.

Three forms of the same sessions stand in ``benchmarks/data/scale-*/``: ``sessions.parquet`` in the
export's nested layout, ``store/`` as usql saves it, and ``flat-*.arrow``, the tables that the peers
load: one per USQL table, children keyed by the row number of their session and sorted by it,
texts as dictionaries, every number in its narrowest type, property lists as a column per key. What
the present sources would make otherwise is made anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import usql
from usql.samples import batches

SESSIONS = 1_000_000
"""Sessions at scale 1."""

SEED = 1
FOLDER = Path(__file__).parent / "data"
OWNER = "session"
"""The column that holds the row number of a session, in its own table and in those of its children."""

CHILDREN = {
    "useraction": "userActions",
    "userevent": "events",
    "usererror": "errors",
    "usersyntheticevent": "syntheticEvents",
}
_PROPERTIES = ("stringProperties", "longProperties", "doubleProperties", "dateProperties")


@dataclass(frozen=True)
class Data:
    """The files of one scale; each is made when it is first asked for. ``fields`` are those kept of
    the sessions and, as ``userActions.name``, of their children; all without it."""

    scale: float
    folder: Path
    fields: frozenset[str] | None = None

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return round(SESSIONS * self.scale)

    def parquet(self) -> Path:
        """The nested export."""
        path = self.folder / "sessions.parquet"
        if not path.exists():
            with replacing(path) as unfinished:
                write_parquet(unfinished, self.batches())
        return path

    def store(self) -> Path:
        """The folder that usql saved."""
        path = self.folder / f"store-{fingerprint('store')}"
        if not path.exists():
            for old in self.folder.glob("store-*"):
                shutil.rmtree(old)
            with replacing(path) as unfinished:
                usql.open(self.parquet()).save(unfinished)
        return path

    def flat(self) -> dict[str, pa.Table]:
        """The peers' tables by name, read into memory."""
        paths = {name: self.folder / f"flat-{name}.arrow" for name in ("usersession", *CHILDREN)}
        if not all(path.exists() for path in paths.values()):
            for name, table in flatten(self.batches()).items():
                with (
                    replacing(paths[name]) as unfinished,
                    pa.ipc.new_file(str(unfinished), table.schema) as writer,
                ):
                    writer.write_table(table)
        return {name: _read(path) for name, path in paths.items()}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The sessions as the sample makes them."""
        whole = batches(self.sessions, SEED)
        return (
            whole if self.fields is None else (_with_fields(batch, self.fields) for batch in whole)
        )


def data(scale: float, folder: Path | None = None, fields: frozenset[str] | None = None) -> Data:
    """The data of a scale, in ``FOLDER`` or the folder given; what other sources made there is
    removed."""
    name = f"scale-{scale:g}" if fields is None else f"fields-{scale:g}"
    sample = Data(scale, (folder or FOLDER) / name, fields)
    stamp, origin = sample.folder / "made-by", f"{fingerprint('samples')} {sorted(fields or ())}"
    if sample.folder.exists() and not (stamp.exists() and stamp.read_text() == origin):
        shutil.rmtree(sample.folder)
    sample.folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(origin)
    return sample


def fingerprint(package: str) -> str:
    """Of the sources of a package of usql and of this file."""
    sources = sorted((Path(usql.__file__).parent / package).rglob("*.py"))
    parts = [path.read_bytes() for path in (*sources, Path(__file__))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def _with_fields(batch: pa.RecordBatch, fields: frozenset[str]) -> pa.RecordBatch:
    columns = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        inner = [f.partition(".")[2] for f in fields if f.startswith(f"{name}.")]
        if name in fields:
            columns[name] = column
        elif inner:
            entries = column.values
            structs = pa.StructArray.from_arrays([entries.field(i) for i in inner], inner)
            nulls = column.is_null()
            columns[name] = pa.ListArray.from_arrays(column.offsets, structs, mask=nulls)
    return pa.RecordBatch.from_pydict(columns)


def flatten(nested: Iterable[pa.RecordBatch]) -> dict[str, pa.Table]:
    """The flat tables of nested batches.

    ``usersession`` has its rows in their order; a child's ``session`` is the row number there.
    """
    parts: dict[str, list[pa.Table]] = {name: [] for name in ("usersession", *CHILDREN)}
    first = 0
    for batch in nested:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name, field in CHILDREN.items():
            parts[name].append(_children(columns.pop(field), first))
        rows = pa.array(np.arange(first, first + batch.num_rows))
        parts["usersession"].append(_scalars({OWNER: rows, **columns}))
        first += batch.num_rows
    return {name: _narrow(pa.concat_tables(tables)) for name, tables in parts.items()}


def _children(lists: pa.Array, first: int) -> pa.Table:
    entries = lists.flatten()
    columns = dict(zip((f.name for f in entries.type), entries.flatten(), strict=True))
    owner = np.repeat(np.arange(len(lists)), lists.value_lengths().fill_null(0).to_numpy())
    return _scalars({OWNER: pa.array(owner + first), **columns})


def _scalars(columns: dict[str, pa.Array]) -> pa.Table:
    """Properties become a column per key; an address also the number of its IPv4 form."""
    scalars: dict[str, pa.Array] = {}
    for name, column in columns.items():
        if name in _PROPERTIES:
            scalars |= _by_key(name, column)
        else:
            scalars[name] = column
            if name == "ip":
                scalars["ip4"] = _numeric(column)
    return pa.table(scalars)


def _by_key(name: str, lists: pa.Array) -> dict[str, pa.Array]:
    """The property columns ``stringProperties.tier`` and so on; absent values are null."""
    pairs = lists.flatten()
    owner = pc.list_parent_indices(lists).to_numpy()
    keys, values = (pairs.field(part) for part in ("key", "value"))
    by_key = {}
    for key in sorted(pc.unique(keys.cast(pa.string())).to_pylist()):
        rows = np.flatnonzero(pc.equal(keys.cast(pa.string()), key).to_numpy(zero_copy_only=False))
        places = np.full(len(lists), -1)
        places[owner[rows]] = rows
        by_key[f"{name}.{key}"] = values.take(pa.array(places, mask=places < 0))
    return by_key


def _numeric(texts: pa.Array) -> pa.Array:
    """The IPv4 addresses as unsigned 32-bit numbers, null for all else."""
    parts = pc.extract_regex(texts, r"^(?P<a>\d+)\.(?P<b>\d+)\.(?P<c>\d+)\.(?P<d>\d+)$")
    total = pa.scalar(0, pa.int64())
    for part in "abcd":
        byte = pc.struct_field(parts, part).cast(pa.int64())
        total = pc.add(pc.multiply(total, 256), byte)
    return total.cast(pa.uint32())


def _narrow(table: pa.Table) -> pa.Table:
    """One chunk, one sorted dictionary per column, and the narrowest integers."""
    table = table.unify_dictionaries().combine_chunks()
    for number, field in enumerate(table.schema):
        column = table.column(number)
        if column.num_chunks > 1:
            raise ValueError(f"{field.name} does not fit one chunk")
        if pa.types.is_int64(field.type):
            limits = pc.min_max(column).as_py()
            width = _width(limits["min"] or 0, limits["max"] or 0)
        elif pa.types.is_dictionary(field.type):
            column = pa.chunked_array([_sorted(column.chunk(0))])
            width = pa.dictionary(_width(0, len(column.chunk(0).dictionary)), pa.string())
        else:
            continue
        table = table.set_column(number, field.name, column.cast(width))
    return table


def _sorted(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """The same texts over a sorted dictionary without doubles."""
    values = pc.unique(column.dictionary).sort()
    codes = pc.index_in(column.dictionary, values).take(column.indices)
    return pa.DictionaryArray.from_arrays(codes, values)


def _width(least: int, most: int) -> pa.DataType:
    for bits, width in ((8, pa.int8()), (16, pa.int16()), (32, pa.int32())):
        if -(1 << bits - 1) <= least and most < 1 << bits - 1:
            return width
    return pa.int64()


def write_parquet(path: Path, nested: Iterator[pa.RecordBatch]) -> None:
    """Write the batches as they come, at least one."""
    first = next(nested)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_batch(first)
        for batch in nested:
            writer.write_batch(batch)


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A place to write a file or folder, which gets its name only when it is whole."""
    unfinished = path.with_name(f"unfinished-{path.name}")
    if unfinished.is_dir():
        shutil.rmtree(unfinished)
    yield unfinished
    unfinished.rename(path)
