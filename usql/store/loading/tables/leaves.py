"""The columns of single values that a file with nested ones is made of, and which of them to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from usql.catalog import PRIMARY, Catalog
from usql.store.forms.cast import is_list
from usql.store.loading.tables.readable import leaves


def wanted_leaves(catalog: Catalog, schema: pa.Schema) -> Iterator[bool]:
    """For each column of single values, in the order of the schema, whether it is read. Of a list
    of children that is, one is read in any case, which tells how long it is."""
    children = catalog.table(PRIMARY).children
    for field in schema:
        child = children.get(field.name)
        if child is None or catalog.loaded is None:
            yield from _all(field, catalog.reads(PRIMARY, field.name))
        elif child not in catalog.loaded.tables:
            yield from _all(field, False)
        elif is_list(field.type) and pa.types.is_struct(field.type.value_type):
            yield from _of_children(catalog, child, field.type.value_type)
        else:
            yield from _all(field, True)


def _all(field: pa.Field, is_read: bool) -> Iterable[bool]:
    return [is_read] * leaves(field)


def _of_children(catalog: Catalog, table: str, fields: Iterable[pa.Field]) -> Iterator[bool]:
    found = [is_read for f in fields for is_read in _all(f, catalog.reads(table, f.name))]
    yield from found if any(found) else [place == 0 for place in range(len(found))]
