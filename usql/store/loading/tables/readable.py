"""Tables of other programs made readable: what has no meaning here is refused, naming its place,
and unusual layouts are converted to plain ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa

from usql.store.bad_data import BadValue
from usql.store.compute import MatchSubstringOptions, as_type, decoded, filled, is_missing, pc
from usql.store.forms.cast import is_list, milliseconds
from usql.store.forms.further import INSTANT
from usql.store.forms.json_text import JsonType

INTERVALS = "the column holds intervals, which no field can hold; leave it out, or give numbers"
_INTERVALS = ("month_interval", "day_time_interval", "month_day_nano_interval")
"""By name, because older versions of pyarrow have no id for two of them."""


def readable(table: pa.Table) -> pa.Table:
    """The table, whose fields were checked, with UUIDs, periods and bytes that are text converted,
    and all values in the layouts of canonical types. :class:`BadValue` with the column if that
    needs a library that is missing."""
    for place, field in enumerate(table.schema):
        if _is_odd(field):
            chunks = [_plain(chunk, field) for chunk in table.column(place).chunks]
            kind = chunks[0].type if chunks else pa.null()
            if any(chunk.type != kind for chunk in chunks):  # bytes, some of which are not text
                continue
            table = table.set_column(place, field.name, pa.chunked_array(chunks, kind))
    return table


def check_fields(fields: Iterable[pa.Field], path: str) -> None:
    """Raise :class:`BadValue` for the first field below ``path`` whose name is unreadable or taken
    twice, or whose values are intervals."""
    names = set()
    for number, field in enumerate(fields, 1):
        try:
            name = field.name
        except UnicodeDecodeError:
            raise BadValue(path, f"the name of column {number} is not UTF-8") from None
        here = f"{path}.{name}" if path else name
        if name in names:
            raise BadValue(here, "there are two columns of this name; give one of them another")
        names.add(name)
        _check_type(field.type, here)


def _check_type(kind: pa.DataType, path: str) -> None:
    if pa.types.is_struct(kind):
        check_fields(kind, path)
    elif str(kind) in _INTERVALS:
        raise BadValue(path, INTERVALS)
    elif pa.types.is_map(kind):
        _check_type(kind.item_type, path)
    elif _has_entries(kind):
        _check_type(kind.value_type, path)


def leaves(field: pa.Field) -> int:
    """The number of leaf columns of a field."""
    kind = field.type
    if pa.types.is_struct(kind):
        return sum(map(leaves, kind))
    if pa.types.is_map(kind):
        return leaves(kind.key_field) + leaves(kind.item_field)
    return leaves(kind.value_field) if is_list(kind) or _is_view(kind) else 1


def _has_entries(kind: pa.DataType) -> bool:
    return bool(
        is_list(kind)
        or _is_view(kind)
        or pa.types.is_dictionary(kind)
        or pa.types.is_run_end_encoded(kind)
    )


def _is_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _is_odd(field: pa.Field) -> bool:
    """Whether values of the field have, at any depth, another layout than canonical ones."""
    kind = field.type
    if isinstance(kind, JsonType):
        return False
    if isinstance(kind, pa.BaseExtensionType) or _period_of(field):
        return True
    if pa.types.is_struct(kind):
        return any(map(_is_odd, kind))
    if is_list(kind):
        return _is_odd(kind.value_field)
    if pa.types.is_dictionary(kind):
        return _is_bytes(kind.value_type)
    is_fine = pa.types.is_timestamp(kind) and kind.unit == "ns"
    return is_fine or _is_view(kind) or _is_bytes(kind) or pa.types.is_run_end_encoded(kind)


def _plain(column: pa.Array, field: pa.Field) -> pa.Array:
    """The values of a field with an unusual layout, in a plain one."""
    kind = column.type
    if isinstance(kind, JsonType):
        return column
    if period := _period_of(field):
        return _starts(column, period, field.name)
    if isinstance(kind, pa.BaseExtensionType):
        storage = column.storage
        is_identifier = kind.extension_name == "arrow.uuid"
        return (
            _identifiers(storage)
            if is_identifier
            else _plain(storage, field.with_type(storage.type))
        )
    if pa.types.is_struct(kind):
        parts = [_plain(part, f) for part, f in zip(column.flatten(), kind, strict=True)]
        fields = [f.with_type(part.type) for part, f in zip(parts, kind, strict=True)]
        return pa.StructArray.from_arrays(parts, fields=fields, mask=pc.is_null(column))
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        is_coded = pa.types.is_dictionary(kind)
        values = decoded(column) if is_coded else pc.run_end_decode(column)
        return _plain(values, field.with_type(values.type))
    if is_list(kind) or _is_view(kind):
        offsets = np.zeros(len(column) + 1, dtype=np.int32)
        np.cumsum(filled(pc.list_value_length(column), 0).to_numpy(), out=offsets[1:])
        missing = np.append(is_missing(column), False)
        entries = _plain(pc.list_flatten(column), kind.value_field)
        return pa.ListArray.from_arrays(pa.array(offsets, mask=missing), entries)
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return as_type(milliseconds(column), INSTANT)
    return _texts(column) if _is_bytes(kind) else column


def plain_kind(field: pa.Field) -> pa.DataType:
    """The type of a field's values in a plain layout, with text for bytes."""
    kind = field.type
    if _period_of(field):
        return INSTANT
    if isinstance(kind, pa.BaseExtensionType):
        is_identifier = kind.extension_name == "arrow.uuid"
        return pa.string() if is_identifier else plain_kind(field.with_type(kind.storage_type))
    if pa.types.is_struct(kind):
        return pa.struct([f.with_type(plain_kind(f)) for f in kind])
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain_kind(field.with_type(kind.value_type))
    if is_list(kind) or _is_view(kind):
        return pa.list_(plain_kind(kind.value_field))
    return pa.string() if _is_bytes(kind) else kind


