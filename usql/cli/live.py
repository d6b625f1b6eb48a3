"""A live folder that ``usql serve --ingest`` writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from usql.cli.options import tell
from usql.frozen import dataclass

if TYPE_CHECKING:
    from usql.live.following import Following
    from usql.server.ingest import Ingest

PASSWORD = "USQL_INGEST_PASSWORD"
"""The environment variable with the password of the vendor's session export."""


@dataclass(frozen=True, slots=True)
class Export:
    """The ``folder`` to which an export is written, the ``password`` that it comes with, and what gives
    the time before which sessions have to have ended to be deleted, if any are."""

    folder: str
    password: str
    expiry: Callable[[], int] | None

    @contextmanager
    def opened(self, url: str, limits: dict[str, int | None]) -> Iterator[tuple[Following, Ingest]]:
        """The sessions of the folder, and what takes more of them, at this URL, until the block ends.
        The password is checked first."""
        from usql.live.sessions import open
        from usql.server.export import taking
        from usql.server.ingest import check_password

        try:
            check_password(self.password)
        except ValueError as error:
            raise click.UsageError(f"{PASSWORD}: {error}.") from None
        following, ingest = taking(
            self.folder,
            self.password,
            lambda: open(self.folder, **limits),
            doing=f"writing what arrives at {url}/ingest",
            expiry=self.expiry,
            memory_limit=limits["memory_limit"],
            tell=tell,
        )
        with closing(ingest):
            yield following, ingest


def export_to(names: Sequence[str], keep: str | None, *, has_others: bool) -> Export:
    """The live folder among the arguments of the command. Wrong usage unless one is named, the password
    is there, and none of the options for other data is."""
    if len(names) != 1 or has_others:
        raise click.UsageError(
            "With --ingest, name one live folder, and none of --sample, --on-error, --rejects and "
            "--duplicates."
        )
    password = os.environ.get(PASSWORD, "")
    if not password:
        raise click.UsageError(f"With --ingest, {PASSWORD} must have a password for the export.")
    return Export(names[0], password, None if keep is None else _expiry(keep))


def _expiry(keep: str) -> Callable[[], int]:
    from usql.live.writer import expiry

    try:
        return expiry(keep)
    except ValueError as error:
        raise click.UsageError(f"--keep: {error}") from None
