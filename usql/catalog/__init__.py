"""Tables, fields, types and enum values. Facts only, extended by what loaded data holds."""

from __future__ import annotations

import functools

from usql.catalog.model import (
    PRIMARY,
    Cardinality,
    Catalog,
    Field,
    FieldType,
    Origin,
    Refused,
    Table,
)
from usql.catalog.useraction import USERACTION
from usql.catalog.usererror import USERERROR
from usql.catalog.userevent import USEREVENT
from usql.catalog.usersession import USERSESSION
from usql.catalog.usersyntheticevent import USERSYNTHETICEVENT

__all__ = [
    "PRIMARY",
    "Cardinality",
    "Catalog",
    "Field",
    "FieldType",
    "Origin",
    "Refused",
    "Table",
    "default_catalog",
]


@functools.cache
def default_catalog() -> Catalog:
    """The documented tables, before any data is known."""
    return Catalog((USERSESSION, USERACTION, USEREVENT, USERERROR, USERSYNTHETICEVENT))
