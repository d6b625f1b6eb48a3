"""Indexes: what is derived from columns on first use and kept between queries, within a budget.

An index is a few named arrays under a name that tells what it is of, so that it can be saved with
the store and found again. It says which rows have which values, how rows fall into cells, in which
order values lie in them and what they add up to. It is of the data, not of a query: others with the
same fields use it, too, and every answer is computed from it anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy.typing as npt

from usql.analysis.bound import FieldRef
from usql.engine.runtime.kept import Kept

Arrays = Mapping[str, npt.NDArray[Any]]

FEWEST_ROWS = 1 << 14
"""Tables with fewer rows are read as fast as an index."""


def name_of(
    kind: str,
    table: str,
    by: Sequence[FieldRef],
    field: FieldRef | None = None,
    blocks: int | None = None,
) -> str:
    """The name of an index of a table's cells, by fields and, if given, blocks of so many rows."""
    of = ", ".join(label(one) for one in by) or "all"
    of += "" if blocks is None else f" and blocks of {blocks}"
    return f"{kind} of {table} by {of}" + ("" if field is None else f" with {label(field)}")


def label(field: FieldRef) -> str:
    """The field in the name of an index; the key of a property with any characters stands in
    quotes, so that no two names are alike."""
    if field.by_address:
        return f"{field.text} by address"
    if field.key is None or field.key.isidentifier():
        return field.text
    return f"{field.table}.{field.name}.{json.dumps(field.key, ensure_ascii=False)}"


class Indexes:
    """The indexes of one store, among all that is kept of it. ``saved`` ones, that came with the
    store, are mapped files and count like others once they are used."""

    def __init__(self, kept: Kept, saved: Mapping[str, Arrays]) -> None:
        self._kept = kept
        self._saved = saved if kept.budget else {}

    @property
    def budget(self) -> int:
        """Bytes that may be kept; 0 means that there are no indexes."""
        return self._kept.budget

    def find(self, name: str) -> Arrays | None:
        """An index that there is already."""
        known: Arrays | None = self._kept.find(name)
        if known is not None:
            return known
        saved = self._saved.get(name)
        return None if saved is None else self._keep(name, dict(saved))

    def get(self, name: str, make: Callable[[], Arrays | None]) -> Arrays | None:
        """An index, made now if there is none. ``make`` gives ``None`` where it is not worth it."""
        if not self.budget:
            return None
        known = self.find(name)
        if known is not None:
            return known
        made = make()
        return None if made is None else self._keep(name, made)

    def _keep(self, name: str, made: Arrays) -> Arrays:
        return self._kept.keep(name, made, size_of(made))

    @property
    def nbytes(self) -> int:
        """Bytes that the indexes hold now."""
        return sum(map(size_of, self.all().values()))

    def all(self) -> Mapping[str, Arrays]:
        """All indexes that are kept now, by name."""
        return self._kept.all(str)


def size_of(arrays: Arrays) -> int:
    """Bytes of an index."""
    return sum(int(array.nbytes) for array in arrays.values())
