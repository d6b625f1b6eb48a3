"""A store with some of its fields: what was not asked for is not there, and not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.store.columns import AnyColumn, Array, Store, TableData
from usql.store.lazy import Lazy, Watched, under


def narrowed_store(store: Store, loaded: Projection | None, given: Catalog | None = None) -> Store:
    """The store with the fields that are loaded, over the same columns, of which none is read now;
    with the catalog ``given`` of a larger set of data in place of its own."""
    catalog = store.catalog if given is None else given
    if loaded is None:
        return store if given is None else replace(store, catalog=catalog)
    tables = {name: _table(data, loaded, store.sessions) for name, data in store.tables.items()}
    return replace(store, tables=tables, catalog=replace(catalog, loaded=loaded))


def _table(data: TableData, loaded: Projection, sessions: int) -> TableData:
    if data.name not in loaded.tables:
        nothing: dict[str, Callable[[], Array]] = {
            "offsets": partial(np.zeros, sessions + 1, np.int64),
            "parent": partial(np.zeros, 0, np.int32),
        }
        return TableData(data.name, 0, {}, Lazy(nothing))
    return replace(
        data,
        columns=_some(data.columns, (n for n in data.columns if loaded.has(data.name, n))),
        derived=_some(data.derived, (n for n in data.derived if loaded.has(data.name, n))),
    )


def _some(columns: Mapping[str, AnyColumn], names: Iterable[str]) -> Mapping[str, AnyColumn]:
    return Watched({name: partial(under, columns, name) for name in names})
