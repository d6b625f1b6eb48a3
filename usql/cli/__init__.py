"""The ``usql`` command, one file a subcommand.

Exit codes: 0 done, 1 a query was refused or a check found errors, 2 wrong usage, 3 data could not
be read. Errors go to standard error. Ctrl-C ends quietly, and a closed pipe is no error.
"""

from __future__ import annotations

import os
import sys

import click

from usql import UsqlError, __version__
from usql.cli.check import check
from usql.cli.convert import convert
from usql.cli.fields import fields
from usql.cli.fmt import fmt
from usql.cli.lsp import lsp
from usql.cli.query import query
from usql.cli.sample import sample
from usql.cli.shell import shell

REFUSED, USAGE, DATA, INTERRUPTED = 1, 2, 3, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="usql")
def cli() -> None:
    """User Session Query Language over exported user sessions."""


for command in (query, check, fmt, fields, sample, convert, shell, lsp):
    cli.add_command(command)


def main() -> None:
    """Run the command with the process's arguments and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # half surrogates in a query must not end in a traceback
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        # Not cli.main: that makes a closed pipe an error.
        with cli.make_context("usql", list(arguments)) as context:
            result = cli.invoke(context)
        sys.stdout.flush()
        return int(result or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except UsqlError as error:
        click.echo(str(error), err=True)
        return REFUSED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Python would complain again while it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if type(error).__name__ == "DataError":  # imported only by what loads data
            click.echo(f"error: {error}", err=True)
            return DATA
        raise
