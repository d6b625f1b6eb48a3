"""The whole application, from the outside in: access log, guard, routes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from usql.queryable import Queryable
from usql.result.texts.jsonbytes import json_bytes
from usql.server.access import Access
from usql.server.admission import Admission
from usql.server.description import description
from usql.server.endpoints import Endpoint, by_token
from usql.server.guard import Guard
from usql.server.ingest import Ingest
from usql.server.page.routes import Page
from usql.server.refusals import JSON, Refusal, closing
from usql.server.settings import Settings
from usql.server.vendor import Vendor
from usql.store.threads import available

_SLASHES = re.compile("//+(?=api/)")


class Application:
    """The ASGI application that :func:`usql.server.app` makes."""

    def __init__(
        self, sessions: Queryable, settings: Settings, ingest: Ingest | None = None
    ) -> None:
        self._ingest = ingest
        self._admission = Admission(available())
        self._description = json_bytes(description())
        vendor = Vendor(sessions, settings, self._admission)
        self.page = Page(sessions, settings, self._admission, takes_export=ingest is not None)
        router = Router(
            routes=[
                *vendor.routes(),
                *self.page.routes(),
                *(ingest.routes() if ingest is not None else ()),
                Route(
                    "/api/openapi.json",
                    Endpoint("/api/openapi.json", "GET", self._describe, by_token(settings.token)),
                ),
                Route("/healthz", Endpoint("/healthz", "GET", self._healthz)),
            ],
            redirect_slashes=False,
            default=_nothing_here,
            lifespan=self._lifespan,
        )
        guarded = Guard(_Slashes(router), settings)
        self._outermost = Access(guarded, settings.log_queries)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._outermost(scope, receive, send)

    def drain(self) -> None:
        """Accept no more queries: new ones and those that are waiting are answered with 503."""
        self._admission.drain()

    def cancel(self) -> None:
        """Stop the running queries."""
        self._admission.cancel()

    async def close(self) -> None:
        """Accept no more queries, stop the running ones, and return when none is left, and all that an
        export sent is in segments."""
        await self._admission.close()
        await self.page.close()
        if self._ingest is not None:
            await asyncio.to_thread(self._ingest.close)

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        yield
        await self.close()

    async def _describe(self, request: Request) -> Response:
        return Response(self._description, media_type=JSON)

    async def _healthz(self, request: Request) -> Response:
        if self._admission.is_closing:
            raise closing()
        return PlainTextResponse("ok")


class _Slashes:
    """Treats several slashes before ``api`` as one: clients append paths to an address that ends
    with a slash."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = _SLASHES.sub("/", scope["path"])
        await self._application(scope, receive, send)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    raise Refusal(404, "There is nothing at this path.")
