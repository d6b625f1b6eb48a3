"""The vendor's API for user session queries, over your own sessions: an ASGI application that
``usql serve`` runs and other programs can mount.

>>> import usql
>>> sessions = usql.sample(sessions=100, seed=1)
>>> application = usql.server.app(sessions, token="a-token-of-at-least-32-characters")
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from usql.checks import ProfileName

if TYPE_CHECKING:
    from usql.asking.clock import Instant
    from usql.queryable import Queryable
    from usql.server.application import Application
    from usql.server.settings import Settings

__all__ = ["app"]


def app(
    sessions: Queryable,
    *,
    token: str,
    hosts: Iterable[str] = ("127.0.0.1", "localhost", "[::1]"),
    allow_origins: Iterable[str] = (),
    now: Instant | None = None,
    profile: ProfileName = "dynatrace",
    timeout: float | None = 30.0,
    log_queries: bool = False,
    ingest_password: str | None = None,
    keep: str | None = None,
) -> Application:
    """An ASGI application that answers the vendor's API over these sessions (docs/SERVER.md).

    ``token``: what clients must send, at least 32 printable characters. ``hosts``: the names that
    requests may be addressed to, as in the ``Host`` header: with a port, or without one for any
    port. ``allow_origins``: origins such as ``"https://shop.example"`` whose pages may call the
    server from a browser. ``now``: what ``$NOW`` means and where the default timeframe ends:
    ``"data-end"``, ``"now"`` for the current time, or any other time that
    :meth:`usql.Sessions.query` takes; unset it is ``"data-end"``, with ``ingest_password`` ``"now"``.
    ``timeout``: seconds after which a query is stopped. ``log_queries``: whether the log
    ``usql.access`` contains the texts of queries.

    ``ingest_password``: what the vendor's session export is posted to ``/ingest`` with, as user
    ``usql``. The application is then the only writer of the live folder from which the ``sessions``
    were opened (:func:`usql.live.open`), until it is closed, and queries see what arrived at most 15
    seconds before. ``keep`` such as ``"90d"``: how long after their end sessions are kept there; what
    is deleted, and what fails, goes to the log ``usql.server``.

    As many queries run at once as there are processors; 32 more wait for at most ten seconds. A
    program that mounts the application without forwarding ASGI's lifespan events to it should await
    its ``close`` method at the end.

    ``ImportError`` if starlette is not installed, ``ValueError`` for an invalid setting,
    :class:`usql.errors.PlaceBusy` if another process writes to the live folder.
    """
    try:
        from usql.server.application import Application
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("starlette", "anyio"):
            raise
        raise ImportError(
            "usql.server needs starlette: pip install 'usql-engine[server]'"
        ) from missing
    from usql.server.settings import Settings

    settings = Settings(
        token=token,
        hosts=frozenset(hosts),
        origins=frozenset(allow_origins),
        now=now or ("data-end" if ingest_password is None else "now"),
        profile=profile,
        timeout=timeout,
        log_queries=log_queries,
    )
    if ingest_password is None:
        if keep is not None:
            raise ValueError("keep: needs ingest_password")
        return Application(sessions, settings)
    return _taking(sessions, settings, ingest_password, keep)


def _taking(
    sessions: Queryable, settings: Settings, password: str, keep: str | None
) -> Application:
    from usql.live.sessions import LiveSessions
    from usql.live.writer import expiry
    from usql.server.application import Application
    from usql.server.export import taking
    from usql.server.guard import FAULTS
    from usql.server.ingest import check_password

    if not isinstance(sessions, LiveSessions):
        raise ValueError("ingest_password: the sessions must be those of a live folder")
    try:
        check_password(password)
    except ValueError as error:
        raise ValueError(f"ingest_password: {error}") from None
    try:
        until = None if keep is None else expiry(keep)
    except ValueError as error:
        raise ValueError(f"keep: {error}") from None
    following, ingest = taking(
        sessions.folder,
        password,
        lambda: sessions,
        doing="writing what arrives at /ingest",
        expiry=until,
        memory_limit=sessions.memory_limit,
        tell=FAULTS.warning,
    )
    with ExitStack() as stack:
        stack.callback(ingest.close)
        application = Application(following, settings, ingest)
        stack.pop_all()
    return application
