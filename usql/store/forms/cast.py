"""Arrow columns of any source, cast to canonical types where that loses nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import Field, FieldType
from usql.store.bad_data import NeedsSlowPath
from usql.store.compact import lengths_of, lists_of
from usql.store.compute import as_type, decoded, is_missing, pc
from usql.store.forms.further import INSTANT, LARGEST_WHOLE
from usql.store.forms.json_text import TEXT, JsonType
from usql.store.forms.schema import arrow_type

Lengths = npt.NDArray[np.int64]


def cast_documented(field: Field, column: pa.Array) -> pa.Array:
    """The column as values of a field; raises :class:`NeedsSlowPath`."""
    is_date = FieldType.TIMESTAMP in (field.type, field.value_type)
    if not is_date and _holds_times(column.type):
        raise NeedsSlowPath  # a time is not a number
    return cast(column, arrow_type(field))


def cast_further(column: pa.Array) -> pa.Array:
    """The column as values of a field that the catalog does not know, with the type that the
    source gives it; raises :class:`NeedsSlowPath`."""
    if isinstance(column.type, JsonType):
        return as_type(column.storage, TEXT)
    target = further_type(column.type)
    converted = cast(column, target)
    if _has_decimals(column.type) and _has_doubles(target):
        numbers = pc.list_flatten(converted) if is_list(target) else converted
        largest = pc.max(pc.abs(numbers)).as_py()
        if largest is not None and largest >= LARGEST_WHOLE:
            raise NeedsSlowPath  # whole numbers beyond the doubles are refused one by one
    return converted


def further_type(kind: pa.DataType) -> pa.DataType:
    """The canonical type of an Arrow type that the catalog does not know."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if is_list(kind):
        inner = further_type(kind.value_type)
        if pa.types.is_list(inner):
            raise NeedsSlowPath
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
    raise NeedsSlowPath


def is_list(kind: pa.DataType) -> bool:
    """Whether values are lists, in any layout."""
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def is_list_of_structs(kind: pa.DataType) -> bool:
    """Whether values are lists of objects, as children are."""
    return is_list(kind) and bool(pa.types.is_struct(kind.value_type))


def is_text(kind: pa.DataType) -> bool:
    """Whether values are texts, in any layout."""
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
    """Whether values of the type may contain NaN."""
    if pa.types.is_list(kind):
        return _has_doubles(kind.value_type)
    if pa.types.is_struct(kind):
        return any(_has_doubles(f.type) for f in kind)
    return bool(pa.types.is_floating(kind))


def split(column: pa.Array) -> tuple[pa.Array, Lengths]:
    """A list column as its entries and the number of entries per row; null structs are left out."""
    if not is_list(column.type):
        raise NeedsSlowPath
    entries = pc.list_flatten(column)
    lengths = lengths_of(column).astype(np.int64)
    if pa.types.is_struct(entries.type) and entries.null_count:
        owners = np.repeat(np.arange(len(lengths)), lengths)
        lengths = np.bincount(owners[~is_missing(entries)], minlength=len(lengths))
        entries = pc.drop_null(entries)
    return entries, lengths.astype(np.int64)


def cast(column: pa.Array, target: pa.DataType) -> pa.Array:
    """A column in its canonical type where that loses nothing; else :class:`NeedsSlowPath`."""
    kind = column.type
    if kind == target and not _has_doubles(target):
        return column
    if pa.types.is_dictionary(kind):
        if target == pa.string() and is_text(kind.value_type):
            return as_type(column, pa.dictionary(pa.int32(), pa.string()))
        return cast(decoded(column), target)
    if pa.types.is_null(kind):
        return pa.nulls(len(column), target)
    if pa.types.is_list(target):
        return _cast_list(column, target)
    if pa.types.is_struct(target):
        return _cast_pairs(column, target)
    try:
        return _cast_scalar(column, kind, target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise NeedsSlowPath from None


def _cast_scalar(column: pa.Array, kind: pa.DataType, target: pa.DataType) -> pa.Array:
    if target == pa.string() and (is_text(kind) or pa.types.is_integer(kind)):
        return as_type(column, pa.string())
    if is_time(kind) and target in (pa.int64(), INSTANT):
        return as_type(milliseconds(column), target)
    if target == pa.int64():
        if pa.types.is_floating(kind):
            return as_type(_without_nan(column), pa.int64())
        if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            return as_type(column, pa.int64())
    if target == pa.bool_() and pa.types.is_boolean(kind):
        return column
    if target == pa.float64():
        if pa.types.is_decimal(kind):
            # Arrow's own cast to double is wrong in the last place for a third of all decimals.
            return as_type(as_type(column, pa.string()), pa.float64())
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return _without_nan(as_type(column, pa.float64(), safe=False))
    raise NeedsSlowPath


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
    """The column with nulls for NaN, which counts as missing."""
    if not pa.types.is_floating(column.type):
        return column
    nan = pc.is_nan(column)
    return pc.if_else(nan, pa.scalar(None, column.type), column) if pc.any(nan).as_py() else column


def _cast_list(column: pa.Array, target: pa.DataType) -> pa.Array:
    if pa.types.is_map(column.type):
        offsets = column.offsets
        pairs = pa.StructArray.from_arrays([column.keys, column.items], ["key", "value"])
        column = pa.ListArray.from_arrays(offsets, pairs)
    entries, lengths = split(column)
    return lists_of(lengths, cast(entries, target.value_type))


def _cast_pairs(column: pa.Array, target: pa.DataType) -> pa.Array:
    if not pa.types.is_struct(column.type):
        raise NeedsSlowPath
    members = {f.name: c for f, c in zip(column.type, column.flatten(), strict=True)}
    if "key" not in members:
        raise NeedsSlowPath
    values = members.get("value", pa.nulls(len(column)))
    return pa.StructArray.from_arrays(
        [cast(members["key"], pa.string()), cast(values, target.field("value").type)],
        ["key", "value"],
    )
