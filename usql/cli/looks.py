"""The appearance of the output of ``usql query``: its options, and their meaning for formats."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from usql.cli.options import csv_safe_option
from usql.formats import FORMATS, Format

if TYPE_CHECKING:
    from usql.result.options import Options

Decorated = Callable[..., Any]


def look_options(function: Decorated) -> Decorated:
    """``--csv-safe``, ``--null``, ``--time`` and ``--max-rows``."""
    for option in (
        click.option(
            "--max-rows",
            type=click.IntRange(min=0),
            metavar="N",
            help="Draw at most N rows: the first and the last.",
        ),
        click.option(
            "--time",
            "time_form",
            type=click.Choice(["iso", "ms", "local"]),
            help="Times as dates in UTC (or at --utc-offset), milliseconds, or dates by the local "
            "clock; ms in CSV, else iso.",
        ),
        click.option("--null", metavar="TEXT", help="What stands for a missing value."),
        csv_safe_option,
    ):
        function = option(function)
    return function


def check_look(form: str, null: str | None, time_form: str | None, max_rows: int | None) -> None:
    """Raise wrong usage if an option does not apply to the format."""
    needs: tuple[tuple[str, object, Callable[[Format], bool]], ...] = (
        ("--null", null, lambda f: f.shows_cells),
        ("--time", time_form, lambda f: f.shows_cells),
        ("--max-rows", max_rows, lambda f: f.is_drawn),
    )
    for name, value, applies in needs:
        if value is not None and not applies(FORMATS[form]):
            raise click.UsageError(f"{name} is for the formats {_names(applies)}, not for {form}.")


def look(
    csv_safe: bool, null: str | None, time_form: str | None, max_rows: int | None, utc_offset: int
) -> Options:
    """The options for writing. The offset is used only if it was given. ``COLUMNS`` limits the
    width of lines that are not shown on a terminal."""
    from usql.result.options import Options

    source = click.get_current_context().get_parameter_source("utc_offset")
    columns = os.environ.get("COLUMNS")
    return Options(
        csv_safe=csv_safe,
        null=null,
        time=time_form,  # type: ignore[arg-type]
        utc_offset=None if source is ParameterSource.DEFAULT else utc_offset,
        max_rows=max_rows,
        width=int(columns) if columns else None,
        with_limit_note=False,
    )


def _names(applies: Callable[[Format], bool]) -> str:
    return ", ".join(name for name, form in FORMATS.items() if applies(form))
