"""What a query gives back, in every form that a user may want it."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex, overload

import pyarrow as pa

from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic
from usql.result import functions as fn
from usql.result.later import Later
from usql.result.periods import Periods
from usql.result.responses import MISSING_KEY, table_response, tree_response
from usql.result.rows import Row, place, row_type
from usql.result.values import batches, strict_values

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from rich.console import Console, ConsoleOptions, RenderResult


class ColumnRole(Enum):
    """What a column is in a tree response: a key is a branch, the rest are leaves."""

    __module__ = "usql"

    KEY = "key"
    LEAF = "leaf"


TimeOrder = Literal["ascending", "descending"]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column's name and role; timestamp columns hold int64 milliseconds (UTC), or lists, or pairs
    with such values.

    ``time_order`` is set on the column of a date function (``YEAR`` … ``DATETIME``) in whose order
    the rows come, ``periods`` on each key that is one: what a chart may draw from left to right.
    ``is_mean_time``: AVG, MEDIAN or PERCENTILE of timestamps, doubles that people see as times.
    ``is_of_star``: ``*`` gave it.
    """

    __module__ = "usql"

    name: str
    role: ColumnRole
    is_timestamp: bool
    time_order: TimeOrder | None = None
    periods: Periods | None = None
    is_mean_time: bool = False
    is_of_star: bool = False


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step's rows, and their share of the first step's and of the previous step's (0 to 1).
    ``None`` where that has no rows; the first step has no previous one."""

    __module__ = "usql"

    name: str
    count: int
    from_first: float | None
    from_previous: float | None


class Result:
    """The rows of a query.

    ``result[0]`` and iteration give rows, tuples whose values also have the names of the columns;
    ``result[10:20]`` is a result of these rows, ``result["city"]`` the list of a column's values.
    ``print(result)`` draws a table, a notebook shows one. Polars, DuckDB and others take the columns
    by Arrow's stream protocol, so that ``pl.DataFrame(result)`` keeps names and types;
    ``pd.DataFrame(result)`` keeps the names, if there are rows, and guesses types from the values of
    :meth:`rows`, where large whole numbers beside missing ones lose digits: :meth:`to_pandas` keeps
    them all. Of columns with one name the later ones are called ``_2``,
    ``_3`` … wherever names may not repeat.

    ``text`` is the query as it ran, its placeholders replaced. ``total_rows`` counts the rows
    before the limit; ``None`` where reading ended because the limit was full. ``explanations`` say
    in plain words what shaped the rows; ``limit_note`` is the one of them which says that the
    default limit cut, or ``None``.

    >>> column = ResultColumn("city", ColumnRole.LEAF, is_timestamp=False)
    >>> result = Result(pa.table({"city": ["Linz", None]}), [column])
    >>> result.rows()
    [['Linz'], [None]]
    >>> result[0]["city"], result["city"]
    ('Linz', ['Linz', None])
    >>> result
    city
    string
    ──────
    Linz
    ∅
    2 rows
    """

    __module__ = "usql"

    def __init__(
        self,
        table: pa.Table,
        columns: Sequence[ResultColumn],
        *,
        text: str = "",
        total_rows: int | None = None,
        explanations: Sequence[str] = (),
        limit_note: str | None = None,
        diagnostics: Later[tuple[Diagnostic, ...]] | None = None,
        deep_links: Later[pa.Table] | None = None,
        is_funnel: bool = False,
    ) -> None:
        self._table = table
        self.schema: tuple[ResultColumn, ...] = tuple(columns)
        self.text = text
        self.total_rows = total_rows
        self.explanations: tuple[str, ...] = tuple(explanations)
        self.limit_note = limit_note
        self._diagnostics = diagnostics
        self._deep_links = deep_links
        self._is_funnel = is_funnel
        self._names = tuple(unique_names(self.columns))

    @property
    def columns(self) -> list[str]:
        """The column names in order; names may repeat (LANGUAGE.md §10)."""
        return [c.name for c in self.schema]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All warnings and information about the query, judged with the data's own fields, keys and
        values; their spans are places in ``text``. They are sought when first asked for."""
        return () if self._diagnostics is None else self._diagnostics.get()

    def rows(self) -> list[list[Any]]:
        """All rows as Python values: timestamps in milliseconds, lists as lists, property pairs as
        ``{"key": …, "value": …}``, a missing value as ``None``."""
        return [list(row) for row in self._values()]

    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows as dicts of the values of :meth:`rows` by the names of the columns."""
        return [dict(zip(self._names, row, strict=True)) for row in self._values()]

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[Row]:
        return map(row_type(self._names), self._values())

    @overload
    def __getitem__(self, key: str) -> list[Any]: ...
    @overload
    def __getitem__(self, key: slice) -> Result: ...
    @overload
    def __getitem__(self, key: SupportsIndex) -> Row: ...
    def __getitem__(self, key: str | slice | SupportsIndex) -> list[Any] | Result | Row:
        """A column by its name (else ``KeyError``), some rows as a result, without explanations, or
        a row by its number (else ``IndexError``)."""
        if isinstance(key, str):
            values: list[Any] = self._table.column(place(self._names, key)).to_pylist()
            return values
        if isinstance(key, slice):
            return self._part(range(len(self))[key])
        try:
            at = range(len(self))[operator.index(key)]
        except IndexError:
            raise IndexError(f"there is no row {key!r}; the result has {len(self)}") from None
        row = (column[at].as_py() for column in self._table.columns)
        return row_type(self._names)(row)

    def _values(self) -> Iterator[tuple[Any, ...]]:
        """The values of each row."""
        for batch in batches(self._table):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _part(self, rows: range) -> Result:
        """Some of the rows. What is said of all of them is not said of these."""
        links = self._deep_links
        return Result(
            _taken(self._table, rows),
            self.schema if rows.step > 0 else [replace(c, time_order=None) for c in self.schema],
            text=self.text,
            total_rows=self.total_rows,
            diagnostics=self._diagnostics,
            deep_links=None if links is None else Later(lambda: _taken(links.get(), rows)),
            is_funnel=self._is_funnel and len(rows) == 1,
        )

    @property
    def table(self) -> pa.Table:
        """The columns as the query made them: timestamps are int64 milliseconds, names may repeat."""
        return self._table

    @property
    def deep_links(self) -> pa.Table | None:
        """The columns that a table response adds for deep links; ``None`` for groups. They are
        gathered when first asked for."""
        return None if self._deep_links is None else self._deep_links.get()

    @property
    def funnel(self) -> tuple[FunnelStep, ...] | None:
        """The steps of a FUNNEL with their conversions; ``None`` for other queries."""
        if not self._is_funnel:
            return None
        counts = self.rows()[0]
        steps = []
        for index, (column, count) in enumerate(zip(self.schema, counts, strict=True)):
            before = counts[index - 1] if index else 0
            steps.append(
                FunnelStep(column.name, count, _share(count, counts[0]), _share(count, before))
            )
        return tuple(steps)

    def to_arrow(self) -> pa.Table:
        """An Arrow table; timestamp columns are ``timestamp[ms, tz=UTC]``. Names may repeat."""
        if not any(column.is_timestamp for column in self.schema):
            return self._table
        arrays = [
            _as_timestamps(array) if column.is_timestamp else array
            for array, column in zip(self._table.columns, self.schema, strict=True)
        ]
        return pa.Table.from_arrays(arrays, names=self.columns)

    def to_pandas(self) -> pd.DataFrame:
        """A pandas DataFrame. Of columns with one name the later ones get ``_2``, ``_3`` …
        Whole numbers of which some are missing are of pandas' type ``Int64``, which keeps every
        digit. ``ImportError`` without pandas."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError(
                "to_pandas needs pandas: pip install 'usql-engine[pandas]'"
            ) from error
        table = self._unique()
        frame: pd.DataFrame = table.to_pandas()
        for name, column in zip(table.column_names, table.columns, strict=True):
            if pa.types.is_integer(column.type) and column.null_count:
                frame[name] = column.to_pandas(types_mapper=lambda _: pandas.Int64Dtype())
        return frame

    def to_polars(self) -> pl.DataFrame:
        """A Polars DataFrame. Of columns with one name the later ones get ``_2``, ``_3`` …
        ``ImportError`` without Polars."""
        try:
            import polars
        except ImportError as error:
            raise ImportError(
                "to_polars needs Polars: pip install 'usql-engine[polars]'"
            ) from error
        frame = polars.from_arrow(self._unique())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._unique().__arrow_c_stream__(requested_schema)

    def write(self, path: str | os.PathLike[str], *, csv_safe: bool = False) -> None:
        """Write the rows to a file in the format of its suffix: ``.csv``, ``.json``, ``.ndjson``,
        ``.parquet`` or ``.arrow``; ``ValueError`` for another one. ``csv_safe`` keeps spreadsheets
        from computing texts that look like formulas. The file is written whole or not at all.

        >>> import tempfile, usql
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "cities.csv"
        >>> usql.open([{"city": "Linz"}]).query("SELECT city FROM usersession").write(path)
        >>> path.read_text().split()
        ['city', 'Linz']
        """
        from usql.result.options import Options
        from usql.result.writing import write_result

        write_result(self, path, options=Options(csv_safe=csv_safe))

    def to_table_response(self, explain: bool = False, deep_links: bool = False) -> dict[str, Any]:
        """The vendor's table response; with the explanations and the columns for deep links when
        asked (LANGUAGE.md §10)."""
        links = self.deep_links if deep_links else None
        additional = None
        if links is not None:
            additional = (links.column_names, [strict_values(c) for c in links.columns])
        notes = self.explanations if explain else None
        cells = zip(self._table.columns, self._keys, strict=True)
        columns = [strict_values(c, MISSING_KEY if is_key else None) for c, is_key in cells]
        return table_response(self.columns, columns, notes, additional)

    @property
    def _keys(self) -> list[bool]:
        return [c.role is ColumnRole.KEY for c in self.schema]

    def to_tree_response(self, explain: bool = False) -> dict[str, Any]:
        """The vendor's tree response: keys nested, leaves at the end (LANGUAGE.md §10)."""
        notes = self.explanations if explain else None
        cells = zip(self._table.columns, self._keys, strict=True)
        columns = [c.to_pylist() if is_key else strict_values(c) for c, is_key in cells]
        return tree_response(self.columns, self._keys, columns, notes)

    def _unique(self) -> pa.Table:
        return self.to_arrow().rename_columns(list(self._names))

    def __repr__(self) -> str:
        from usql.result.short import short

        return short(self)

    def __str__(self) -> str:
        from usql.result.terminal import plain_text

        return plain_text(self)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from usql.result.terminal import renderables

        yield from renderables(self, console, options.max_width)

    def _repr_html_(self) -> str:
        from usql.result.html import html

        return html(self)


