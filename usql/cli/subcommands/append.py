"""``usql append``."""

from __future__ import annotations

import click

from usql.cli.calls import check_no_query
from usql.cli.completion import files
from usql.cli.options import in_bytes, tell, threads_option


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(writable=True), shell_complete=files)
@click.argument("data", nargs=-1, required=True, metavar="DATA...", shell_complete=files)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    default="stop",
    show_default=True,
    help="Stop at bad data, or leave the bad rows out.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True),
    help="Write the rows that are left out to this file.",
)
@click.option(
    "--memory-limit",
    type=click.IntRange(min=1),
    metavar="MB",
    help="Stop if DATA would take more megabytes than this.",
)
@threads_option
def append(
    folder: str,
    data: tuple[str, ...],
    on_error: str,
    rejects: str | None,
    memory_limit: int | None,
    threads: int | None,
) -> None:
    """Add the sessions in DATA to a live folder, all of them or none. The folder is made if it is not
    there; it can be queried like a saved store, also meanwhile.

    Sessions that are there already are left out. Those with other content under the same userSessionId,
    startTime and partNumber go to the file rejects.ndjson in the folder, and so do sessions without a
    userSessionId. While a server takes an export into the folder, nothing can be added.
    """
    check_no_query(data)
    from usql.live.adding import append as add
    from usql.progress import bar

    try:
        with bar() as report:
            added = add(
                folder,
                list(data),
                on_error=on_error,  # type: ignore[arg-type]
                rejects=rejects,
                progress=report,
                threads=threads,
                memory_limit=in_bytes(memory_limit),
                tell=lambda note: tell(f"note: {note}"),
            )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for note in added.counts.notes:
        tell(f"note: {note}")
    tell(f"added {added.sessions:,} session{'' if added.sessions == 1 else 's'} to {folder}")
