"""What a query gives back, in every form that a user may want it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from usql.result.data import ResultData

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


class Result(ResultData):
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
