"""``usql describe``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from usql.catalog import FieldType
from usql.catalog.model import Origin
from usql.cli.completion import files
from usql.cli.configured import Configured
from usql.cli.lists import show_text, wrapped
from usql.cli.options import (
    data_to_ask,
    loading_options,
    open_sessions,
    sample_option,
    tell,
    threads_option,
)
from usql.escape import json_text

if TYPE_CHECKING:
    from usql.store.contents import Content, TableContent

_HEADS = ("field", "type", "filled", "distinct", "most frequent", "smallest", "largest")
_RIGHT = (False, False, True, True, False, False, False)
_FACTS = 4
"""Columns before the values."""

_GAP = 2
_LEAST, _LEAST_NAME = 8, 20
"""Cells: a narrower value, or a shorter name, would be useless."""

_WIDEST = 48
"""Cells of a text in a pipe, where lines may have any length."""


@click.command()
@click.argument("data", nargs=-1, metavar="DATA...", shell_complete=files)
@sample_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How it is written.",
)
@loading_options
@threads_option
def describe(
    data: tuple[str, ...],
    use_sample: bool,
    form: str,
    on_error: str,
    rejects: str | None,
    duplicates: str,
    memory_limit: int | None,
    threads: int | None,
) -> None:
    """Show what is in DATA: for every field and property its type, the number of rows with a value,
    the number of distinct values, and the smallest, the largest and the most frequent ones.

    For lists, all of their entries count as values; times are in UTC. Without DATA, the data in the
    nearest usql.toml, or [tool.usql] in pyproject.toml, is used.
    """
    names = data_to_ask(data, use_sample, Configured().of())
    sessions = open_sessions(
        names, use_sample, on_error, rejects, duplicates, threads, memory_limit
    )
    for note in sessions.notes:
        tell(f"note: {note}")
    tables = [*sessions.contents()]
    if form == "json":
        click.echo(json_text([_as_json(c) for one in tables for c in one.fields], indent=1))
        return
    some = [one for one in tables if one.rows] or tables[:1]
    show_text(lambda width: "\n".join(_lines(some, width)))


def _lines(tables: Sequence[TableContent], width: int | None) -> Iterator[str]:
    for number, one in enumerate(tables):
        if number:
            yield ""
        rows = f"{one.rows:,} {'row' if one.rows == 1 else 'rows'}"
        yield click.style(f"{one.table.name}: {rows}", bold=True)
        cells = [_HEADS, *map(_cells, one.fields)]
        natural = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        widths = _widths(natural, width)
        for place, row in enumerate(cells):
            line = (" " * _GAP).join(map(_fitted, row, widths, _RIGHT)).rstrip()
            yield click.style(line, dim=True) if not place else line
        for words, names in (
            ("no room for", _HEADS[len(widths) :]),
            ("without any value", _lacking(one)),
        ):
            if names:
                lines = wrapped(f"{words}: {', '.join(names)}", width)
                yield from (click.style(line, dim=True) for line in lines)


def _widths(natural: Sequence[int], width: int | None) -> list[int]:
    """The widths of the columns: the columns of values shrink first, the widest of them before the
    others, and the last ones are left out if there is no room."""
    if width is None:
        return [min(cells, _WIDEST) for cells in natural]
    name, *facts = natural[:_FACTS]
    values = list(natural[_FACTS:])
    while facts and width - sum(f + _GAP for f in facts) < min(name, _LEAST_NAME):
        facts.pop()
        values = []
    remaining = width - sum(f + _GAP for f in facts)
    room = remaining - name
    while values and sum(min(v, _LEAST) + _GAP for v in values) > room:
        values.pop()
    most = max(values, default=0)
    while values and sum(min(v, most) + _GAP for v in values) > room:
        most -= 1
    return [min(name, max(remaining, 1)), *facts, *(min(v, most) for v in values)]


def _lacking(one: TableContent) -> list[str]:
    """The documented fields that no row has."""
    have = {content.name.partition(".")[0] for content in one.fields if content.filled}
    documented = (f.name for f in one.table.fields if f.origin is Origin.DOCUMENTED)
    return [name for name in documented if name not in have]


def _cells(content: Content) -> tuple[str, ...]:
    from usql.result.texts.cells import cell

    is_time = content.type is FieldType.TIMESTAMP

    def shown(value: Any) -> str:
        return "" if value is None else cell(value, is_time)

    often = [f"{shown(value)} ({count:,})" for value, count in content.frequent if count > 1]
    return (
        content.name,
        _type(content),
        _share(content),
        f"{content.distinct:,}",
        ", ".join(often),
        shown(content.smallest),
        shown(content.largest),
    )


def _type(content: Content) -> str:
    return f"list<{content.type.value}>" if content.is_list else content.type.value


def _share(content: Content) -> str:
    """The percentage of rows with a value; 0 and 100 only if it is exact."""
    if content.filled in (0, content.rows):
        return "100 %" if content.filled else "0 %"
    return f"{min(max(content.filled / content.rows * 100, 0.1), 99.9):.1f} %"


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _fitted(text: str, cells: int, is_right: bool) -> str:
    """The text padded to ``cells``, or cut with … if it is longer."""
    from rich.text import Text

    fitted = Text(text)
    fitted.truncate(cells, overflow="ellipsis")
    fitted.align("right" if is_right else "left", cells)
    return fitted.plain


def _as_json(content: Content) -> dict[str, Any]:
    from usql.result.responses import json_value

    return {
        "table": content.table,
        "field": content.name,
        "type": _type(content),
        "rows": content.rows,
        "filled": content.filled,
        "distinct": content.distinct,
        "smallest": json_value(content.smallest),
        "largest": json_value(content.largest),
        "frequent": [{"value": json_value(v), "count": n} for v, n in content.frequent],
    }
