"""Property lists as Arrow columns: pairs of key and value, and what a pair has besides these.

A pair of an export may have further members, such as an ``applicationId``, and its date may be in
another form than most exports write. Queries see neither; exports keep both. A pair that has such
extras keeps them in the member ``more``, the JSON text of an object: the further members in order
of their names, and as ``value`` the text of a date that is not ``written``, or ``true`` where the
date was a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import Field, FieldType
from usql.language.literals import parse_date
from usql.store.bad_data import NeedsSlowPath
from usql.store.compact import lists_of
from usql.store.compute import as_type, filled, is_missing, pc, taken
from usql.store.forms.cast import cast, cast_documented, is_list, is_text, is_time, split
from usql.store.forms.further import mixed_text
from usql.store.forms.json_text import TEXT, MoreType, marked_as_given
from usql.store.forms.schema import arrow_type
from usql.store.views import arrow_view

MORE = "more"
"""The name of the member that holds what a pair has besides key and value."""


def written(instants: Iterable[int]) -> list[str]:
    """Milliseconds as the dates that exports write: ``2026-03-01T12:00:00.000Z``."""
    return [str(np.datetime64(instant, "ms")) + "Z" for instant in instants]


def text_of_more(members: Mapping[str, Any]) -> str | None:
    """The member ``more`` of a pair; ``None`` if the pair needs none."""
    return mixed_text(dict(sorted(members.items()))) if members else None


def merged_pair(pair: dict[str, Any]) -> dict[str, Any]:
    """A pair as it was in the source, from one whose ``more`` is an object."""
    more = pair.pop(MORE) or {}
    if more.get("value") is True:
        more = {**more, "value": pair["value"]}
    return pair | {name: marked_as_given(value) for name, value in more.items()}


def pairs_type(field: Field, rows: Iterable[Sequence[Mapping[str, Any]] | None]) -> pa.DataType:
    """The Arrow type of property lists, with ``more`` where a pair has it."""
    usual = arrow_type(field)
    if any(MORE in pair for pairs in rows for pair in pairs or ()):
        return pa.list_(pa.struct([*usual.value_type, pa.field(MORE, TEXT)]))
    return usual


def cast_pairs(field: Field, column: pa.Array) -> pa.Array:
    """A column of any source as property lists; raises :class:`NeedsSlowPath`."""
    kind, target = column.type, arrow_type(field)
    is_date = field.value_type is FieldType.TIMESTAMP
    if pa.types.is_null(kind) or (kind == target and not is_date):
        return cast_documented(field, column)
    if not (is_list(kind) and pa.types.is_struct(kind.value_type)):
        if is_date:
            raise NeedsSlowPath  # the form of each date is examined pair by pair
        return cast_documented(field, column)
    entries, lengths = split(column)
    members = {f.name: c for f, c in zip(entries.type, entries.flatten(), strict=True)}
    if "key" not in members:
        raise NeedsSlowPath
    keys, values = members.pop("key"), members.pop("value", pa.nulls(len(entries)))
    if is_date:
        values, members["value"] = _read_dates(values)
    elif is_time(values.type):
        raise NeedsSlowPath  # a time is not a number
    parts = {
        "key": cast(keys, pa.string()),
        "value": cast(values, target.value_type.field("value").type),
    }
    held = {name: member for name, member in members.items() if member.null_count < len(member)}
    if held:
        parts[MORE] = _joined(held)
    return lists_of(lengths, pa.StructArray.from_arrays([*parts.values()], [*parts]))


def _read_dates(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Dates, and for each the form that it came in, if exports do not write it so."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        times = cast(values, pa.int64())
        is_number = np.ones(len(times), dtype=np.bool_)
        return times, arrow_view(is_number, valid=~is_missing(times))
    if not is_text(kind):
        return values, pa.nulls(len(values))
    encoded = pc.dictionary_encode(values)
    texts = encoded.dictionary.to_pylist()
    try:
        instants = [parse_date(text) for text in texts]
    except ValueError:  # whole numbers and bad dates
        raise NeedsSlowPath from None
    pairs = zip(texts, written(instants), strict=True)
    forms = pa.array([None if text == usual else text for text, usual in pairs], pa.string())
    return taken(pa.array(instants, pa.int64()), encoded.indices), taken(forms, encoded.indices)


def _joined(members: Mapping[str, pa.Array]) -> pa.Array:
    """``more`` of pairs with these members; each distinct text is computed once."""
    more = members.get(MORE)
    if more is not None and isinstance(more.type, MoreType):
        return as_type(more.storage, TEXT)  # from a store, whose dates are times
    codes = np.zeros(len(next(iter(members.values()))), dtype=np.int64)
    for member in members.values():
        if not (pa.types.is_boolean(member.type) or _is_plain(member.type)):
            raise NeedsSlowPath
        encoded = pc.dictionary_encode(member)
        member_codes = filled(encoded.indices, len(encoded.dictionary)).to_numpy()
        codes = codes * (len(encoded.dictionary) + 1) + member_codes
        _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    table = pc.take(pa.table(dict(members)), arrow_view(first))
    rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    return taken(pa.array(map(text_of_more, rows), TEXT), arrow_view(codes))


def _is_plain(kind: pa.DataType) -> bool:
    """Whether the type is whole numbers or text. Doubles are not plain: a whole number beside
    fractions is one."""
    return bool(pa.types.is_integer(kind) or is_text(kind))
