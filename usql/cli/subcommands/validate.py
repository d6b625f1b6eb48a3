"""``usql validate``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from usql.cli.calls import check_no_query
from usql.cli.completion import files
from usql.cli.exits import DATA
from usql.cli.options import tell, text_or_json, threads_option
from usql.escape import escape_controls, json_text

if TYPE_CHECKING:
    from usql.store.inspection import Inspected, Problem


@click.command()
@click.argument("data", nargs=-1, required=True, metavar="DATA...", shell_complete=files)
@text_or_json("How problems are written.")
@threads_option
def validate(data: tuple[str, ...], form: str, threads: int | None) -> int:
    """Read all of DATA, files, folders, patterns or URLs, and report every problem, one a line: the
    file, the line of a text or the row of a table (counted from 0), the field, and the reason. Exit
    code 3 if there are any problems.

    A query reads only the fields that it needs; this reads all of them.
    """
    check_no_query(data)
    from usql.progress import bar
    from usql.store.inspection import inspect

    by_source: Counter[str] = Counter()

    def report(problem: Problem) -> None:
        is_first = not by_source
        by_source[problem.source] += 1
        if form == "text":
            click.echo(escape_controls(problem.text))
        else:
            click.echo(("" if is_first else ",\n") + f"  {_as_json(problem)}", nl=False)

    if form == "json":
        click.echo('{"problems": [')
    with bar() as progress:
        inspected = inspect(list(data), report, progress=progress, threads=threads)
    if form == "json":
        click.echo(
            "\n" * bool(by_source) + f'], "sessions": {inspected.sessions}, "notes": ', nl=False
        )
        click.echo(f"{json_text([*inspected.notes])}}}")
    else:
        for note in inspected.notes:
            tell(f"note: {note}")
    tell(_summary(inspected, len(by_source)))
    return DATA if inspected.problems else 0


def _as_json(problem: Problem) -> str:
    return json_text(
        {
            "source": problem.source,
            "line": problem.line,
            "row": problem.row,
            "path": problem.path,
            "reason": problem.reason,
        }
    )


def _summary(inspected: Inspected, sources: int) -> str:
    sessions = _counted(inspected.sessions, "session")
    if not inspected.problems:
        return f"no problems; {sessions}"
    return (
        f"{_counted(inspected.problems, 'problem')} in {_counted(sources, 'source')}; "
        f"{sessions} can be read"
    )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
