"""Fields that the catalog does not know: the type that their values show, over all pieces of data."""

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
"""The type of times that a typed source has."""

LARGEST_WHOLE = 2**53
"""Up to it a double holds every whole number."""


class Instant(int):
    """Milliseconds since 1970 that a typed source gave as a time."""


def typed(values: list[Any], name: str) -> pa.Array:
    """The values of a field with the type that they show; ``name`` is the field's in errors. What
    no type holds is text: of JSON alone, ``json_text.TEXT``, unless there are plain strings."""
    kinds = {_kind(v) for v in values if v is not None}
    if kinds == {list}:
        inner = {_kind(e) for v in values if v is not None for e in v if e is not None}
        kind = _scalar_type(inner)
        if kind is not None:
            made = [None if v is None else _as(kind, v, name) for v in values]
            return pa.array(made, pa.list_(kind))
    kind = _scalar_type(kinds)
    if kind is not None:
        return pa.array(_as(kind, values, name), kind)
    return pa.array([text_of(v) for v in values], pa.string() if str in kinds else TEXT)


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
        f"beside fractions the field has {value}, which no double holds exactly; give its numbers "
        "as text, or the whole ones in a field of their own",
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


def text_of(value: Any) -> str | None:
    """A value of mixed types as text: strings as they are, others as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def unify(
    chunks: list[pa.Array], name: str, of_all: pa.DataType | None = None
) -> tuple[pa.DataType | None, list[pa.Array]]:
    """Chunks of a field with one type, and that type: whole numbers give way to doubles and to
    times, everything else that differs to text, of JSON alone unless there are plain strings. Chunks
    that hold nothing have a say only where no other has; of none but untyped ones there is no type.
    ``of_all``: the type that the field has in all data which the chunks are a part of."""
    holding = [c for c in chunks if c.null_count < len(c)]
    kinds = {plain_type(c.type) for c in holding or chunks if not pa.types.is_null(c.type)}
    if not kinds:
        return None, chunks
    wanted = _wanted(kinds)
    if of_all is not None and wanted != of_all:
        if _wanted({wanted, of_all}) != of_all:
            raise DataError(f"expected values of type {of_all}, found {wanted}", path=name)
        wanted = of_all
    return wanted, [
        pa.nulls(len(c)) if c.null_count == len(c) else _to(wanted, c, name) for c in chunks
    ]


def _wanted(kinds: set[pa.DataType]) -> pa.DataType:
    """The type of a field whose chunks have these types."""
    if all(map(pa.types.is_list, kinds)):
        inner = _common({k.value_type for k in kinds} - {pa.null()})
        return TEXT if inner is None else pa.list_(inner)
    return _common(kinds) or (pa.string() if pa.string() in kinds else TEXT)


def _to(wanted: pa.DataType, chunk: pa.Array, name: str) -> pa.Array:
    """A compact chunk of a type that gives way to ``wanted``."""
    kind = plain_type(chunk.type)
    if kind == wanted or (kind == pa.list_(pa.null()) and pa.types.is_list(wanted)):
        return chunk
    if pa.types.is_list(wanted):
        return lists_of(lengths_of(chunk), _to(wanted.value_type, pc.list_flatten(chunk), name))
    if wanted == pa.float64():
        return _doubles(as_type(chunk, pa.int64()), name)
    if wanted == INSTANT:
        return as_type(as_type(chunk, pa.int64()), INSTANT)
    plain = as_type(chunk, _WITHOUT_INSTANTS.get(kind, kind)).to_pylist()
    # Of lists a compact chunk does not tell which ones are missing, and which are empty.
    return compact(pa.array([None if v == [] else text_of(v) for v in plain], wanted))


_WITHOUT_INSTANTS = {INSTANT: pa.int64(), pa.list_(INSTANT): pa.list_(pa.int64())}


def _doubles(wholes: pa.Array, name: str) -> pa.Array:
    made = as_type(wholes, pa.float64(), safe=False)
    changed = pc.filter(wholes, pc.not_equal(as_type(made, pa.int64(), safe=False), wholes))
    if len(changed):
        raise _no_double(changed[0].as_py(), name)
    return made
