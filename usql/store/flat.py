"""Flat batches: nested sessions taken apart into one set of columns per table.

Readers produce them piece by piece; the encoder joins the pieces column by column, so pieces may
differ in the fields that they have and in the types of fields that the catalog does not know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from usql.catalog import PRIMARY, Catalog, FieldType, Table
from usql.language.literals import parse_date
from usql.store.compact import compact, lists_of, plain_type
from usql.store.schema import arrow_type, dropped

Lengths = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FlatTable:
    """Some rows of one table. ``columns``: compact arrays (see ``compact``), which the encoder
    takes out one by one. ``lengths``: rows per session, for secondary tables."""

    rows: int
    columns: dict[str, pa.Array]
    lengths: Lengths | None = None


FlatBatch = Mapping[str, FlatTable]
"""By table name; secondary tables without rows are left out."""


class NeedsPrecise(Exception):
    """The vectorised way can not judge this data; the row by row way must."""


def from_objects(catalog: Catalog, sessions: Sequence[Mapping[str, Any]]) -> FlatBatch:
    """Canonical objects (see ``normalize``) as a flat batch."""
    primary = catalog.table(PRIMARY)
    batch = {PRIMARY: FlatTable(len(sessions), _object_columns(primary, sessions))}
    for name, child in primary.children.items():
        lists = [s.get(name, ()) for s in sessions]
        rows = [row for entries in lists for row in entries]
        if rows:
            lengths = np.array([len(entries) for entries in lists], dtype=np.int64)
            columns = _object_columns(catalog.table(child), rows)
            batch[child] = FlatTable(len(rows), columns, lengths)
    return batch


def _object_columns(table: Table, rows: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    names = {name: None for row in rows for name in row if name not in table.children}
    for name in names:
        field = table.get(name)
        values = [row.get(name) for row in rows]
        if field is not None and field.name == name:
            columns[name] = compact(pa.array(values, arrow_type(field)))
        else:
            columns[name] = compact(_further(values))
    return columns


def _further(values: list[Any]) -> pa.Array:
    """A field that the catalog does not know, with the type that its values show."""
    kinds = {_kind(v) for v in values if v is not None}
    lists = [v for v in values if isinstance(v, list)]
    if kinds == {"list"}:
        inner = {_kind(e) for v in lists for e in v if e is not None}
        kind = _scalar_type(inner)
        if kind is not None:
            return pa.array([None if v is None else _as(kind, v) for v in values], pa.list_(kind))
    kind = _scalar_type(kinds)
    if kind is not None:
        return pa.array(_as(kind, values), kind)
    return pa.array([text_of(v) for v in values], pa.string())


def _as(kind: pa.DataType, values: list[Any]) -> list[Any]:
    return [float(v) if v is not None else v for v in values] if kind == pa.float64() else values


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | str):
        return type(value).__name__
    return "list" if isinstance(value, list) else "object"


def _scalar_type(kinds: set[str]) -> pa.DataType | None:
    if not kinds:
        return pa.null()
    single = {"boolean": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "str": pa.string()}
    if len(kinds) == 1:
        return single.get(next(iter(kinds)))
    return pa.float64() if kinds == {"int", "float"} else None


def text_of(value: Any) -> str | None:
    """A value of mixed types as text: strings as they are, others as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def unify(chunks: list[pa.Array]) -> list[pa.Array]:
    """Chunks of a further field with one type: whole numbers give way to doubles, everything
    else that differs to text."""
    kinds = {plain_type(c.type) for c in chunks if not pa.types.is_null(c.type)}
    if len(kinds) <= 1:
        return chunks
    if kinds == {pa.int64(), pa.float64()}:
        return [c if pa.types.is_null(c.type) else c.cast(pa.float64(), safe=False) for c in chunks]
    lists = {pa.list_(pa.int64()), pa.list_(pa.float64()), pa.list_(pa.null())}
    if kinds <= lists:
        return [c.cast(pa.list_(pa.float64()), safe=False) for c in chunks]
    return [compact(pa.array([text_of(v) for v in c.to_pylist()], pa.string())) for c in chunks]


# --- Arrow tables in the export's layout ----------------------------------------------------------


def from_arrow(catalog: Catalog, table: pa.Table) -> FlatBatch:
    """A nested Arrow table as a flat batch. Raises :class:`NeedsPrecise` when a column is not
    plainly of its type."""
    primary = catalog.table(PRIMARY)
    names = table.column_names
    if len(set(names)) != len(names):
        raise NeedsPrecise
    columns = {n: _one_array(table.column(n)) for n in names}
    batch: dict[str, FlatTable] = {}
    own = {n: c for n, c in columns.items() if n not in primary.children}
    batch[PRIMARY] = FlatTable(table.num_rows, _arrow_columns(primary, own))
    for name, child in primary.children.items():
        if name in columns and not pa.types.is_null(columns[name].type):
            entries, lengths = _split(columns[name])
            if not pa.types.is_struct(entries.type):
                raise NeedsPrecise
            if len(entries):
                inner = {f.name: c for f, c in zip(entries.type, entries.flatten(), strict=True)}
                found = _arrow_columns(catalog.table(child), inner)
                batch[child] = FlatTable(len(entries), found, lengths)
    return batch


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _split(column: pa.Array) -> tuple[pa.Array, Lengths]:
    """A list column as its entries and the entries per row; null structs are left out."""
    if not _is_list(column.type):
        raise NeedsPrecise
    entries = pc.list_flatten(column)
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    if pa.types.is_struct(entries.type) and entries.null_count:
        owners = np.repeat(np.arange(len(lengths)), lengths)
        kept = pc.is_valid(entries)
        lengths = np.bincount(owners[kept.to_numpy(zero_copy_only=False)], minlength=len(lengths))
        entries = entries.filter(kept)
    return entries, lengths.astype(np.int64)


