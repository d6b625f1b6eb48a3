"""What manifests of Iceberg note of the values in a data file."""

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
    """Of tables with this schema, which Arrow reads as ``kinds``."""

    def __init__(self, schema: Schema, kinds: pa.Schema) -> None:
        self._schema = schema
        self._kinds = kinds
        self._columns = Columns(kinds.names)

    def of(self, file: DataFile, field: Field) -> Bounds | None:
        """What is noted of a field of the sessions in a file. Of rows that were deleted later
        it is noted, too."""
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
            _value(column.field_type, (noted or {}).get(column.field_id))
            for noted in (file.lower_bounds, file.upper_bounds)
        ]
        kind = self._kinds.field(names[0]).type
        return bounds(field, kind, *limits, has_gaps=missing != 0)


def _value(kind: Any, noted: bytes | None) -> Any:
    """A limit as Parquet would have it; ``None`` where there is none that is of this type."""
    if noted is None:
        return None
    with suppress(struct.error, UnicodeDecodeError, TypeError):
        value = from_bytes(kind, noted)
        return value.encode() if isinstance(value, str) else value
    return None
