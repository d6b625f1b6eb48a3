"""Running the command without pandas."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@contextmanager
def without_pandas() -> Iterator[None]:
    """Within the block pandas cannot be imported, as if it were not installed.

    If it is installed, pyarrow imports it with the first array that is made, to recognise pandas'
    own values: this takes twice the time of importing numpy and pyarrow together. The command never
    passes such values.
    """
    finder = _Nothing()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Nothing:
    """A finder that reports pandas as missing, and knows nothing about other modules."""

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return None
