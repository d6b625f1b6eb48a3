"""What a query gives back, in every form that a user may want it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from usql.language.diagnostics import Diagnostic
from usql.result.cells import NULL, PLAIN_NULL, counted
from usql.result.later import Later
from usql.result.responses import table_response, tree_response

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from rich.console import Console, ConsoleOptions, RenderResult


class ColumnRole(Enum):
    """What a column is in a tree response: a key is a branch, the rest are leaves."""

    KEY = "key"
    LEAF = "leaf"


TimeOrder = Literal["ascending", "descending"]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column's name and role; timestamp columns hold int64 milliseconds (UTC), or lists.

    ``time_order`` is set on the column of a date function (``YEAR`` … ``DATETIME``) in whose order
    the rows come: what a chart may draw from left to right.
    """

    name: str
    role: ColumnRole
    is_timestamp: bool
    time_order: TimeOrder | None = None


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step's rows, and their share of the first step's and of the previous step's (0 to 1).
    ``None`` where that has no rows; the first step has no previous one."""

    name: str
    count: int
    from_first: float | None
    from_previous: float | None


class Result:
    """The rows of a query.

    ``print(result)`` draws a table, a notebook shows one, and Arrow's stream protocol hands the
    columns to pandas, Polars, DuckDB and others.

    ``text`` is the query as it ran, its placeholders replaced. ``total_rows`` counts the rows
    before the limit; ``None`` where reading ended because the limit was full. ``explanations`` say
    in plain words what shaped the rows; ``limit_note`` is the one of them which says that the
    default limit cut, or ``None``. ``deep_links`` are the columns that a table response adds for
    deep links, ``diagnostics`` the warnings and information about the text.

    >>> column = ResultColumn("city", ColumnRole.LEAF, is_timestamp=False)
    >>> result = Result(pa.table({"city": ["Linz", None]}), [column])
    >>> result.rows()
    [['Linz'], [None]]
    >>> result
    <Result: 2 rows, 1 column>
    """

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
        return list(self)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[list[Any]]:
        for batch in self._table.to_batches(max_chunksize=8192):
            values = [column.to_pylist() for column in batch.columns]
            yield from (list(row) for row in zip(*values, strict=True))

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
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_table_response(self, explain: bool = False, deep_links: bool = False) -> dict[str, Any]:
        """The vendor's table response; with the explanations and the columns for deep links when
        asked (LANGUAGE.md §10)."""
        links = self._deep_links.get() if deep_links and self._deep_links is not None else None
        additional = None if links is None else (links.column_names, _list_rows(links))
        notes = self.explanations if explain else None
        return table_response(self.columns, self._keys, self.rows(), notes, additional)

    @property
    def _keys(self) -> list[bool]:
        return [c.role is ColumnRole.KEY for c in self.schema]

    def to_tree_response(self, explain: bool = False) -> dict[str, Any]:
        """The vendor's tree response: keys nested, leaves at the end (LANGUAGE.md §10)."""
        notes = self.explanations if explain else None
        return tree_response(self.columns, self._keys, self.rows(), notes)

    def _unique(self) -> pa.Table:
        return self.to_arrow().rename_columns(unique_names(self.columns))

    def __repr__(self) -> str:
        return f"<Result: {counted(len(self), 'row')}, {counted(len(self.schema), 'column')}>"

    def __str__(self) -> str:
        from usql.result.terminal import plain_text

        return plain_text(self)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from usql.result.terminal import renderables

        # Without styles a missing value needs a mark of its own.
        null = NULL if console.color_system else PLAIN_NULL
        yield from renderables(self, options.max_width, null=null)

    def _repr_html_(self) -> str:
        from usql.result.html import html

        return html(self)


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


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


def _list_rows(table: pa.Table) -> list[list[Any]]:
    columns = [column.to_pylist() for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _as_timestamps(array: pa.ChunkedArray) -> pa.ChunkedArray:
    return array.cast(_timestamps(array.type))


def _timestamps(kind: pa.DataType) -> pa.DataType:
    """The type with timestamps in place of the integers, also of lists, and of lists of lists."""
    if pa.types.is_list(kind):
        return pa.list_(_timestamps(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_timestamps(kind.value_type))
    return pa.timestamp("ms", tz="UTC")