__test__ = {"Result": Result}  # doctests are sought by the module that a class names


def unique_names(names: Sequence[str]) -> list[str]:
    """The names with repeated ones told apart by ``_2``, ``_3`` …

    >>> unique_names(["city", "city"])
    ['city', 'city_2']
    """
    taken: set[str] = set(names)
    seen: set[str] = set()
    made = []
    for name in names:
        chosen, number = name, 2
        while chosen in seen or (chosen != name and chosen in taken):
            chosen = f"{name}_{number}"
            number += 1
        seen.add(chosen)
        made.append(chosen)
    return made


def _taken(table: pa.Table, rows: range) -> pa.Table:
    """Some rows of a table; rows one after the other stay where they are."""
    if rows.step == 1:
        return table.slice(rows.start, len(rows))
    return fn.taken(table, pa.array(rows, pa.int64()))


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


def _as_timestamps(array: pa.ChunkedArray) -> pa.ChunkedArray:
    return fn.as_type(array, _timestamps(array.type))


def _timestamps(kind: pa.DataType) -> pa.DataType:
    """The type with timestamps in place of the integers, also of lists, of lists of lists, and of
    the values of pairs."""
    if pa.types.is_list(kind):
        return pa.list_(_timestamps(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_timestamps(kind.value_type))
    if pa.types.is_struct(kind):
        key, value = kind
        return pa.struct([key, value.with_type(_timestamps(value.type))])
    return pa.timestamp("ms", tz="UTC")
