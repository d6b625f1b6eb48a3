"""Endpoints: one path and method each, with or without authorization."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from usql.server.access import visit_of
from usql.server.parameters import TOKEN, pairs_of
from usql.server.refusals import ClientGone, Refusal, Violation
from usql.server.tokens import is_same

LARGEST_BODY = 65_536
"""The most bytes of a request's body."""

LONGEST_BODY = 10.0
"""The most seconds that a client may take to send the body."""

_KINDS = ("api-token", "bearer")

Handler = Callable[[Request], Awaitable[Response]]
Authorize = Callable[[Request], None]
"""Raises a :class:`Refusal` for a request without authorization."""


class Endpoint:
    """An ASGI application for one path. ``route`` is its name in the log; without ``authorize`` it
    needs no authorization."""

    def __init__(
        self, route: str, method: str, handler: Handler, authorize: Authorize | None = None
    ) -> None:
        self._route = route
        self._method = method
        self._handler = handler
        self._authorize = authorize

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        visit_of(scope).route = self._route
        allow = {"Allow": f"{self._method}, OPTIONS"}
        if request.method == "OPTIONS":
            response = Response(status_code=204, headers=allow)
        elif request.method != self._method:
            raise Refusal(405, f"The method is {self._method}.", headers=allow)
        else:
            if self._authorize is not None:
                self._authorize(request)
            response = await self._handler(request)
        await response(scope, receive, send)


def by_token(token: str) -> Authorize:
    """Requests need the token, in their header or, as the vendor allows, among their parameters."""

    def authorize(request: Request) -> None:
        if not (is_bearer(request, token) or _is_parameter(request, token)):
            raise no_token("The token is missing or wrong.")

    return authorize


def is_bearer(request: Request, token: str) -> bool:
    """Whether the header of a request has the token."""
    kind, _, credentials = request.headers.get("authorization", "").partition(" ")
    return kind.lower() in _KINDS and is_same(credentials.strip(), token)


def no_token(message: str) -> Refusal:
    """401."""
    return Refusal(401, message, headers={"WWW-Authenticate": "Api-Token"})


def _is_parameter(request: Request, token: str) -> bool:
    if "authorization" in request.headers:
        return False
    pairs = pairs_of(request.scope["query_string"])
    tokens = [value for name, value in pairs if name.lower() == TOKEN]
    return len(tokens) == 1 and is_same(tokens[0], token)


async def json_body(request: Request) -> Any:
    """The JSON of the body; :class:`Refusal` for anything else."""
    try:
        return json.loads(await body_of(request))
    except (ValueError, RecursionError):
        raise wrong_body("", "is not JSON") from None


async def body_of(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The body, which is limited in size and time and must be declared as JSON, which an HTML form on
    another site cannot send; :class:`Refusal` for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "The body must be application/json.")
    body = bytearray()
    try:
        async with asyncio.timeout(LONGEST_BODY):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise Refusal(413, f"The body is longer than {largest} bytes.")
    except TimeoutError:
        raise Refusal(408, "The body took too long to arrive.") from None
    except ClientDisconnect:
        raise ClientGone from None
    return bytes(body)


def wrong_body(path: str, message: str) -> Refusal:
    """400: the body, or its member at ``path``, is invalid."""
    text = f"{path or 'the body'} {message}"
    return Refusal(400, text, Violation(path, message, "PAYLOAD_BODY"))
