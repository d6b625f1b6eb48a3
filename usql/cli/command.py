"""The group of all subcommands, and what its exceptions mean for a terminal."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys

import click
from click.shell_completion import CompletionItem

from usql import UsqlError, __version__
from usql.cli.calls import no_command
from usql.cli.completion import VARIABLE, complete
from usql.cli.exits import DATA, INTERRUPTED, REFUSED, USAGE
from usql.cli.options import OFFLINE, tell
from usql.errors import DataError
from usql.native import native

SUBCOMMANDS = {
    "query": "Run a query over files, folders or stores.",
    "shell": "Run one query after another over the same data.",
    "describe": "Show what some data contains, field by field.",
    "fields": "List the fields that can be queried, with their meaning.",
    "validate": "Read all of some data and report every problem in it.",
    "check": "Check queries in files, without any data, and correct them.",
    "rule": "Explain a reported problem, given its code or name.",
    "fmt": "Format the queries in files in one canonical style.",
    "translate": "Write a query as SQL of Spark or DuckDB.",
    "convert": "Copy sessions to another kind of file, or to a saved store.",
    "shard": "Cut sessions into shards by time, for more than memory holds.",
    "append": "Add sessions to a live folder.",
    "serve": "Serve the vendor's API over files, folders or stores.",
    "sample": "Generate sessions of a fictional shop and travel site.",
    "lsp": "Serve an editor over the Language Server Protocol.",
}
"""Each is a module of this package with a command of its name; and what that does."""


class _OneByOne(click.Group):
    """A group whose subcommands are imported on demand. Its help and completion need none of
    them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        command = getattr(importlib.import_module(f"usql.cli.subcommands.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [
            *(
                CompletionItem(n, help=t)
                for n, t in SUBCOMMANDS.items()
                if n.startswith(incomplete)
            ),
            *options,
        ]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        is_known = args[0] in SUBCOMMANDS or args[0].startswith("-")
        if not is_known and not ctx.resilient_parsing:
            raise click.UsageError(no_command(args, list(SUBCOMMANDS)), ctx)
        return super().resolve_command(ctx, args)


def _tell_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the version, and what runs the kernels of the engine."""
    if asked and not context.resilient_parsing:
        click.echo(f"usql, version {__version__}\nkernels: {native()}")
        context.exit()


@click.group(
    cls=_OneByOne,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nTab completes commands, options, fields and files, once the shell is set up:\n"
    f'  bash, ~/.bashrc: eval "$({VARIABLE}=bash_source usql)"\n'
    f'  zsh, ~/.zshrc: eval "$({VARIABLE}=zsh_source usql)"\n'
    f"  fish, config.fish: {VARIABLE}=fish_source usql | source",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version,
    help="Show the version and exit.",
)  # fmt: skip
def cli() -> None:
    """User Session Query Language over exported user sessions."""


def invoke(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # unpaired surrogates in a query must not end in a traceback
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        if instruction := os.environ.get(VARIABLE):
            return complete(cli, instruction)
        # Not cli.main: that makes a closed pipe an error.
        with cli.make_context("usql", list(arguments)) as context:
            result = cli.invoke(context)
        sys.stdout.flush()
        return int(result or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except UsqlError as error:
        tell(error.drawn(OFFLINE))
        return REFUSED
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        tell(shown.getvalue().rstrip("\n"))
        return error.exit_code
    except DataError as error:
        tell(f"error: {error}")
        return DATA
    except click.Abort:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        return _unwritten(error)
    except MemoryError:
        tell(
            "error: there is not enough memory; load or select less, or set --memory-limit to be "
            "stopped earlier"
        )
        return DATA


_WRONG_PLACE = (
    FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError,
)  # fmt: skip
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def _unwritten(error: OSError) -> int:
    """Report what could not be written. What could not be read is a :class:`usql.DataError`."""
    place = error.filename or "standard output"
    reason = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        reason += "; make room, or write to another place"
    tell(f"error: {place} cannot be written: {reason}")
    return USAGE if isinstance(error, _WRONG_PLACE) else DATA


def _drop_output() -> None:
    """Discard the remaining standard output; otherwise Python would report the error again when it
    closes the stream."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
