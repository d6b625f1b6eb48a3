"""The configuration of the files of one call of the command."""

from __future__ import annotations

from pathlib import Path

import click

from usql.configuration import Configuration, excludes, nearest
from usql.errors import ConfigurationError


class Configured:
    """The configuration of each file, read once per folder. ``exclude`` are the patterns given on
    the command line, which override those of the configuration."""

    def __init__(self, exclude: tuple[str, ...] | None = None) -> None:
        self._exclude = exclude
        self._known: dict[Path, Configuration] = {}

    def of(self, name: str = "-") -> Configuration:
        """The configuration of a file or a folder; for ``-``, standard input, that of the working
        directory. An invalid one is wrong usage."""
        path = Path() if name == "-" else Path(name)
        folder = path if path.is_dir() else path.parent
        try:
            if folder not in self._known:
                self._known[folder] = nearest(folder)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from None
        return self._known[folder]

    def excludes(self, name: str) -> bool:
        """Whether a file is excluded."""
        if name == "-":
            return False
        if self._exclude is not None:
            return excludes(self._exclude, Path(), Path(name))
        return self.of(name).excludes(Path(name))


def listed(words: str | None) -> tuple[str, ...] | None:
    """The comma-separated words of an option; ``None`` if it is not given."""
    if words is None:
        return None
    return tuple(word for part in words.split(",") if (word := part.strip()))


def exclude_option(function: click.decorators.FC) -> click.decorators.FC:
    """``--exclude``."""
    return click.option(
        "--exclude",
        metavar="PATTERNS",
        help="Leave these files and folders out, such as drafts or old/*.usql, comma-separated.",
    )(function)
