"""Texts of Arrow arrays as Python sequences."""

from __future__ import annotations

import pyarrow as pa


class Texts:
    """A sorted Arrow dictionary as a sequence that decodes only the texts that a search visits."""

    def __init__(self, values: pa.Array) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> str:
        return self.values[index].as_py()
