"""Statistics that sources keep of the values in some of their rows: the least, the greatest, and
whether some are missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.catalog import PRIMARY, Field, FieldType, default_catalog
from usql.frozen import dataclass
from usql.store.forms.cast import is_text

if TYPE_CHECKING:
    import pyarrow.parquet as pq

Limit = int | float | bytes
"""A number, milliseconds, a boolean, or a text in UTF-8, whose order is that of its characters."""

_DAY = 86_400_000
_PER_MILLISECOND = {"ms": 1, "us": 1000, "ns": 1_000_000}


@dataclass(frozen=True, slots=True)
class Bounds:
    """No value of the field in some sessions is below ``low`` or above ``high``, which need not
    occur themselves; both are ``None`` if there is no value. ``has_gaps``: some session may have no
    value."""

    low: Limit | None
    high: Limit | None
    has_gaps: bool


BoundsOf = Callable[[Field], Bounds | None]
"""The statistics of a documented field over some sessions; ``None`` where none are usable."""

NOTHING = Bounds(None, None, True)


def bounds(
    field: Field, kind: pa.DataType, low: Any, high: Any, *, has_gaps: bool
) -> Bounds | None:
    """Bounds of a field from those of the column it is read from, which are given as Parquet writes
    them (times in their unit and days as numbers). ``None`` if column and field do not have the
    same order, or the limits are not usable."""
    limits = [_limit(field.type, kind, value) for value in (low, high)]
    if limits[0] is None or limits[1] is None:
        return None
    return Bounds(
        limits[0], limits[1], has_gaps or pa.types.is_floating(kind)
    )  # NaN counts as missing


def _limit(field_type: FieldType, kind: pa.DataType, value: Any) -> Limit | None:
    if is_text(kind):
        is_plain = field_type in (FieldType.STRING, FieldType.ENUM)
        return value if is_plain and isinstance(value, bytes) else None
    if pa.types.is_boolean(kind):
        return value if field_type is FieldType.BOOLEAN and isinstance(value, bool) else None
    if pa.types.is_float32(kind) or pa.types.is_float64(kind):
        is_plain = field_type.is_number and isinstance(value, float) and not math.isnan(value)
        return value if is_plain else None
    if type(value) is not int:
        return None
    if pa.types.is_timestamp(kind) or pa.types.is_date32(kind):
        if field_type is not FieldType.TIMESTAMP:
            return None
        per = _PER_MILLISECOND.get(getattr(kind, "unit", ""))
        return value * _DAY if pa.types.is_date32(kind) else None if per is None else value // per
    if pa.types.is_integer(kind) and (field_type.is_number or field_type is FieldType.TIMESTAMP):
        return float(value) if field_type is FieldType.DOUBLE else value
    return None


class Columns:
    """The columns that a field may be read from, under any spelling or older name of it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, list[str]] = {}
        older = default_catalog().table(PRIMARY).older
        todays = {old.lower(): today.lower() for old, today in older.items()}
        for name in names:
            lower = name.lower()
            self._names.setdefault(todays.get(lower, lower), []).append(name)

    def of(self, field: Field) -> list[str]:
        """The names of a field's columns; if there are several, each row has its value in one of
        them."""
        return self._names.get(field.name.lower(), [])


class GroupBounds:
    """The statistics of a Parquet file's row groups. ``schema`` has its columns; ``partition`` has
    the values of fields that the file's path gives to sessions without one; ``read_as`` has the
    columns of all files that are read as one data set, which may differ from those of this file."""

    def __init__(
        self,
        file: pq.FileMetaData,
        schema: pa.Schema,
        partition: Mapping[str, Any],
        read_as: pa.Schema | None = None,
    ) -> None:
        self._file = file
        self._schema = schema
        self._read_as = schema if read_as is None else read_as
        self._columns = Columns(self._read_as.names)
        self._partition, self._partition_columns = partition, Columns(partition)
        paths = (file.schema.column(place).path for place in range(file.num_columns))
        self._places = {path: place for place, path in enumerate(paths)}

    def of(self, group: int) -> BoundsOf:
        """The statistics of a row group."""
        return partial(self._bounds, self._file.row_group(group))

    def _bounds(self, group: pq.RowGroupMetaData, field: Field) -> Bounds | None:
        names = self._columns.of(field)
        held = [name for name in names if name in self._schema.names]
        field_names = self._partition_columns.of(field)
        if field_names:
            is_alone = not held and len(field_names) == 1 and len(names) <= 1
            return _same(field, self._partition[field_names[0]]) if is_alone else None
        if len(names) > 1:
            return None
        if not held:
            return NOTHING
        (name,) = held
        kind = self._schema.field(name).type
        if self._read_as.field(name).type != kind:
            return None
        if pa.types.is_null(kind):
            return NOTHING
        place = self._places.get(name)
        known = None if place is None else group.column(place).statistics
        if known is None:
            return None
        missing = known.null_count if known.has_null_count else None
        if missing == group.num_rows:
            return NOTHING
        if not known.has_min_max:
            return None
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        low, high = known.min_raw, known.max_raw
        if pa.types.is_unsigned_integer(kind):  # they are written as if signed
            low, high = (value & ((1 << kind.bit_width) - 1) for value in (low, high))
        return bounds(field, kind, low, high, has_gaps=missing != 0)


def _same(field: Field, value: Any) -> Bounds | None:
    """The bounds of a field with the same value in all sessions."""
    if value is None:
        return NOTHING
    limit = value.encode() if isinstance(value, str) else value
    kind = _KINDS.get(type(value))
    return None if kind is None else bounds(field, kind, limit, limit, has_gaps=False)


_KINDS = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
