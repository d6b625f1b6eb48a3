"""The access log. It never contains tokens, and the texts of queries only on request."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usql.escape import escape_controls

LOG = logging.getLogger("usql.access")

_VISIT = "usql.visit"
GONE = 499
"""The status that is logged for a request whose client disconnected."""


@dataclass(slots=True)
class Visit:
    """What is logged of a request: its route (not its actual target), the seconds that it waited in
    the queue, the number of rows in the answer, and the text of its query."""

    route: str = "-"
    waited: float = 0.0
    rows: int | None = None
    text: str | None = None


def visit_of(scope: Scope) -> Visit:
    """The record of a request for the log."""
    visit = scope.setdefault(_VISIT, Visit())
    assert isinstance(visit, Visit)
    return visit


class Access:
    """Logs a line for each request to the application."""

    def __init__(self, application: ASGIApp, has_texts: bool) -> None:
        self._application = application
        self._has_texts = has_texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        began = time.perf_counter()
        status, size = GONE, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        visit = visit_of(scope)
        try:
            await self._application(scope, receive, counted)
        finally:
            took = time.perf_counter() - began
            LOG.info(self._line(scope["method"], visit, status, size, took))
        return None

    def _line(self, method: str, visit: Visit, status: int, size: int, took: float) -> str:
        fields = [
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            f"{escape_controls(method)} {visit.route} {status}",
            f"{size} bytes",
            f"{took * 1000:.1f} ms",
            f"waited {visit.waited * 1000:.1f} ms",
        ]
        if visit.rows is not None:
            fields.append(f"{visit.rows} rows")
        if self._has_texts and visit.text is not None:
            fields.append(escape_controls(visit.text))
        return " | ".join(fields)
