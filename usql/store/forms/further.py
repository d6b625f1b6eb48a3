"""Fields that the catalog does not know: types inferred from their values in all pieces of data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from usql.errors import DataError
from usql.store.compact import compact, lengths_of, lists_of, plain_type
from usql.store.compute import as_type, pc
from usql.store.forms.json_text import TEXT

INSTANT = pa.timestamp("ms", "UTC")
"""The type for times of typed sources."""

LARGEST_WHOLE = 2**53
"""The number up to which a double holds every whole number."""


class Instant(int):
    """A time from a typed source, as milliseconds since 1970."""


def inferred_array(values: list[Any], name: str) -> pa.Array:
    """The values of a field as an array of the type inferred from them; ``name`` is the field's
    name in errors. Values that share no type become text: ``json_text.TEXT`` if all of it is JSON,
    plain text if there are strings among them."""
    kinds = {_kind(v) for v in values if v is not None}
    if kinds == {list}:
        inner = {_kind(e) for v in values if v is not None for e in v if e is not None}
        kind = _scalar_type(inner)
        if kind is not None:
            converted = [None if v is None else _as(kind, v, name) for v in values]
            return pa.array(converted, pa.list_(kind))
    kind = _scalar_type(kinds)
    if kind is not None:
        return pa.array(_as(kind, values, name), kind)
    return pa.array([mixed_text(v) for v in values], pa.string() if str in kinds else TEXT)


def _as(kind: pa.DataType, values: list[Any], name: str) -> list[Any]:
    if kind != pa.float64():
        return values
    for value in values:
        if isinstance(value, int) and not _is_double(value):
            raise _no_double(value, name)
    return [None if v is None else float(v) for v in values]


def _is_double(value: int) -> bool:
    return int(float(value)) == value


def _no_double(value: int, name: str) -> DataError:
    return DataError(
        f"besides fractions the field has {value}, which no double can represent exactly; write "
        "its numbers as text, or the whole ones to a separate field",
        path=name,
    )


def _kind(value: Any) -> type:
    kind = type(value)
    return kind if kind in _TYPES or kind is list else dict


_TYPES = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    Instant: INSTANT,
}


def _scalar_type(kinds: Iterable[type]) -> pa.DataType | None:
    """The one type of scalars of these kinds, if there is one."""
    return _common({_TYPES.get(kind) for kind in kinds})


def _common(types: set[pa.DataType | None]) -> pa.DataType | None:
    if not types:
        return pa.null()
    if len(types) == 1:
        return next(iter(types))
    if types == {pa.int64(), pa.float64()}:
        return pa.float64()
    # Exports write times as whole numbers of milliseconds.
    return INSTANT if types == {pa.int64(), INSTANT} else None


def mixed_text(value: Any) -> str | None:
    """A value of a field with mixed types as text: strings unchanged, others as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def unify(
    chunks: list[pa.Array], name: str, of_all: pa.DataType | None = None
) -> tuple[pa.DataType | None, list[pa.Array]]:
    """The chunks of a field converted to one type, and that type. Whole numbers become doubles or
    times where others are; other mixtures become text, marked as JSON unless there are plain
    strings. Chunks without values count only if no chunk has values; the type is ``None`` if all
    chunks are untyped. ``of_all``: the field's type in the larger data set that the chunks are part
    of."""
    holding = [c for c in chunks if c.null_count < len(c)]
    kinds = {plain_type(c.type) for c in holding or chunks if not pa.types.is_null(c.type)}
    if not kinds:
        return None, chunks
    target = common_type(kinds)
    if of_all is not None and target != of_all:
        if holding and common_type({target, of_all}) != of_all:
            raise DataError(f"expected values of type {of_all}, found {target}", path=name)
        target = of_all
    return target, [
        pa.nulls(len(c)) if c.null_count == len(c) else _to(target, c, name) for c in chunks
    ]


def common_type(kinds: set[pa.DataType]) -> pa.DataType:
    """The common type of a field whose chunks have these types, of which there is at least one."""
    if all(map(pa.types.is_list, kinds)):
        inner = _common({k.value_type for k in kinds} - {pa.null()})
        return TEXT if inner is None else pa.list_(inner)
    return _common(kinds) or (pa.string() if pa.string() in kinds else TEXT)


def _to(target: pa.DataType, chunk: pa.Array, name: str) -> pa.Array:
    """A compact chunk converted to the type ``target``."""
    kind = plain_type(chunk.type)
    if kind == target or (kind == pa.list_(pa.null()) and pa.types.is_list(target)):
        return chunk
    if pa.types.is_list(target):
        return lists_of(lengths_of(chunk), _to(target.value_type, pc.list_flatten(chunk), name))
    if target == pa.float64():
        return _doubles(as_type(chunk, pa.int64()), name)
    if target == INSTANT:
        return as_type(as_type(chunk, pa.int64()), INSTANT)
    plain = as_type(chunk, _WITHOUT_INSTANTS.get(kind, kind)).to_pylist()
    # A compact chunk does not distinguish missing lists from empty ones.
    return compact(pa.array([None if v == [] else mixed_text(v) for v in plain], target))


_WITHOUT_INSTANTS = {INSTANT: pa.int64(), pa.list_(INSTANT): pa.list_(pa.int64())}


def _doubles(wholes: pa.Array, name: str) -> pa.Array:
    doubles = as_type(wholes, pa.float64(), safe=False)
    changed = pc.filter(wholes, pc.not_equal(as_type(doubles, pa.int64(), safe=False), wholes))
    if len(changed):
        raise _no_double(changed[0].as_py(), name)
    return doubles
