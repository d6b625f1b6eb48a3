"""Indexes: what is derived from columns on first use and kept between queries, within a budget.

An index is a few named arrays under a name that tells what it is of, so that it can be saved with
the store and found again. It says which rows have which values, how rows fall into cells, in which
order values lie in them and what they add up to. It is of the data, not of a query: others with the
same fields use it, too, and every answer is computed from it anew.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from usql.analysis.bound import FieldRef
from usql.engine.kernels import Array

Arrays = Mapping[str, Array]

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
    """The indexes of one store, the least recently used ones leaving first; safe for any number of
    threads. ``saved`` ones, that came with the store, are mapped files and count like others once
    they are used. A ``budget`` of 0 bytes means none."""

    def __init__(self, budget: int, saved: Mapping[str, Arrays]) -> None:
        self.budget = budget
        self._saved = saved if budget else {}
        self._known: OrderedDict[str, Arrays] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def find(self, name: str) -> Arrays | None:
        """An index that there is already."""
        with self._lock:
            known = self._known.get(name)
            if known is not None:
                self._known.move_to_end(name)
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
        size = size_of(made)
        with self._lock:
            if name in self._known:
                return self._known[name]
            if size <= self.budget:
                self._known[name] = made
                self._size += size
            while self._size > self.budget:
                _, dropped = self._known.popitem(last=False)
                self._size -= size_of(dropped)
        return made

    @property
    def nbytes(self) -> int:
        """Bytes that the indexes hold now."""
        return self._size

    def all(self) -> Mapping[str, Arrays]:
        """All indexes that are kept now, by name."""
        with self._lock:
            return dict(self._known)


def size_of(arrays: Arrays) -> int:
    """Bytes of an index."""
    return sum(int(array.nbytes) for array in arrays.values())
