"""What a row of a frame must fulfil to matter to a query, as SQL that Spark applies before it sends
rows to workers. It may keep more rows than the query asks for: workers apply the query itself."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Condition,
    FieldRef,
    OneOf,
    Predicate,
    Range,
    Test,
    Timeframe,
    Value,
)
from usql.catalog import PRIMARY, FieldType, default_catalog
from usql.store.forms.cast import is_text
from usql.store.loading.bounds import Columns

_TEXTS = (FieldType.STRING, FieldType.ENUM)
_WHOLE = (FieldType.INTEGER, FieldType.LONG, FieldType.TIMESTAMP)


def necessary(timeframe: Timeframe, where: Condition | None, schema: pa.Schema) -> str | None:
    """What is certainly true of every session that overlaps the timeframe and has a row that meets
    ``where``; ``None`` if nothing is known. Only columns decide that hold the values of a single
    documented field as they are."""
    known = _Names(schema)
    parts = known.overlap(timeframe)
    if where is not None and (condition := known.necessary(where)) is not None:
        parts.append(condition)
    return " AND ".join(parts) or None


def quoted(name: str) -> str:
    """A name as Spark SQL reads it, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"


class _Names:
    """The names of a frame's columns in SQL."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._columns = Columns(schema.names)

    def overlap(self, timeframe: Timeframe) -> list[str]:
        """A session without a start stays, and a missing end counts as the start (LANGUAGE.md §4)."""
        start, end = (self._of("startTime", _WHOLE), self._of("endTime", _WHOLE))
        parts = []
        if start is None:
            return []
        if timeframe.end is not None:
            parts.append(f"coalesce({start} < {timeframe.end}L, TRUE)")
        if timeframe.start is not None and end is not None:
            parts.append(f"coalesce({end}, {start}, {timeframe.start}L) >= {timeframe.start}L")
        return parts

    def necessary(self, condition: Condition) -> str | None:
        match condition:
            case Test(field=field, predicate=predicate):
                return self._test(field, predicate)
            case AllOf(parts=parts):
                known = [sql for part in parts if (sql := self.necessary(part)) is not None]
                return f"({' AND '.join(known)})" if known else None
            case AnyOf(parts=parts):
                known = [sql for part in parts if (sql := self.necessary(part)) is not None]
                return f"({' OR '.join(known)})" if known and len(known) == len(parts) else None
            case _:
                return None

    def _test(self, field: FieldRef, predicate: Predicate) -> str | None:
        if field.table != PRIMARY or field.key is not None or field.is_list:
            return None
        if field.type in _TEXTS and isinstance(predicate, OneOf):
            return _equal(self._of(field.name, _TEXTS), predicate.values)
        if field.type in _WHOLE and isinstance(predicate, OneOf):
            return _equal(self._of(field.name, _WHOLE), predicate.values)
        if field.type in _WHOLE and isinstance(predicate, Range):
            return _between(self._of(field.name, _WHOLE), predicate)
        return None

    def _of(self, name: str, types: Sequence[FieldType]) -> str | None:
        """The only column of a documented field, if both are of one of these types."""
        field = default_catalog().table(PRIMARY).get(name)
        if field is None or field.name != name or field.type not in types:
            return None
        names = self._columns.of(field)
        if len(names) != 1:
            return None
        kind = self._schema.field(names[0]).type
        is_fitting = is_text(kind) if field.type in _TEXTS else pa.types.is_integer(kind)
        return quoted(names[0]) if is_fitting else None


def _equal(column: str | None, values: Sequence[Value]) -> str | None:
    literals = [_literal(value) for value in values]
    if column is None or not literals or None in literals:
        return None
    return f"{column} IN ({', '.join(map(str, literals))})"


def _between(column: str | None, limits: Range) -> str | None:
    low, high = (None if limit is None else _literal(limit) for limit in (limits.low, limits.high))
    if column is None or (low is None and high is None):
        return None
    parts = [f"{column} >= {low}"] if low is not None else []
    parts += [f"{column} <= {high}"] if high is not None else []
    return " AND ".join(parts)


def _literal(value: Value) -> str | None:
    """A text as its bytes, which need no escapes; ``None`` for what Spark cannot say."""
    match value:
        case bool():
            return None
        case str():
            return f"CAST(X'{value.encode().hex()}' AS STRING)"
        case int():
            return f"{value}L" if abs(value) < 1 << 63 else None
        case _:
            return None
