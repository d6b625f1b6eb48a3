"""Takes the vendor's session export: bodies of lines, which are acknowledged once they are durable."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from usql.live.writer import Writer
from usql.result.texts.jsonbytes import json_bytes
from usql.server.access import visit_of
from usql.server.guard import FAULTS
from usql.server.refusals import JSON, ClientGone, Refusal
from usql.server.tokens import is_same
from usql.store.recognition.wrappings import is_action, may_wrap
from usql.store.threads import thread_pool

USER = "usql"
"""The name in the credentials; the password is the operator's."""

LARGEST_BULK = 32 << 20
"""The most bytes of a body."""

LARGEST_UNPACKED = 256 << 20
"""The most bytes of a body after decompression."""

LONGEST_BULK = 30.0
"""The most seconds that a client may take to send a body, after which the vendor's gives up."""

BULKS = 8
"""How many bodies are received at once; others wait."""

_WRITERS = 4
"""How many threads unpack bodies and wait for the disk: those that wait together share one ``fsync``."""

_METHODS = ("POST", "PUT")
_SMALLEST_PASSWORD = 8
_WHITE = b" \t\r"


def check_password(password: str) -> None:
    """``ValueError`` for a password that is too short, or that no header could carry. The message does
    not contain it."""
    if len(password) < _SMALLEST_PASSWORD or not password.isascii() or not password.isprintable():
        raise ValueError(
            f"the password must have at least {_SMALLEST_PASSWORD} printable ASCII characters"
        )


class Ingest:
    """The endpoints that pass bodies to a ``writer``, for clients with this ``password``."""

    def __init__(self, writer: Writer, password: str) -> None:
        check_password(password)
        self._writer = writer
        self._password = password
        self._places = asyncio.Semaphore(BULKS)
        self._pool = thread_pool(_WRITERS, "usql-ingest")

    def routes(self) -> Iterator[BaseRoute]:
        """``/ingest``, and ``/ingest/_bulk``, which answers as Elasticsearch does."""
        for path in ("/ingest", "/ingest/_bulk"):
            yield Route(path, _IngestEndpoint(path, self))

    def close(self) -> None:
        """Return when no body is being written, and the writer is closed."""
        self._pool.shutdown()
        self._writer.close()

    def check_credentials(self, request: Request) -> None:
        """:class:`Refusal` (401) unless the request carries the credentials in its header."""
        kind, _, packed = request.headers.get("authorization", "").partition(" ")
        try:
            text = base64.b64decode(packed.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            text = ""
        if kind.lower() != "basic" or not is_same(text, f"{USER}:{self._password}"):
            headers = {"WWW-Authenticate": 'Basic realm="usql ingest", charset="UTF-8"'}
            raise Refusal(401, "The credentials are missing or wrong.", headers=headers)

    async def take(self, request: Request) -> tuple[int, int]:
        """How many lines of the body may be sessions, and how many are none; all of them are durable.
        :class:`Refusal` for a body that is too large, too slow or not what it is said to be, and (503)
        if it cannot be made durable now."""
        packing = request.headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", ""):
            headers = {"Accept-Encoding": "gzip"}
            raise Refusal(415, "The content coding is neither gzip nor identity.", headers=headers)
        try:
            async with asyncio.timeout(LONGEST_BULK), self._places:
                body = await _received(request)
        except TimeoutError:
            raise Refusal(408, "The body took too long to arrive.") from None
        except ClientDisconnect:
            raise ClientGone from None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._write, body, packing == "gzip")

    def _write(self, body: bytes, is_packed: bool) -> tuple[int, int]:
        if is_packed:
            body = _unpacked(body)
        accepted, rejected = judged(body)
        if not accepted + rejected:
            return 0, 0
        try:
            self._writer.append(body, accepted)
        except OSError as error:
            FAULTS.error("a body could not be written: %s", error)
            raise Refusal(
                503, "The sessions cannot be stored now.", headers={"Retry-After": "30"}
            ) from None
        return accepted, rejected


class _IngestEndpoint:
    """An ASGI application for one path."""

    def __init__(self, path: str, ingest: Ingest) -> None:
        self._path = path
        self._ingest = ingest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        visit_of(scope).route = self._path
        allow = {"Allow": f"{', '.join(_METHODS)}, OPTIONS"}
        if request.method == "OPTIONS":
            return await Response(status_code=204, headers=allow)(scope, receive, send)
        if request.method not in _METHODS:
            raise Refusal(405, f"The method is {' or '.join(_METHODS)}.", headers=allow)
        self._ingest.check_credentials(request)
        accepted, rejected = await self._ingest.take(request)
        visit_of(scope).rows = accepted
        answer: dict[str, object] = {"accepted": accepted, "rejected": rejected}
        if self._path.endswith("/_bulk"):
            answer = {"took": 0, "errors": False, "items": []}
        return await Response(json_bytes(answer), media_type=JSON)(scope, receive, send)


async def _received(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BULK:
            raise _too_large(LARGEST_BULK)
    return bytes(body)


def _too_large(size: int) -> Refusal:
    return Refusal(413, f"The body is longer than {size} bytes.", headers={"Connection": "close"})


def _unpacked(packed: bytes) -> bytes:
    """A body out of gzip, which may consist of several members."""
    unpacked = bytearray()
    try:
        while packed:
            member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            unpacked += member.decompress(packed, LARGEST_UNPACKED + 1 - len(unpacked))
            if len(unpacked) > LARGEST_UNPACKED:
                raise _too_large(LARGEST_UNPACKED)
            if not member.eof:
                raise Refusal(400, "The gzip data is incomplete.")
            packed = member.unused_data
    except zlib.error:
        raise Refusal(400, "The body is not gzip data.") from None
    return bytes(unpacked)


class _Head(msgspec.Struct):
    """What is looked at of a line: whether it seems to be a session that has a key."""

    key: str | int | None = msgspec.field(default=None, name="userSessionId")


_DECODER = msgspec.json.Decoder(_Head)


def judged(body: bytes) -> tuple[int, int]:
    """How many lines of a body may be sessions with ``userSessionId``, and how many of the others are
    not action lines of Elasticsearch either. What is in the sessions is judged when a segment is
    made."""
    accepted = rejected = 0
    for line in body.split(b"\n"):
        if not line.strip(_WHITE):
            continue
        kind = _is_session(line)
        accepted += kind is True
        rejected += kind is False
    return accepted, rejected


def _is_session(line: bytes) -> bool | None:
    """``None`` for an action line."""
    with suppress(msgspec.MsgspecError):
        if _DECODER.decode(line).key is not None:
            return True
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if is_action(value):
        return None
    if not isinstance(value, dict):
        return isinstance(value, list) and bool(value)
    return may_wrap(value) or any(name.lower() == "usersessionid" for name in value)
