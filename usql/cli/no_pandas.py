"""The command without pandas."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@contextmanager
def without_pandas() -> Iterator[None]:
    """Within the block there is no pandas to import, as where it is not installed.

    Wherever it is, pyarrow imports it to see whether a value is one of its own, with the first
    array that is made: twice the time that numpy and pyarrow take together. The command hands no
    such values over.
    """
    finder = _Nothing()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Nothing:
    """Says of pandas that it is not there, and nothing of other modules."""

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return None
