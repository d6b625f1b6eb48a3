"""The vendor's API for user session queries, over your own sessions: an ASGI application that
``usql serve`` runs and other programs can mount.

>>> import usql
>>> sessions = usql.sample(sessions=100, seed=1)
>>> application = usql.server.app(sessions, token="a-token-of-at-least-32-characters")
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from usql.checks import ProfileName

if TYPE_CHECKING:
    from usql.asking.clock import Instant
    from usql.queryable import Queryable
    from usql.server.application import Application

__all__ = ["app"]


def app(
    sessions: Queryable,
    *,
    token: str,
    hosts: Iterable[str] = ("127.0.0.1", "localhost", "[::1]"),
    allow_origins: Iterable[str] = (),
    now: Instant = "data-end",
    profile: ProfileName = "dynatrace",
    timeout: float | None = 30.0,
    log_queries: bool = False,
) -> Application:
    """An ASGI application that answers the vendor's API over these sessions (docs/SERVER.md).

    ``token``: what clients must send, at least 32 printable characters. ``hosts``: the names that
    requests may be addressed to, as in the ``Host`` header: with a port, or without one for any
    port. ``allow_origins``: origins such as ``"https://shop.example"`` whose pages may call the
    server from a browser. ``now``: what ``$NOW`` means and where the default timeframe ends:
    ``"data-end"``, ``"now"`` for the current time, or any other time that
    :meth:`usql.Sessions.query` takes.
    ``timeout``: seconds after which a query is stopped. ``log_queries``: whether the log
    ``usql.access`` contains the texts of queries.

    As many queries run at once as there are processors; 32 more wait for at most ten seconds. A
    program that mounts the application without forwarding ASGI's lifespan events to it should await
    its ``close`` method at the end.

    ``ImportError`` if starlette is not installed, ``ValueError`` for an invalid setting.
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
        now=now,
        profile=profile,
        timeout=timeout,
        log_queries=log_queries,
    )
    return Application(sessions, settings)
