"""Options and small helpers that several subcommands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PROFILES = click.Choice(["dynatrace", "offline"])

Decorated = Callable[..., Any]


def profile_option(function: Decorated) -> Decorated:
    """``--profile``."""
    return click.option(
        "--profile",
        type=PROFILES,
        default="dynatrace",
        show_default=True,
        help="dynatrace: the vendor's limits; offline: none of them.",
    )(function)


def threads_option(function: Decorated) -> Decorated:
    """``--threads``."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        help="How many threads work; by default USQL_THREADS or the processors.",
    )(function)


def loading_options(function: Decorated) -> Decorated:
    """``--on-error`` and ``--rejects``."""
    function = click.option(
        "--rejects",
        type=click.Path(dir_okay=False, writable=True),
        help="Write the rows that are left out to this file.",
    )(function)
    return click.option(
        "--on-error",
        type=click.Choice(["stop", "skip"]),
        default="stop",
        show_default=True,
        help="Stop at bad data, or leave the bad rows out.",
    )(function)


def read_text(name: str) -> str:
    """The text of a file, or of standard input for ``-``. Bytes that are no UTF-8 stay visible as
    replacement characters, so that the query is judged and not the file."""
    if name == "-":
        return sys.stdin.buffer.read().decode("utf-8-sig", errors="replace")
    try:
        return Path(name).read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise click.UsageError(f"{name} can not be read: {error.strerror}") from None
