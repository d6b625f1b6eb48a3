"""The settings of a server, which do not change while it runs."""

from __future__ import annotations

import re
from pathlib import Path

from usql import checks
from usql.asking.clock import Instant, times_of
from usql.frozen import dataclass
from usql.server.tokens import check_token

_HOST = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of :func:`usql.server.app`, which explains them. ``ValueError`` for an invalid one,
    with its name and value.

    ``takes_addresses``: the ``Host`` header may have any IP address, as in ``10.0.0.5:8642``, for a
    server that listens on all addresses of a machine. A page whose own name resolves to this machine
    (DNS rebinding) sends that name, never an address.

    ``is_secure``: browsers reach the server over TLS, its own or that of a proxy. The page says that
    it shows the sessions of ``source``; it offers the queries of the folder ``queries``, for the
    sample with ``has_examples`` also questions of its own, and its files are taken from the folder
    ``assets`` while it is being developed.
    """

    token: str
    hosts: frozenset[str]
    takes_addresses: bool = False
    origins: frozenset[str] = frozenset()
    now: Instant = "data-end"
    profile: str = "dynatrace"
    timeout: float | None = 30.0
    log_queries: bool = False
    is_secure: bool = False
    source: str = "sessions"
    queries: Path | None = None
    has_examples: bool = False
    assets: Path | None = None

    def __post_init__(self) -> None:
        check_token(self.token)
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"hosts: {host!r} is not a name such as localhost:8642")
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"allow_origins: {origin!r} is not an origin such as https://shop.example, in "
                    "lower case and without a path; there is no wildcard"
                )
        object.__setattr__(self, "now", checks.instant("now", self.now))
        checks.one_of("profile", self.profile, checks.PROFILES)
        object.__setattr__(self, "timeout", checks.seconds("timeout", self.timeout))
        checks.flag("log_queries", self.log_queries)
        times_of((0, 0), None, None, self.now, 0)
