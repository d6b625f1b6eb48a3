"""Runs the application with uvicorn at an address of this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import socket
import ssl
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from usql.frozen import dataclass
from usql.server.access import LOG
from usql.server.application import Application
from usql.server.guard import FAULTS, LARGEST_HEAD, SECURITY_HEADERS, too_long_head
from usql.server.refusals import Refusal, too_many_connections

LONGEST_HEAD = 10.0
"""The most seconds that a client may take to send the head of a request."""

LONGEST_PAUSE = 60.0
"""The most seconds for which a client may stop reading its response."""

KEPT_ALIVE = 5
"""Seconds for which an idle connection stays open."""

MOST_CONNECTIONS = 500
"""The most connections. Further ones are answered with 503 and closed."""

GRACE = 5.0
"""Seconds that running queries have to finish when the server shuts down."""

_PROXY = re.compile(r"https?://((?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens, and how clients reach it: over TLS with ``certificate`` and ``key``,
    or through a ``proxy`` with this URL. ``ValueError`` for an address that is invalid or unsafe."""

    host: str = "127.0.0.1"
    port: int = 8642
    certificate: str | None = None
    key: str | None = None
    proxy: str | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a certificate needs a key, and a key a certificate")
        if self.proxy is not None and self.certificate is not None:
            raise ValueError("a proxy terminates TLS itself; choose a proxy or a certificate")
        if self.proxy is not None and not _PROXY.fullmatch(self.proxy):
            raise ValueError(
                f"{self.proxy!r} is not the address of a proxy, such as https://shop.example"
            )
        if not (self.is_local or self.certificate or self.proxy):
            raise ValueError(
                f"{self.host} can be reached from other machines, so tokens and answers would cross "
                "the network unencrypted"
            )
        if self.certificate is not None:
            _check_certificate(self.certificate, self.key)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return all(ipaddress.ip_address(a).is_loopback for a in _addresses(self.host))

    @property
    def is_every(self) -> bool:
        """Whether it listens on all addresses of this machine."""
        return any(ipaddress.ip_address(a).is_unspecified for a in _addresses(self.host))

    def hosts(self, port: int) -> frozenset[str]:
        """The values of the ``Host`` header to accept when the server listens at this port."""
        names = {"127.0.0.1", "localhost", "[::1]", _in_url(self.host.lower())}
        if self.is_every:
            names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        hosts = {f"{name}:{port}" for name in names}
        if port == (443 if self.certificate else 80):  # browsers omit the default port
            hosts |= names
        if self.proxy is not None and (proxy := _PROXY.fullmatch(self.proxy)):
            hosts.add(proxy[1].lower())
        return frozenset(hosts)

    def url(self, port: int) -> str:
        """The URL for clients when the server listens at this port."""
        if self.proxy is not None:
            return self.proxy.rstrip("/")
        scheme = "http" if self.certificate is None else "https"
        host = socket.gethostname() if self.is_every else self.host
        return f"{scheme}://{_in_url(host)}:{port}"

    def listening(self) -> socket.socket:
        """A socket that listens there; ``OSError`` if that is not possible."""
        family, *_ = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((self.host, self.port), family=family, backlog=256)


def _addresses(host: str) -> list[str]:
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise ValueError(f"{host} is not an address of this machine") from None
    return [str(address[0]).partition("%")[0] for *_, address in entries]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _check_certificate(certificate: str, key: str | None) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:
        raise ValueError(
            f"{certificate} and {key} are not a certificate and its key: {error.strerror or error}"
        ) from None


def serve(application: Application, address: Address, listening: socket.socket) -> None:
    """Serve requests until a signal ends the process, SIGINT by ``KeyboardInterrupt``. Then no more
    queries are accepted, and running ones have some seconds to finish."""
    _log_to_standard_error()
    config = uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEPT_ALIVE,
        timeout_graceful_shutdown=int(2 * GRACE),
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
    )
    _Server(config, application).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.drain()
        asyncio.get_running_loop().call_later(GRACE, self._application.cancel)
        await super().shutdown(sockets)


class Connection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """A connection that is closed when there are too many, and when its client takes too long to send
    the head of a request, sends one that is too long, or does not read its response."""

    transport: Any
    loop: asyncio.AbstractEventLoop
    cycle: Any
    connections: set[Any]

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._is_one_too_many = len(self.connections) > MOST_CONNECTIONS
        self._head = 0
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        if self._is_one_too_many:
            self._refuse(too_many_connections())
            return
        self._head += len(data)
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._head = 0
            self._stop_waiting()
            return
        if self._head > LARGEST_HEAD:
            self._refuse(too_long_head())
        elif self._timer is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_timer_of_answer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(LONGEST_PAUSE, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_timer_of_answer()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """The response to bytes that are not a request, in the vendor's envelope."""
        is_long = self._head > LARGEST_HEAD
        self._refuse(too_long_head() if is_long else Refusal(400, "This is not an HTTP request."))

    def _refuse(self, refusal: Refusal) -> None:
        """Respond without the application, and close the connection."""
        if self.transport.is_closing():
            return
        response = refusal.response()
        response.headers.update({**SECURITY_HEADERS, "Connection": "close"})
        lines = [f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}".encode()]
        lines += [name + b": " + value for name, value in response.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(LONGEST_HEAD, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_timer_of_answer(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _log_to_standard_error() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    for logger, level in (
        (LOG, logging.INFO),
        (FAULTS, logging.WARNING),
        (logging.getLogger("uvicorn.error"), logging.WARNING),
    ):
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
