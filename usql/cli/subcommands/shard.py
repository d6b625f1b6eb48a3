"""``usql shard``."""

from __future__ import annotations

from pathlib import Path

import click

from usql.cli.calls import check_no_query
from usql.cli.completion import files
from usql.cli.options import in_bytes, loading_options, tell, threads_option
from usql.errors import DataError


@click.command()
@click.argument("source", metavar="IN", shell_complete=files)
@click.argument("target", metavar="OUT", type=click.Path(writable=True))
@click.option(
    "--sessions",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="The most sessions in a shard.",
)
@loading_options
@threads_option
def shard(
    source: str,
    target: str,
    sessions: int,
    on_error: str,
    rejects: str | None,
    duplicates: str,
    memory_limit: int | None,
    threads: int | None,
) -> None:
    """Sort the sessions of IN by time and cut them into shards, saved stores in the folder OUT,
    whose name ends in .usqlshards. IN is anything that can be queried, and may be larger than
    memory.

    A shard has at most 10 million actions, events and errors, and fewer if --memory-limit requires
    it; the least limit is 128. OUT can be queried like a saved store, by several processes at once.
    Until the command ends, a sorted copy of IN takes space on the disk of OUT.
    """
    check_no_query([source])
    from usql.cli.wrote import tell_wrote
    from usql.progress import bar
    from usql.store.saved.shards import SUFFIX
    from usql.store.sharding.shard import shard as write_shards

    if Path(target).suffix != SUFFIX:
        raise click.UsageError(
            f"The name of a folder of shards must end in {SUFFIX}, unlike {target!r}."
        )
    try:
        with bar() as report:
            written = write_shards(
                source,
                target,
                sessions=sessions,
                on_error=on_error,  # type: ignore[arg-type]
                rejects=rejects,
                duplicates=duplicates,  # type: ignore[arg-type]
                progress=report,
                threads=threads,
                memory_limit=in_bytes(memory_limit),
            )
    except ValueError as error:
        raise click.UsageError(str(error).replace("memory_limit", "--memory-limit")) from None
    except DataError as error:
        reason = error.reason.replace("give a larger memory_limit", "give a larger --memory-limit")
        raise DataError(reason, source=error.source, line=error.line, path=error.path) from None
    for note in written.notes:
        tell(f"note: {note}")
    count = len(written.shards)
    actions = sum(shard.rows["useraction"] for shard in written.shards)
    tell_wrote(target, written.sessions, actions, f"{count:,} shard{'' if count == 1 else 's'} of ")
