"""The checks on every request before any work is done: the host that it is addressed to, the page that
sends it, its size; and the headers of every response, error responses included."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import traceback
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usql.server.refusals import ClientGone, Refusal
from usql.server.settings import Settings

FAULTS = logging.getLogger("usql.server")

LARGEST_HEAD = 65_536
"""The most bytes of a request's target and headers."""

_SAFE = {"GET", "HEAD", "OPTIONS"}
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}
_EXPOSED = "Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"


class Guard:
    """Rejects requests that must not reach the application, answers preflight requests, and turns
    refusals and unexpected exceptions into responses."""

    def __init__(self, application: ASGIApp, settings: Settings) -> None:
        self._application = application
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._application(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close"})
        headers = Headers(scope=scope)
        is_of_page = _is_of_page(scope)
        origin = None if is_of_page else headers.get("origin")
        allowed = origin if origin in self._settings.origins else None
        has_unread = scope["method"] in _SAFE and _has_body(headers)
        has_started = False

        async def guarded(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                _add_headers(MutableHeaders(scope=message), allowed, has_unread)
            await send(message)

        try:
            self._check_host(headers)
            _check_size(scope)
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                response = _preflight(headers, allowed)
                return await response(scope, receive, guarded)
            if is_of_page or (scope["method"] not in _SAFE and allowed is None):
                self._check_page(scope, headers)
            return await self._application(scope, receive, guarded)
        except Refusal as refusal:
            return await refusal.response()(scope, receive, guarded)
        except ClientGone:
            return None
        except MemoryError as fault:
            if has_started:
                raise
            return await _no_memory(fault).response()(scope, receive, guarded)
        except Exception as fault:
            if has_started:
                raise
            return await _fault(fault).response()(scope, receive, guarded)

    def _check_host(self, headers: Headers) -> None:
        """Protects against pages whose own host name resolves to this machine (DNS rebinding)."""
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            raise Refusal(400, "A request must have exactly one Host header.")
        host = hosts[0].lower()
        name, port = _parted(host)
        known = self._settings.hosts
        if host in known or name in known:
            return
        if self._settings.takes_addresses and _is_address(name):
            ports = {_parted(entry)[1] for entry in known}
            if port in ports:
                return
        raise Refusal(421, "The Host header does not name this server.")

    def _check_page(self, scope: Scope, headers: Headers) -> None:
        """Rejects requests that come from a page of another site. Clients other than browsers send
        none of these headers."""
        site = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        if site is not None:
            is_ours = site in ("same-origin", "none")
        else:
            scheme = "https" if self._settings.is_secure else scope["scheme"]
            is_ours = origin is None or origin == f"{scheme}://{headers['host'].lower()}"
        if not is_ours:
            raise Refusal(403, "Pages of other origins may not do this; see --allow-origin.")


def _parted(host: str) -> tuple[str, str]:
    """The name and the port of a host; the port is empty if there is none."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and port.isascii() and port.isdigit() else (host, "")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _check_size(scope: Scope) -> None:
    head: Iterable[tuple[bytes, bytes]] = scope["headers"]
    size = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in head) > LARGEST_HEAD:
        raise too_long_head()


def too_long_head() -> Refusal:
    """431."""
    return Refusal(431, f"The target and the headers are longer than {LARGEST_HEAD} bytes.")


def _is_of_page(scope: Scope) -> bool:
    """Whether a path is one of those that only the server's own page uses. Other origins, allowed
    ones too, never reach them, since a cookie may be authorization enough."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return bool(path == "/session" or path.startswith("/app/"))


def _preflight(headers: Headers, allowed: str | None) -> Response:
    """The response to a browser that asks whether a page of another origin may send a request."""
    if allowed is None:
        raise Refusal(403, "Pages of this origin may not call this server; see --allow-origin.")
    response_headers = dict(_PREFLIGHT)
    if headers.get("access-control-request-private-network") == "true":
        response_headers["Access-Control-Allow-Private-Network"] = "true"
    return Response(status_code=204, headers=response_headers)


def _add_headers(headers: MutableHeaders, allowed: str | None, has_unread: bool) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.add_vary_header("Origin")
    if allowed is not None:
        headers["Access-Control-Allow-Origin"] = allowed
        headers["Access-Control-Expose-Headers"] = _EXPOSED
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if has_unread:  # an unread body makes the connection unusable
        headers["Connection"] = "close"


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _fault(fault: Exception) -> Refusal:
    """500: an unexpected exception. The log shows where it was raised, and the client gets a number
    that refers to it. Neither shows its message, which may quote a query."""
    return Refusal(500, f"Internal server error, number {_logged(fault)} in the log.")


def _no_memory(fault: MemoryError) -> Refusal:
    """507, which clients do not repeat as they would 503: the same request would need as much memory
    again."""
    message = "The server has not enough memory for this. Ask for less, or give it a --memory-limit"
    return Refusal(507, f"{message}; number {_logged(fault)} in the log.")


def _logged(fault: Exception) -> str:
    """The number under which a fault is in the log."""
    number = secrets.token_hex(4)
    places = "".join(traceback.format_tb(fault.__traceback__))
    FAULTS.error("fault %s: %s\n%s", number, type(fault).__name__, places)
    return number
