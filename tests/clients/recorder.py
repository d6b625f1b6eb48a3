"""Writes down each request that a server gets. It runs in the server's process, and changes none."""

from __future__ import annotations

import json
from typing import Any

import uvicorn

_SAID = b"access-control-", b"authorization", b"content-type", b"origin", b"sec-fetch-"
"""What the names of headers begin with that are about a request, not about the machine it came from."""


def record(file: str) -> None:
    """From now on, requests to servers that start are appended to the file: a line of JSON each, with
    ``method``, ``target``, ``headers`` (pairs) and ``body``."""
    begin = uvicorn.Config.__init__

    def beginning(self: uvicorn.Config, app: Any, **options: Any) -> None:
        begin(self, _Recording(app, file), **options)

    uvicorn.Config.__init__ = beginning  # type: ignore[method-assign, assignment]


class _Recording:
    """An application that passes all to another, and writes requests down when they have been read."""

    def __init__(self, application: Any, file: str) -> None:
        self._application = application
        self._file = file

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""

        async def received() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._write(scope, body)
            await send(message)

        await self._application(scope, received, sent)

    def _write(self, scope: Any, body: bytes) -> None:
        target = scope["raw_path"] + b"?" * bool(scope["query_string"]) + scope["query_string"]
        headers = sorted(
            (name.decode().title(), value.decode())
            for name, value in scope["headers"]
            if name == b"accept" or name.startswith(_SAID)
        )
        request = {
            "method": scope["method"],
            "target": target.decode(),
            "headers": headers,
            "body": body.decode(),
        }
        with open(self._file, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(request) + "\n")
