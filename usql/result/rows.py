"""Rows of a result: tuples whose values can be read by column name."""

from __future__ import annotations

import functools
from typing import Any, ClassVar, SupportsIndex, overload


class Row(tuple[Any, ...]):
    """A row: its values in the order of the columns, also by name. Repeated column names get
    ``_2``, ``_3`` …

    >>> row = row_type(("city", "count(*)"))(("Linz", 5))
    >>> row
    Row(city='Linz', count(*)=5)
    >>> city, count = row
    >>> row["count(*)"], row[0], row == ("Linz", 5)
    (5, 'Linz', True)
    """

    __slots__ = ()
    __module__ = "usql"

    # pandas takes the names of columns from the first row that has this attribute, as a
    # ``namedtuple`` has, for which names such as ``count(*)`` will not do.
    _fields: ClassVar[tuple[str, ...]] = ()

    @overload
    def __getitem__(self, key: str | SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, key: str | SupportsIndex | slice) -> Any:
        """The value of a column by its name (else ``KeyError``), or by its number."""
        if isinstance(key, str):
            return super().__getitem__(place(self._fields, key))
        return super().__getitem__(key)

    def to_dict(self) -> dict[str, Any]:
        """The values by column name."""
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        values = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"Row({', '.join(values)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _row, (self._fields, tuple(self))


__test__ = {"Row": Row}  # doctest finds tests by the module that a class names


@functools.lru_cache(256)
def row_type(names: tuple[str, ...]) -> type[Row]:
    """The type of rows with these column names, which are distinct."""
    return type("Row", (Row,), {"__slots__": (), "__module__": "usql", "_fields": names})


def place(names: tuple[str, ...], name: str) -> int:
    """The number of a column; ``KeyError``, listing the names, if there is none.

    >>> place(("city", "n"), "cty")
    Traceback (most recent call last):
        ...
    KeyError: "there is no column 'cty'; the columns are city, n"
    """
    try:
        return names.index(name)
    except ValueError:
        known = f"the columns are {', '.join(names)}"
        raise KeyError(f"there is no column {name!r}; {known}") from None


def _row(names: tuple[str, ...], values: tuple[Any, ...]) -> Row:
    return row_type(names)(values)
