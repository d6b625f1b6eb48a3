"""Whole results as files, made and sent piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from usql.result import Result
from usql.result.options import Options
from usql.result.writing import written_pieces
from usql.server.admission import until_gone
from usql.server.refusals import JSON, Refusal, busy

MOST_DOWNLOADS = 8
"""The most files that are sent at once. Each keeps its result in memory until it is sent or its client
has gone."""

_RETRY = 10

FORMS = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.stream": "arrow",
}
"""The formats by the types that ask for them."""

_JSON = ("application/json", "application/*", "*/*")


def form_asked(accept: str) -> str | None:
    """The format that ``Accept`` asks for, the first one that there is; ``None`` for JSON.
    :class:`Refusal` (406) if there is none of them."""
    for entry in accept.lower().split(","):
        kind = entry.partition(";")[0].strip()
        if kind in FORMS:
            return FORMS[kind]
        if kind in _JSON or not kind:
            return None
    raise Refusal(406, f"Rows are sent as {JSON.partition(';')[0]}, {', '.join(FORMS)}.")


class Downloads:
    """The files that are being sent."""

    def __init__(self, most: int = MOST_DOWNLOADS) -> None:
        self._most = most
        self.sending = 0

    def check(self) -> None:
        """:class:`Refusal` (429) if no more can be sent now."""
        if self.sending >= self._most:
            raise busy(self._most, _RETRY)

    def response(self, result: Result, form: str, csv_safe: bool) -> Response:
        """The response with a file. Its headers have the number of its rows, and the note about the
        default limit, if that cut them."""
        kind = next(kind for kind, name in FORMS.items() if name == form)
        headers = {
            "Content-Type": f"{kind}; charset=utf-8" if form in ("csv", "ndjson") else kind,
            "Content-Disposition": f'attachment; filename="usql.{form}"',
            "Vary": "Accept",
            "Usql-Rows": str(len(result)),
        }
        if result.limit_note is not None:
            headers["Usql-Limit-Note"] = quote(result.limit_note)
        options = Options(csv_safe=csv_safe)
        return _Sent(self, written_pieces(result, form, options), headers)

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
