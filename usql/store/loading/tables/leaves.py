"""The leaf columns, of single values, of a file with nested columns, and which of them to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from usql.catalog import PRIMARY, Catalog
from usql.store.forms.cast import is_list_of_structs
from usql.store.loading.tables.readable import leaves


def wanted_leaves(catalog: Catalog, schema: pa.Schema) -> Iterator[bool]:
    """For each leaf column, in the order of the schema, whether it is read. A list of children that
    is read has at least one leaf read, for its lengths."""
    children = catalog.table(PRIMARY).children
    for field in schema:
        child = children.get(field.name)
        if child is None or catalog.loaded is None:
            yield from _all(field, catalog.reads(PRIMARY, field.name))
        elif child not in catalog.loaded.tables:
            yield from _all(field, False)
        elif is_list_of_structs(field.type):
            yield from _of_children(catalog, child, field.type.value_type)
        else:
            yield from _all(field, True)


def _all(field: pa.Field, is_read: bool) -> Iterable[bool]:
    return [is_read] * leaves(field)


def _of_children(catalog: Catalog, table: str, fields: Iterable[pa.Field]) -> Iterator[bool]:
    flags = [is_read for f in fields for is_read in _all(f, catalog.reads(table, f.name))]
    yield from flags if any(flags) else [place == 0 for place in range(len(flags))]
