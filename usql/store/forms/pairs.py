"""Property lists as Arrow columns: pairs of key and value, and what a pair has beside these.

A pair of an export may have further members, such as an ``applicationId``, and its date may have
come in another form than most exports write. Queries see neither; exports keep both. Of a pair
that has them, the member ``more`` is the JSON text of an object: the further members in order of
their names, and as ``value`` the text of a date that is not ``written``, or ``true`` where the date
came as a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import Field, FieldType
from usql.language.literals import parse_date
from usql.store.bad_data import NeedsPrecise
from usql.store.compact import lists_of
from usql.store.compute import as_type, filled, is_missing, pc, taken
from usql.store.forms.cast import cast, documented, is_list, is_text, is_time, split
from usql.store.forms.further import text_of
from usql.store.forms.json_text import TEXT, MoreType, given
from usql.store.forms.schema import arrow_type
from usql.store.views import plain

MORE = "more"
"""The name of the member that holds what a pair has beside key and value."""


def written(instants: Iterable[int]) -> list[str]:
    """Dates as exports write them: ``2026-03-01T12:00:00.000Z``."""
    return [str(np.datetime64(instant, "ms")) + "Z" for instant in instants]


def text_of_more(members: Mapping[str, Any]) -> str | None:
    """The member ``more`` of a pair, if there is any."""
    return text_of(dict(sorted(members.items()))) if members else None


def merged(pair: dict[str, Any]) -> dict[str, Any]:
    """A pair as it came, of one whose ``more`` is an object."""
    more = pair.pop(MORE) or {}
    if more.get("value") is True:
        more = {**more, "value": pair["value"]}
    return pair | {name: given(value) for name, value in more.items()}


def pairs_type(field: Field, rows: Iterable[Sequence[Mapping[str, Any]] | None]) -> pa.DataType:
    """The Arrow type of property lists, with ``more`` where a pair has it."""
    usual = arrow_type(field)
    if any(MORE in pair for pairs in rows for pair in pairs or ()):
        return pa.list_(pa.struct([*usual.value_type, pa.field(MORE, TEXT)]))
    return usual


def cast_pairs(field: Field, column: pa.Array) -> pa.Array:
    """A column of any source as property lists; raises :class:`NeedsPrecise`."""
    kind, wanted = column.type, arrow_type(field)
    is_date = field.value_type is FieldType.TIMESTAMP
    if pa.types.is_null(kind) or (kind == wanted and not is_date):
        return documented(field, column)
    if not (is_list(kind) and pa.types.is_struct(kind.value_type)):
        if is_date:
            raise NeedsPrecise  # in which form a date came is looked at pair by pair
        return documented(field, column)
    entries, lengths = split(column)
    members = {f.name: c for f, c in zip(entries.type, entries.flatten(), strict=True)}
    if "key" not in members:
        raise NeedsPrecise
    keys, values = members.pop("key"), members.pop("value", pa.nulls(len(entries)))
    if is_date:
        values, members["value"] = _read_dates(values)
    elif is_time(values.type):
        raise NeedsPrecise  # a time is no number
    parts = {
        "key": cast(keys, pa.string()),
        "value": cast(values, wanted.value_type.field("value").type),
    }
    held = {name: member for name, member in members.items() if member.null_count < len(member)}
    if held:
        parts[MORE] = _joined(held)
    return lists_of(lengths, pa.StructArray.from_arrays([*parts.values()], [*parts]))


def _read_dates(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Dates, and per date the form that it came in, if it is not the one of exports."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        made = cast(values, pa.int64())
        is_number = np.ones(len(made), dtype=np.bool_)
        return made, plain(is_number, valid=~is_missing(made))
    if not is_text(kind):
        return values, pa.nulls(len(values))
    encoded = pc.dictionary_encode(values)
    texts = encoded.dictionary.to_pylist()
    try:
        instants = [parse_date(text) for text in texts]
    except ValueError:  # whole numbers and bad dates
        raise NeedsPrecise from None
    pairs = zip(texts, written(instants), strict=True)
    forms = pa.array([None if text == usual else text for text, usual in pairs], pa.string())
    return taken(pa.array(instants, pa.int64()), encoded.indices), taken(forms, encoded.indices)


def _joined(members: Mapping[str, pa.Array]) -> pa.Array:
    """``more`` of pairs with these members; each distinct text is made once."""
    kept = members.get(MORE)
    if kept is not None and isinstance(kept.type, MoreType):
        return as_type(kept.storage, TEXT)  # of a store, whose dates are times
    codes = np.zeros(len(next(iter(members.values()))), dtype=np.int64)
    for member in members.values():
        if not (pa.types.is_boolean(member.type) or _is_plain(member.type)):
            raise NeedsPrecise
        encoded = pc.dictionary_encode(member)
        own = filled(encoded.indices, len(encoded.dictionary)).to_numpy()
        codes = codes * (len(encoded.dictionary) + 1) + own
        _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    table = pc.take(pa.table(dict(members)), plain(first))
    rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    return taken(pa.array(map(text_of_more, rows), TEXT), plain(codes))


def _is_plain(kind: pa.DataType) -> bool:
    """Whole numbers and texts. A double may be a whole number that stands beside fractions."""
    return bool(pa.types.is_integer(kind) or is_text(kind))
