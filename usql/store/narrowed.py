"""A store with only some of its fields; the others are neither present nor read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.store.columns import AnyColumn, Array, Store, TableData
from usql.store.lazy import Lazy, Watched, load_for


def narrowed_store(
    store: Store, loaded: Projection | None, full_catalog: Catalog | None = None
) -> Store:
    """The store with only the loaded fields, over the same columns, none of which is read now; with
    ``full_catalog``, the catalog of a larger data set in place of its own."""
    catalog = store.catalog if full_catalog is None else full_catalog
    if loaded is None:
        return store if full_catalog is None else replace(store, catalog=catalog)
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
    return Watched({name: partial(load_for, columns, name) for name in names})
