"""``usql shell``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from usql.checks import PROFILES
from usql.cli.completion import files
from usql.cli.configured import Configured
from usql.cli.options import (
    csv_safe_option,
    data_to_ask,
    loading_options,
    open_sessions,
    profile_option,
    quiet_option,
    read_text,
    sample_option,
    tell,
    threads_option,
    timeframe_options,
)

if TYPE_CHECKING:
    from usql.sessions import Sessions


@click.command()
@click.argument("data", nargs=-1, metavar="DATA...", shell_complete=files)
@sample_option
@csv_safe_option
@timeframe_options
@profile_option
@loading_options
@threads_option
@click.option("--timeout", type=float, metavar="SEC", help="Stop a query that takes longer.")
@quiet_option
def shell(
    data: tuple[str, ...],
    use_sample: bool,
    csv_safe: bool,
    start: str | None,
    end: str | None,
    now: str | None,
    utc_offset: int,
    profile: str | None,
    on_error: str,
    rejects: str | None,
    duplicates: str,
    memory_limit: int | None,
    threads: int | None,
    timeout: float | None,
    quiet: bool,
) -> int:
    """Query the sessions in DATA interactively.

    Completes, underlines and corrects as you type; ".help" lists what else it does. From a pipe,
    commands and queries up to a ";" or an empty line are read and run: exit code 1 if one failed.

    Options that are not given are taken from the nearest usql.toml, or [tool.usql] in
    pyproject.toml, upwards from the working directory: profile, data, timeout.
    """
    configured = Configured().of()
    names = data_to_ask(data, use_sample, configured)
    if "-" in names:
        raise click.UsageError("Standard input has the queries; name the data.")
    is_talk = sys.stdin.isatty() and sys.stdout.isatty()
    if is_talk:
        _need_editor()
    from rich.console import Console

    from usql.cli.paging import show
    from usql.shell.shell import Shell

    sessions = open_sessions(
        names, use_sample, on_error, rejects, duplicates, threads, memory_limit
    )
    for note in sessions.notes:
        tell(f"note: {note}")
    options = {
        "start": start, "end": end, "now": now, "utc_offset": utc_offset,
        "timeout": configured.timeout if timeout is None else timeout,
    }  # fmt: skip
    width = None if is_talk else int(os.environ.get("COLUMNS", "100"))
    console, notes = Console(width=width), Console(width=width, stderr=not is_talk)
    page = show if is_talk else None

    def load(names: list[str]) -> Sessions:
        """Open other data with the same options."""
        try:
            return open_sessions(names, False, on_error, rejects, duplicates, threads, memory_limit)
        except click.UsageError as error:
            raise ValueError(error.message) from None

    session = Shell(
        sessions, console, notes, page, profile or configured.profile or PROFILES[0], options,
        csv_safe=csv_safe, quiet=quiet, load=load,
    )  # fmt: skip
    try:
        if not is_talk:
            session.run_script(read_text("-"))
            return 1 if session.failures else 0
        from usql.shell.prompt import history_at, history_path, talk

        talk(session, history=history_at(history_path()))
    finally:
        session.close()
    return 0


def _need_editor() -> None:
    """Raise wrong usage if the shell's dependencies are not installed."""
    try:
        import platformdirs  # noqa: F401
        import prompt_toolkit  # noqa: F401
    except ImportError:
        raise click.UsageError(
            "The shell needs prompt_toolkit: pip install 'usql-engine[shell]'"
        ) from None
