"""Tables of other systems: by their place, or opened by the program with the system's library."""

from __future__ import annotations

import sys
from typing import Any

from usql.frozen import dataclass
from usql.store.inputs.origin import Origin
from usql.store.sources.trees import Tree


@dataclass(frozen=True, slots=True)
class Lake:
    """A table in a folder, or the metadata file of an Iceberg table."""

    kind: str
    origin: Origin
    tree: Tree
    path: str


def kind_of_lake(value: Any) -> str | None:
    """The system whose table the value is, if it is one; it cannot be if the library was not
    imported."""
    for kind, module, name in (
        ("Delta Lake", "deltalake", "DeltaTable"),
        ("Iceberg", "pyiceberg.table", "Table"),
    ):
        table_class = getattr(sys.modules.get(module), name, None)
        if isinstance(table_class, type) and isinstance(value, table_class):
            return kind
    return None


def is_dataset(value: Any) -> bool:
    """Whether a value is a pyarrow dataset; it cannot be if their module was not imported."""
    module = sys.modules.get("pyarrow.dataset")
    return module is not None and isinstance(value, module.Dataset)
