"""Tables of other systems: by their place, or as a program opened them with the library for them."""

from __future__ import annotations

import sys
from typing import Any

from usql.frozen import dataclass
from usql.store.inputs.origin import Origin
from usql.store.sources.trees import Tree


@dataclass(frozen=True, slots=True)
class Lake:
    """A table in a folder, or the description of one of Iceberg."""

    kind: str
    origin: Origin
    tree: Tree
    path: str


def kind_of_lake(value: Any) -> str | None:
    """The system whose table a program opened; no value is a table of a library that nobody
    imported."""
    for kind, module, name in (
        ("Delta Lake", "deltalake", "DeltaTable"),
        ("Iceberg", "pyiceberg.table", "Table"),
    ):
        made = getattr(sys.modules.get(module), name, None)
        if isinstance(made, type) and isinstance(value, made):
            return kind
    return None


def is_dataset(value: Any) -> bool:
    """Whether a value is a dataset of pyarrow; none is, where nobody imported the module for them."""
    module = sys.modules.get("pyarrow.dataset")
    return module is not None and isinstance(value, module.Dataset)
