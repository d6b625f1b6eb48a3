"""Statistics in Iceberg manifests of the values in a data file."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import pyarrow as pa
from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema

from usql.catalog import Field
from usql.store.loading.bounds import NOTHING, Bounds, Columns, bounds


class FileBounds:
    """The bounds of data files of a table with this schema, which Arrow reads as ``kinds``."""

    def __init__(self, schema: Schema, kinds: pa.Schema) -> None:
        self._schema = schema
        self._kinds = kinds
        self._columns = Columns(kinds.names)

    def of(self, file: DataFile, field: Field) -> Bounds | None:
        """The statistics of a field over the sessions in a file, which include rows that were
        deleted later."""
        names = self._columns.of(field)
        if not names:
            return NOTHING
        if len(names) > 1:
            return None
        column = self._schema.find_field(names[0])
        missing = (file.null_value_counts or {}).get(column.field_id)
        if missing == file.record_count:
            return NOTHING
        limits = [
            _value(column.field_type, (limits_by_column or {}).get(column.field_id))
            for limits_by_column in (file.lower_bounds, file.upper_bounds)
        ]
        kind = self._kinds.field(names[0]).type
        return bounds(field, kind, *limits, has_gaps=missing != 0)


def _value(kind: Any, encoded: bytes | None) -> Any:
    """A limit in the form that Parquet uses; ``None`` if it is absent or not of this type."""
    if encoded is None:
        return None
    with suppress(struct.error, UnicodeDecodeError, TypeError):
        value = from_bytes(kind, encoded)
        return value.encode() if isinstance(value, str) else value
    return None