def _arrow_columns(table: Table, columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    ignored = dropped(table)
    found: dict[str, pa.Array] = {}
    for name, column in columns.items():
        if name.lower() in ignored or column.null_count == len(column):
            continue  # a column holds something
        field = table.get(name)
        if field is not None and field.name != name:
            raise NeedsPrecise  # another spelling: a row may have both
        wanted = arrow_type(field) if field is not None else _further_type(column.type)
        is_dated = field is not None and field.value_type is FieldType.TIMESTAMP
        made = cast(_with_dates_read(column) if is_dated else column, wanted)
        if field is not None and field.type is FieldType.PROPERTIES:
            keys = pc.list_flatten(made).flatten()[0]
            if keys.null_count:
                raise NeedsPrecise
        found[name] = compact(made)
    return found


def _further_type(kind: pa.DataType) -> pa.DataType:
    """The canonical type of an Arrow type that the catalog does not know."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if _is_list(kind):
        inner = _further_type(kind.value_type)
        if pa.types.is_list(inner):
            raise NeedsPrecise
        return pa.list_(inner)
    if pa.types.is_boolean(kind):
        return pa.bool_()
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if _is_text(kind):
        return pa.string()
    raise NeedsPrecise


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def cast(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """A column in its canonical type where that loses nothing; else :class:`NeedsPrecise`."""
    kind = column.type
    if kind == wanted and not _has_doubles(wanted):
        return column
    if pa.types.is_dictionary(kind):
        if wanted == pa.string() and _is_text(kind.value_type):
            return column.cast(pa.dictionary(pa.int32(), pa.string()))
        return cast(column.dictionary_decode(), wanted)
    if pa.types.is_null(kind):
        return pa.nulls(len(column), wanted)
    if pa.types.is_list(wanted):
        return _cast_list(column, wanted)
    if pa.types.is_struct(wanted):
        return _cast_pairs(column, wanted)
    try:
        return _cast_scalar(column, kind, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise NeedsPrecise from None


def _has_doubles(kind: pa.DataType) -> bool:
    """Whether NaN may stand somewhere in values of the type."""
    if pa.types.is_list(kind):
        return _has_doubles(kind.value_type)
    if pa.types.is_struct(kind):
        return any(_has_doubles(f.type) for f in kind)
    return bool(pa.types.is_floating(kind))


def _cast_scalar(column: pa.Array, kind: pa.DataType, wanted: pa.DataType) -> pa.Array:
    if wanted == pa.string() and (_is_text(kind) or pa.types.is_integer(kind)):
        return column.cast(pa.string())
    if wanted == pa.int64():
        if pa.types.is_timestamp(kind):
            return _rounded_down(column.cast(pa.int64()), kind.unit)
        if pa.types.is_date(kind):
            return column.cast(pa.timestamp("ms")).cast(pa.int64())
        if pa.types.is_floating(kind):
            return _without_nan(column).cast(pa.int64())
        if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            return column.cast(pa.int64())
    if wanted == pa.float64() and (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    ):
        return _without_nan(column.cast(pa.float64(), safe=False))
    raise NeedsPrecise


def _rounded_down(counts: pa.Array, unit: str) -> pa.Array:
    """Counts of a unit of time as milliseconds; ``ArrowInvalid`` where those leave 64 bits."""
    if unit in ("s", "ms"):
        return pc.multiply_checked(counts, 1000 if unit == "s" else 1)
    step = 1000 if unit == "us" else 1_000_000
    whole = pc.divide(counts, step)  # towards zero
    below = pc.less(counts, pc.multiply(whole, step))
    return pc.subtract(whole, below.cast(pa.int64()))


def _without_nan(column: pa.Array) -> pa.Array:
    """NaN is a missing value."""
    if not pa.types.is_floating(column.type):
        return column
    nan = pc.is_nan(column)
    return pc.if_else(nan, pa.scalar(None, column.type), column) if pc.any(nan).as_py() else column


def _cast_list(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_map(column.type):
        offsets = column.offsets
        pairs = pa.StructArray.from_arrays([column.keys, column.items], ["key", "value"])
        column = pa.ListArray.from_arrays(offsets, pairs)
    entries, lengths = _split(column)
    return lists_of(lengths, cast(entries, wanted.value_type))


def _cast_pairs(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if not pa.types.is_struct(column.type):
        raise NeedsPrecise
    given = {f.name: c for f, c in zip(column.type, column.flatten(), strict=True)}
    if "key" not in given:
        raise NeedsPrecise
    values = given.get("value", pa.nulls(len(column)))
    return pa.StructArray.from_arrays(
        [cast(given["key"], pa.string()), cast(values, wanted.field("value").type)],
        ["key", "value"],
    )


def _with_dates_read(column: pa.Array) -> pa.Array:
    """A property list with its dates read from their text, if they are text."""
    if not _is_list(column.type):
        return column
    kind = column.type.value_type
    if not pa.types.is_struct(kind) or [f.name for f in kind] != ["key", "value"]:
        return column
    if not _is_text(kind.field("value").type):
        return column
    entries, lengths = _split(column)
    keys, values = entries.flatten()
    pairs = pa.StructArray.from_arrays([keys, _milliseconds(values)], ["key", "value"])
    return lists_of(lengths, pairs)


def _milliseconds(texts: pa.Array) -> pa.Array:
    """Dates by their distinct texts; whole numbers and bad dates are for the precise way."""
    encoded = texts.dictionary_encode()
    try:
        instants = [parse_date(t) for t in encoded.dictionary.to_pylist()]
    except ValueError:
        raise NeedsPrecise from None
    return pa.array(instants, pa.int64()).take(encoded.indices)
