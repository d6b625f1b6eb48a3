"""Arrow columns of any source as those of canonical types, where that loses nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import Field, FieldType
from usql.store.bad_data import NeedsPrecise
from usql.store.compact import lengths_of, lists_of
from usql.store.compute import as_type, decoded, is_missing, pc
from usql.store.forms.further import INSTANT, LARGEST_WHOLE
from usql.store.forms.json_text import TEXT, JsonType
from usql.store.forms.schema import arrow_type

Lengths = npt.NDArray[np.int64]


def documented(field: Field, column: pa.Array) -> pa.Array:
    """The column as values of a field; raises :class:`NeedsPrecise`."""
    is_date = FieldType.TIMESTAMP in (field.type, field.value_type)
    if not is_date and _holds_times(column.type):
        raise NeedsPrecise  # a time is no number
    return cast(column, arrow_type(field))


def further(column: pa.Array) -> pa.Array:
    """The column as values of a field that the catalog does not know, with the type that the
    source gives it; raises :class:`NeedsPrecise`."""
    if isinstance(column.type, JsonType):
        return as_type(column.storage, TEXT)
    wanted = further_type(column.type)
    made = cast(column, wanted)
    if _has_decimals(column.type) and _has_doubles(wanted):
        numbers = pc.list_flatten(made) if is_list(wanted) else made
        largest = pc.max(pc.abs(numbers)).as_py()
        if largest is not None and largest >= LARGEST_WHOLE:
            raise NeedsPrecise  # of whole ones that no double holds none is taken
    return made


def further_type(kind: pa.DataType) -> pa.DataType:
    """The canonical type of an Arrow type that the catalog does not know."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if is_list(kind):
        inner = further_type(kind.value_type)
        if pa.types.is_list(inner):
            raise NeedsPrecise
        return pa.list_(inner)
    if pa.types.is_boolean(kind):
        return pa.bool_()
    if is_time(kind):
        return INSTANT
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale <= 0):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if is_text(kind):
        return pa.string()
    raise NeedsPrecise


def is_list(kind: pa.DataType) -> bool:
    """Whether values are lists of whatever layout."""
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    """Whether values are texts of whatever layout."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_time(kind: pa.DataType) -> bool:
    """Whether values are times or days."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _holds_times(kind: pa.DataType) -> bool:
    if is_list(kind) or pa.types.is_dictionary(kind):
        return _holds_times(kind.value_type)
    if pa.types.is_map(kind):
        return _holds_times(kind.item_type)
    if pa.types.is_struct(kind):
        return any(_holds_times(f.type) for f in kind)
    return is_time(kind)


def _has_decimals(kind: pa.DataType) -> bool:
    return bool(_has_decimals(kind.value_type) if is_list(kind) else pa.types.is_decimal(kind))


def _has_doubles(kind: pa.DataType) -> bool:
    """Whether NaN may stand somewhere in values of the type."""
    if pa.types.is_list(kind):
        return _has_doubles(kind.value_type)
    if pa.types.is_struct(kind):
        return any(_has_doubles(f.type) for f in kind)
    return bool(pa.types.is_floating(kind))


def split(column: pa.Array) -> tuple[pa.Array, Lengths]:
    """A list column as its entries and the entries per row; null structs are left out."""
    if not is_list(column.type):
        raise NeedsPrecise
    entries = pc.list_flatten(column)
    lengths = lengths_of(column).astype(np.int64)
    if pa.types.is_struct(entries.type) and entries.null_count:
        owners = np.repeat(np.arange(len(lengths)), lengths)
        lengths = np.bincount(owners[~is_missing(entries)], minlength=len(lengths))
        entries = pc.drop_null(entries)
    return entries, lengths.astype(np.int64)


def cast(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """A column in its canonical type where that loses nothing; else :class:`NeedsPrecise`."""
    kind = column.type
    if kind == wanted and not _has_doubles(wanted):
        return column
    if pa.types.is_dictionary(kind):
        if wanted == pa.string() and is_text(kind.value_type):
            return as_type(column, pa.dictionary(pa.int32(), pa.string()))
        return cast(decoded(column), wanted)
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


def _cast_scalar(column: pa.Array, kind: pa.DataType, wanted: pa.DataType) -> pa.Array:
    if wanted == pa.string() and (is_text(kind) or pa.types.is_integer(kind)):
        return as_type(column, pa.string())
    if is_time(kind) and wanted in (pa.int64(), INSTANT):
        return as_type(milliseconds(column), wanted)
    if wanted == pa.int64():
        if pa.types.is_floating(kind):
            return as_type(_without_nan(column), pa.int64())
        if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            return as_type(column, pa.int64())
    if wanted == pa.bool_() and pa.types.is_boolean(kind):
        return column
    if wanted == pa.float64():
        if pa.types.is_decimal(kind):
            # Arrow's own cast to double is off in the last place for every third of them.
            return as_type(as_type(column, pa.string()), pa.float64())
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return _without_nan(as_type(column, pa.float64(), safe=False))
    raise NeedsPrecise


def milliseconds(times: pa.Array) -> pa.Array:
    """Times or days as whole milliseconds, rounded down; ``ArrowInvalid`` where those leave 64
    bits."""
    if pa.types.is_date(times.type):
        return as_type(as_type(times, pa.timestamp("ms")), pa.int64())
    counts, unit = as_type(times, pa.int64()), times.type.unit
    if unit == "ms":
        return counts
    if unit == "s":
        return pc.multiply_checked(counts, pa.scalar(1000, pa.int64()))
    step = pa.scalar(1000 if unit == "us" else 1_000_000, pa.int64())
    whole = pc.divide(counts, step)  # towards zero
    below = pc.less(counts, pc.multiply(whole, step))
    return pc.subtract(whole, as_type(below, pa.int64()))


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
    entries, lengths = split(column)
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
