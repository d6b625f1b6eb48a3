"""Adding data to a live folder without a server."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal

from usql.live.folder import Added, LiveFolder
from usql.store import Progress, load


def append(
    folder: str | os.PathLike[str],
    source: Any,
    *,
    on_error: Literal["stop", "skip"] = "stop",
    rejects: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
    memory_limit: int | None = None,
    tell: Callable[[str], None] | None = None,
) -> Added:
    """Add those sessions of a source to a live folder that it does not have yet, all of them or none;
    the folder is made if it is not there. ``source`` and options are those of :func:`usql.open`;
    ``tell`` is called with the notes of loading it.

    A session is known by ``userSessionId``, ``startTime`` and ``partNumber``; one that comes again is
    left out. If its content differs, it is put into the folder's file of rejects, and so are sessions
    without ``userSessionId``.

    ``PlaceBusy``, a ``TimeoutError`` that names the process, if another one writes to the folder;
    ``PlaceTaken``, a ``FileExistsError``, if there is anything else; ``DataError`` for bad data.
    """
    with LiveFolder(folder, "adding sessions", memory_limit) as live:
        store = load(
            source,
            on_error=on_error,
            rejects=rejects,
            progress=progress,
            threads=threads,
            memory_limit=memory_limit,
        )
        if tell is not None:
            for note in store.notes:
                tell(note)
        added = live.add_store(store)
        while live.merge():
            pass
    return added
