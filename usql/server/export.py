"""The sessions of a live folder, to which the vendor's session export is written meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable

from usql.live.following import Following
from usql.live.sessions import LiveSessions
from usql.live.writer import Writer
from usql.server.ingest import Ingest


def taking(
    folder: str | os.PathLike[str],
    password: str,
    opened: Callable[[], LiveSessions],
    *,
    doing: str,
    expiry: Callable[[], int] | None,
    memory_limit: int | None,
    tell: Callable[[str], None],
) -> tuple[Following, Ingest]:
    """The sessions, as queries see them while others come, and what takes those from clients with this
    ``password``. The folder is made if it is not there, then ``opened`` gives its sessions; all else is
    as of :class:`Writer`, which writes there until the second of both is closed."""
    writer = Writer(folder, doing, expiry=expiry, memory_limit=memory_limit, tell=tell)
    try:
        return Following(writer, opened(), tell), Ingest(writer, password)
    except BaseException:
        writer.close()
        raise
