"""The ``usql`` command, one file per subcommand.

Exit codes: 0 success, 1 a query was rejected or a check found errors, 2 wrong usage, 3 data could
not be read or written, or there was not enough memory. Errors go to standard error. Ctrl-C ends the
command quietly with 130, and a closed pipe is not an error.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import NoReturn

from usql.cli import process
from usql.cli.exits import INTERRUPTED
from usql.cli.no_pandas import without_pandas


def main() -> NoReturn:
    """Run the command with the process's arguments and exit with its exit code."""
    process.begin()
    code = run(sys.argv[1:])
    with contextlib.suppress(KeyboardInterrupt):  # it exits on purpose
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.end(code)


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    try:
        with without_pandas():
            # Ctrl-C is quiet even while subcommands and their dependencies are imported.
            from usql.cli.command import invoke

            return invoke(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
