"""The result of a query, with all its representations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from usql.result.data import ResultData

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from usql.result.chart import Chart


class Result(ResultData):
    """The rows of a query.

    ``result[0]`` and iteration give rows, tuples whose values can also be read by column name;
    ``result[10:20]`` is a result with these rows, ``result["city"]`` the list of a column's values.
    ``print(result)`` draws a table, and a notebook shows one. Polars, DuckDB and others read the
    columns by Arrow's stream protocol, so ``pl.DataFrame(result)`` keeps names and types.
    ``pd.DataFrame(result)`` keeps the names, if there are rows, but guesses types from the values
    of :meth:`rows`, so large whole numbers beside missing ones lose digits; :meth:`to_pandas` keeps
    all digits. Where names may not repeat, repeated ones get ``_2``, ``_3`` …

    ``text`` is the query as it ran, with placeholders replaced. ``total_rows`` is the number of
    rows before the limit; ``None`` if reading ended because the limit was full. ``explanations``
    are sentences about what shaped the rows; ``limit_note`` is the one that says that the default
    limit cut rows, or ``None``. ``utc_offset`` is the local clock's offset from UTC in minutes, with
    which the query ran.

    >>> import pyarrow as pa
    >>> from usql.result import ColumnRole, ResultColumn
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

    def write(self, path: str | os.PathLike[str], *, csv_safe: bool = False) -> None:
        """Write the rows to a file in the format of its suffix: ``.csv``, ``.json``, ``.ndjson``,
        ``.parquet`` or ``.arrow``; ``ValueError`` for another one. ``csv_safe`` keeps spreadsheets
        from evaluating texts that look like formulas. The file is written completely or not at all.

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

    def chart(self, kind: str = "auto") -> Chart:
        """A chart of the rows. ``kind`` is ``line``, ``bar``, ``stacked-bar``, ``heat-map``,
        ``histogram``, ``single-value`` or ``funnel``; ``auto`` chooses by the columns: of a FUNNEL its
        steps, of a single row its numbers, over time lines that break where groups are missing, of a
        key bars, of two keys stacked bars or a heat map, of rows that are only numbers a histogram.

        Raises :class:`usql.UsqlError` (``undrawable``) for a result that this kind does not fit, or
        none; ``ValueError`` for a kind that does not exist.

        >>> import usql
        >>> sessions = usql.sample(sessions=10)
        >>> sessions.query("SELECT country, COUNT(*) FROM usersession GROUP BY country").chart().kind
        'bar'
        """
        from usql.result.chart import Chart

        return Chart(self, kind)

    def __repr__(self) -> str:
        from usql.result.drawings.short import first_rows

        return first_rows(self)

    def __str__(self) -> str:
        from usql.result.terminal import plain_text

        return plain_text(self)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from usql.result.terminal import renderables

        yield from renderables(self, console, options.max_width)

    def _repr_html_(self) -> str:
        from usql.result.drawings.html import html

        return html(self)


__test__ = {"Result": Result}  # doctest finds tests by the module that a class names
