"""The rows and columns of a result as data, from which all formats and drawings are made."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, overload

import pyarrow as pa

from usql.language.diagnostics import Diagnostic
from usql.result.columns import ColumnRole, FunnelStep, ResultColumn, unique_names
from usql.result.later import Later
from usql.result.responses import MISSING_KEY, table_response, tree_response
from usql.result.rows import Row, place, row_type
from usql.result.texts import functions as fn
from usql.result.values import batches, strict_values

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class ResultData:
    """The rows of a query and the descriptions of its columns, as values and tables; formats write
    them. :class:`usql.Result` documents the attributes."""

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
        utc_offset: int = 0,
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
        self.utc_offset = utc_offset

    @functools.cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(unique_names(self.columns))

    @property
    def columns(self) -> list[str]:
        """The column names in order; names may repeat (LANGUAGE.md §10)."""
        return [c.name for c in self.schema]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All warnings and information about the query, checked against the data's own fields, keys
        and values; their spans are places in ``text``. They are computed on first use."""
        return () if self._diagnostics is None else self._diagnostics.get()

    def rows(self) -> list[list[Any]]:
        """All rows as Python values: timestamps in milliseconds, lists as lists, property pairs as
        ``{"key": …, "value": …}``, missing values as ``None``."""
        return [list(row) for row in self._values()]

    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows as dicts from column names to the values of :meth:`rows`."""
        return [dict(zip(self._names, row, strict=True)) for row in self._values()]

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[Row]:
        return map(row_type(self._names), self._values())

    @overload
    def __getitem__(self, key: str) -> list[Any]: ...
    @overload
    def __getitem__(self, key: slice) -> Self: ...
    @overload
    def __getitem__(self, key: SupportsIndex) -> Row: ...
    def __getitem__(self, key: str | slice | SupportsIndex) -> list[Any] | Self | Row:
        """A column by its name (else ``KeyError``), some rows as a result without explanations, or
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

    def _part(self, rows: range) -> Self:
        """Some of the rows, without what was said about all of them."""
        links = self._deep_links
        return type(self)(
            _rows_of(self._table, rows),
            self.schema if rows.step > 0 else [replace(c, time_order=None) for c in self.schema],
            text=self.text,
            total_rows=self.total_rows,
            diagnostics=self._diagnostics,
            deep_links=None if links is None else Later(lambda: _rows_of(links.get(), rows)),
            is_funnel=self._is_funnel and len(rows) == 1,
            utc_offset=self.utc_offset,
        )

    @property
    def table(self) -> pa.Table:
        """The columns as the query computed them: timestamps are int64 milliseconds, names may
        repeat."""
        return self._table

    @property
    def deep_links(self) -> pa.Table | None:
        """The columns that a table response adds for deep links; ``None`` for groups. They are
        gathered on first use."""
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
        """A pandas DataFrame. Repeated column names get ``_2``, ``_3`` … Whole numbers with missing
        values have pandas' type ``Int64``, which keeps every digit. ``ImportError`` without
        pandas."""
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
        """A Polars DataFrame. Repeated column names get ``_2``, ``_3`` … ``ImportError`` without
        Polars."""
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

    def to_table_response(self, explain: bool = False, deep_links: bool = False) -> dict[str, Any]:
        """The vendor's table response, optionally with the explanations and the columns for deep
        links (LANGUAGE.md §10)."""
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
        """The vendor's tree response: nested keys, with the leaves at the end (LANGUAGE.md §10)."""
        notes = self.explanations if explain else None
        cells = zip(self._table.columns, self._keys, strict=True)
        columns = [c.to_pylist() if is_key else strict_values(c) for c, is_key in cells]
        return tree_response(self.columns, self._keys, columns, notes)

    def _unique(self) -> pa.Table:
        return self.to_arrow().rename_columns(list(self._names))


def _rows_of(table: pa.Table, rows: range) -> pa.Table:
    """Some rows of a table. Consecutive rows are a slice, without a copy."""
    if rows.step == 1:
        return table.slice(rows.start, len(rows))
    return fn.taken(table, pa.array(rows, pa.int64()))


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


def _as_timestamps(array: pa.ChunkedArray) -> pa.ChunkedArray:
    return fn.as_type(array, _timestamps(array.type))


def _timestamps(kind: pa.DataType) -> pa.DataType:
    """The type with integers replaced by timestamps, also inside lists, lists of lists, and the
    values of pairs."""
    if pa.types.is_list(kind):
        return pa.list_(_timestamps(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_timestamps(kind.value_type))
    if pa.types.is_struct(kind):
        key, value = kind
        return pa.struct([key, value.with_type(_timestamps(value.type))])
    return pa.timestamp("ms", tz="UTC")