def _texts(column: pa.Array) -> pa.Array:
    """Bytes as text if all of them are text, since some writers do not mark text as such."""
    try:
        texts = as_type(column, pa.string())
    except pa.ArrowInvalid:
        return column
    holds_zero = pc.match_substring(texts, options=MatchSubstringOptions("\0"))
    return column if pc.any(holds_zero).as_py() else texts


Conversion = Callable[[Any], Any]
"""Converts a value that is not missing."""


def bare(kind: pa.DataType) -> Conversion:
    """A function that converts a value of this type from Arrow's rows to what a JSON source would
    have: structs without missing members, maps as objects, bytes that are text as text."""
    if isinstance(kind, pa.BaseExtensionType):
        return bare(kind.storage_type)
    if pa.types.is_struct(kind):
        members = {field.name: bare(field.type) for field in kind}
        return lambda value: {k: members[k](v) for k, v in value.items() if v is not None}
    if pa.types.is_map(kind):
        key, item = bare(kind.key_type), bare(kind.item_type)
        return lambda value: _object([(key(k), None if v is None else item(v)) for k, v in value])
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return bare(kind.value_type)
    if is_list(kind) or _is_view(kind):
        entry = bare(kind.value_type)
        return lambda value: [None if v is None else entry(v) for v in value]
    return _text if _is_bytes(kind) else _itself


def _object(pairs: list[tuple[Any, Any]]) -> Any:
    """The object of a map's pairs, if their keys are distinct texts."""
    texts = {key for key, _ in pairs if isinstance(key, str)}
    return dict(pairs) if len(texts) == len(pairs) else pairs


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        with suppress(UnicodeDecodeError):
            return value if b"\0" in value else value.decode()
    return value


def _itself(value: Any) -> Any:
    return value


def _identifiers(storage: pa.Array) -> pa.Array:
    """UUIDs, given as 16 bytes each, as text."""
    values = filled(storage, bytes(16))
    numbers = np.frombuffer(b"".join(values.to_pylist()), dtype=np.uint8).reshape(-1, 16)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    letters = np.stack([digits[numbers >> 4], digits[numbers & 15]], axis=2).reshape(-1, 32)
    texts = np.insert(letters, [8, 12, 16, 20], ord("-"), axis=1)
    identifiers = pa.array(np.ascontiguousarray(texts).view("S36").ravel().astype(str))
    return pc.if_else(pc.is_valid(storage), identifiers, pa.scalar(None, pa.string()))


def _period_of(field: pa.Field) -> dict[str, Any]:
    """The pandas metadata of a column of periods; empty for any other column."""
    kind = field.type
    if isinstance(kind, pa.BaseExtensionType):
        return {"freq": kind.freq} if kind.extension_name == "pandas.period" else {}
    described = field.metadata or {}
    if described.get(b"ARROW:extension:name") != b"pandas.period":
        return {}
    return dict(json.loads(described[b"ARROW:extension:metadata"]))


def _starts(column: pa.Array, period: dict[str, Any], path: str) -> pa.Array:
    """The beginnings of periods, which are given in units since 1970."""
    try:
        import pandas as pd
    except ImportError:
        reason = "the column holds periods of pandas, which must be installed to read them"
        raise BadValue(path, reason) from None
    counts = column.storage if isinstance(column.type, pa.BaseExtensionType) else column
    ordinals = filled(counts, 0).to_numpy()
    index = pd.PeriodIndex(pd.arrays.PeriodArray(ordinals, dtype=pd.PeriodDtype(period["freq"])))
    starts = pa.array(index.start_time.astype("datetime64[ms]").to_numpy())
    known = pc.if_else(pc.is_valid(counts), starts, pa.scalar(None, starts.type))
    return as_type(known, INSTANT)
