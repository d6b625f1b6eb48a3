"""Whole results as files: asked for by one request, and fetched by another, which browsers can do by
themselves; made and sent piece by piece."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from functools import partial

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from usql.result import Result
from usql.result.options import Options
from usql.result.writing import written_pieces
from usql.server.admission import until_gone
from usql.server.refusals import Refusal, busy

MOST_DOWNLOADS = 8
"""The most files that are ready or being sent at once. Each keeps its result in memory until it is
sent, its client has gone, or nobody has fetched it."""

LONGEST_READY = 60.0
"""Seconds for which a file waits to be fetched."""

_RETRY = 10

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
"""The content types of the formats."""


class Downloads:
    """The files that are ready, each under a name that cannot be guessed, and those that are being
    sent. It belongs to one event loop and must be called from that loop's thread."""

    def __init__(self, most: int = MOST_DOWNLOADS) -> None:
        self._most = most
        self._ready: dict[str, Response] = {}
        self.sending = 0

    @property
    def count(self) -> int:
        """How many files are ready or being sent."""
        return len(self._ready) + self.sending

    def check(self) -> None:
        """:class:`Refusal` (429) if there may be no more now."""
        if self.count >= self._most:
            raise busy(self._most, _RETRY)

    def offer(self, result: Result, form: str, csv_safe: bool) -> str:
        """The name under which the file of a result can be taken, once and for a while."""
        name = secrets.token_urlsafe(24)
        headers = {
            "Content-Type": FORMS[form],
            "Content-Disposition": f'attachment; filename="usql.{form}"',
        }
        pieces = written_pieces(result, form, Options(csv_safe=csv_safe))
        self._ready[name] = _Sent(self, pieces, headers)
        asyncio.get_running_loop().call_later(LONGEST_READY, partial(self._ready.pop, name, None))
        return name

    def take(self, name: str) -> Response:
        """The response with the file of this name; :class:`Refusal` (404) if there is none."""
        response = self._ready.pop(name, None)
        if response is None:
            raise Refusal(404, "There is no such file, or it was fetched before.")
        return response

    def begin(self) -> None:
        """One more is being sent."""
        self.sending += 1

    def end(self) -> None:
        """One less is being sent."""
        self.sending -= 1


class _Sent(Response):
    """The pieces of a file, of which each is made when the one before it has been sent. Nothing more
    is made when the client disconnects."""

    def __init__(
        self, downloads: Downloads, pieces: Iterator[bytes], headers: dict[str, str]
    ) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._downloads = downloads
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._downloads.begin()
        gone = asyncio.create_task(until_gone(receive))
        try:
            head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(head)
            while not gone.done():
                piece = await asyncio.to_thread(next, self._pieces, None)
                await send(
                    {
                        "type": "http.response.body",
                        "body": piece or b"",
                        "more_body": piece is not None,
                    }
                )
                if piece is None:
                    return
        finally:
            gone.cancel()
            self._downloads.end()
