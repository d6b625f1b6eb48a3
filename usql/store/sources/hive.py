"""Fields that the names of folders give to all sessions below them, such as ``country=Spain``: the
layout of Hive, Spark and others (LANGUAGE.md §10a)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, default_catalog
from usql.errors import DataError
from usql.store.bad_data import BadValue
from usql.store.compact import compact
from usql.store.compute import as_type, decoded, pc
from usql.store.forms.further import unify
from usql.store.inputs.origin import Origin

if TYPE_CHECKING:
    from usql.store.batches.flat import FlatBatch

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"

Partition = tuple[tuple[str, str], ...]


def with_folder(partition: Partition, name: str) -> Partition:
    """The fields of a folder's sessions, given those of its parent. ``DataError`` when percent
    signs in the name do not encode text."""
    key, equals, value = name.partition("=")
    if not (key and equals):
        return partition
    try:
        field = unquote(key, errors="strict"), unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise DataError("the folder's name is not UTF-8", source=name) from error
    return (*partition, field)


def fields_of(origin: Origin) -> Mapping[str, Any]:
    """The fields that every session of a file has unless its row says otherwise, as canonical
    values. :class:`DataError` when a folder's name has a value that the field cannot hold."""
    try:
        return _typed(origin.partition)
    except BadValue as bad:
        reason = f"{bad.reason}, in the name of a folder"
        raise DataError(reason, source=origin.name, path=bad.path) from None


@functools.lru_cache(maxsize=1024)
def _typed(partition: Partition) -> Mapping[str, Any]:
    from usql.store.forms.normalize import Normalizer  # only where there is something to read

    values = {key: value for key, value in partition if value != _NO_VALUE}
    return Normalizer(default_catalog()).session(values)


def completed(session: Mapping[str, Any], fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A canonical session, completed by fields for which it has no value."""
    if not fields:
        return session
    return {**fields, **{name: value for name, value in session.items() if value is not None}}


def with_fields(catalog: Catalog, batch: FlatBatch, fields: Mapping[str, Any]) -> FlatBatch:
    """The batch, completed by these fields where sessions have no value of their own."""
    if not fields:
        return batch
    from usql.store.batches.flat import from_objects

    sessions = batch[PRIMARY]
    columns = dict(sessions.columns)
    for name, single in from_objects(catalog, [fields])[PRIMARY].columns.items():
        everywhere = pa.repeat(single[0], sessions.rows)
        column = columns.get(name)
        if column is None:
            columns[name] = compact(everywhere)
        elif column.null_count:
            columns[name] = compact(_filled(column, everywhere, name))
    return {**batch, PRIMARY: replace(sessions, columns=columns)}


def _filled(column: pa.Array, everywhere: pa.Array, name: str) -> pa.Array:
    kind, chunks = unify([column, everywhere], name)
    return pc.coalesce(*(as_type(_plain(chunk), kind) for chunk in chunks))


def _plain(column: pa.Array) -> pa.Array:
    is_coded = pa.types.is_dictionary(column.type)
    return decoded(column) if is_coded else column
