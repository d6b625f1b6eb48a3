"""The page's paths: the page itself, the exchange of the token for a cookie, and what the page
asks."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from usql.catalog import Catalog
from usql.formats.kinds import KINDS
from usql.frequent import frequent_values
from usql.language.diagnostics import UsqlError
from usql.queryable import Queryable
from usql.result import Result
from usql.result.charts.choice import AUTO
from usql.result.texts.jsonbytes import json_bytes
from usql.server.access import visit_of
from usql.server.admission import Admission
from usql.server.answers import clock_of
from usql.server.endpoints import (
    Authorize,
    Endpoint,
    Handler,
    is_bearer,
    json_body,
    no_token,
    wrong_body,
)
from usql.server.page import bodies, editing, results
from usql.server.page.asking import Asker
from usql.server.page.assets import INDEX, Assets
from usql.server.page.bodies import B, read_body
from usql.server.page.downloads import Downloads
from usql.server.page.editing import Json
from usql.server.page.saved import examples, queries_in
from usql.server.page.schema import schema_of
from usql.server.parameters import MOST_ROWS
from usql.server.refusals import JSON, Refusal
from usql.server.responses import Answer, packed, response_of, takes_gzip
from usql.server.settings import Settings
from usql.server.tokens import cookie_of, is_same
from usql.server.vendor import TABLE_PATH
from usql.version import __version__

_EDITING = 2
"""Texts that are looked at at once. They have threads of their own, so that typing does not wait for
queries."""


class Page:
    """The handlers of the page's paths."""

    def __init__(
        self,
        sessions: Queryable,
        settings: Settings,
        admission: Admission,
        *,
        takes_export: bool = False,
    ) -> None:
        self._sessions = sessions
        self._takes_export = takes_export
        self._settings = settings
        self._queries = admission
        self._editing = Admission(_EDITING)
        self._assets = (
            Assets(is_live=False) if settings.assets is None else Assets(settings.assets, True)
        )
        self._downloads = Downloads()
        self._asker = Asker(sessions, settings)
        self._frequent = sessions.catalog, frequent_values(sessions)

    def routes(self) -> Iterator[BaseRoute]:
        """Every path."""
        yield Route("/", Endpoint("/", "GET", self.index))
        yield Route("/static/{name:path}", Endpoint("/static", "GET", self.static))
        yield Route("/session", Endpoint("/session", "POST", self.exchange))
        authorize = by_token_or_cookie(self._settings.token)
        looks: dict[str, Handler] = {
            "info": self.info,
            "catalog": self.catalog,
            "queries": self.saved,
        }
        for name, handler in looks.items():
            path = f"/app/{name}"
            yield Route(path, Endpoint(path, "GET", handler, authorize))
        fetch = Endpoint("/app/download", "GET", self.file, authorize)
        yield Route("/app/download/{name}", fetch)
        for name, handler in {**self._editors(), **self._askers()}.items():
            path = f"/app/{name}"
            yield Route(path, Endpoint(path, "POST", handler, authorize))

    def close(self) -> Awaitable[None]:
        """End the threads that look at texts."""
        return self._editing.close()

    # --- the page itself

    async def index(self, request: Request) -> Response:
        """``GET /``: the page. It contains nothing of the data."""
        return await self._file(request, INDEX, "The page is not part of this installation.")

    async def static(self, request: Request) -> Response:
        """``GET /static/…``: a file of the page, by its name."""
        name = request.path_params["name"]
        return await self._file(request, name, "There is nothing at this path.")

    async def _file(self, request: Request, name: str, missing: str) -> Response:
        """A file, which the browser keeps but asks for again each time."""
        asset = await asyncio.to_thread(self._assets.get, name)
        if asset is None:
            raise Refusal(404, missing)
        headers = {"ETag": asset.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if asset.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.packed, headers=headers, media_type=asset.media_type)
        return Response(asset.body, headers=headers, media_type=asset.media_type)

    async def exchange(self, request: Request) -> Response:
        """``POST /session``: the cookie for the token in the body."""
        body = await json_body(request)
        token = self._settings.token
        given = body.get("token") if isinstance(body, dict) else None
        if not isinstance(given, str):
            raise wrong_body("token", "is required and must be a string")
        if not is_same(given, token):
            raise no_token("The token is wrong.")
        response = Response(status_code=204)
        response.set_cookie(
            cookie_name(request),
            cookie_of(token),
            path=request.scope.get("root_path", "") + "/",
            secure=self._is_secure(request),
            httponly=True,
            samesite="strict",
        )
        return response

    def _is_secure(self, request: Request) -> bool:
        """Whether the browser reaches the server over TLS."""
        return self._settings.is_secure or request.url.scheme == "https"

    # --- looks

    async def info(self, request: Request) -> Response:
        """``GET /app/info``: the server and its sessions."""
        sessions, settings = self._sessions, self._settings
        default_start, now = clock_of(sessions, settings)
        about = {
            "version": __version__,
            "source": settings.source,
            "sessions": len(sessions),
            "span": sessions.span,
            "notes": sessions.notes,
            "ingest": self._takes_export,
            "profile": settings.profile,
            "limits": {
                "timeout": settings.timeout,
                "rows": MOST_ROWS,
                "text": bodies.LONGEST_TEXT,
            },
            "clock": {"now": now, "start": default_start},
            "kinds": {kind.name: kind.summary for kind in KINDS.values()},
            "queries": self._queries.counts(),
        }
        return _json(about)

    async def catalog(self, request: Request) -> Response:
        """``GET /app/catalog``: the tables and their fields."""
        return await self._asked(request, partial(schema_of, self._sessions))

    async def saved(self, request: Request) -> Response:
        """``GET /app/queries``: the queries of the folder that the server was started with."""
        queries = await asyncio.to_thread(queries_in, self._settings.queries)
        return _json([*queries, *(examples() if self._settings.has_examples else ())])

    # --- what is asked while a text is written

    def _editors(self) -> dict[str, Handler]:
        return {
            "diagnose": self._editor(bodies.Typed, self._diagnoses),
            "complete": self._editor(bodies.Cursor, self._offers),
            "hover": self._editor(
                bodies.Cursor, lambda b: editing.explained(b.text, b.at, self._catalog)
            ),
            "signature": self._editor(bodies.Cursor, lambda b: editing.signed(b.text, b.at)),
            "format": self._editor(
                bodies.Selection, lambda b: editing.formatted(b.text, b.start, b.end)
            ),
            "tokens": self._editor(bodies.Typed, lambda b: editing.coloured(b.text)),
        }

    def _editor(self, kind: type[B], work: Callable[[B], Any]) -> Handler:
        async def handler(request: Request) -> Response:
            body = await read_body(request, kind)
            compress = takes_gzip(request)
            return response_of(
                await self._editing.run(request, lambda _: _packed(work(body), compress))
            )

        return handler

    @property
    def _catalog(self) -> Catalog:
        return self._sessions.catalog

    def _diagnoses(self, body: bodies.Typed) -> Json:
        profile = body.profile or self._settings.profile
        return editing.diagnoses(body.text, self._catalog, profile, self._asker.clock())

    def _offers(self, body: bodies.Cursor) -> Json:
        profile = body.profile or self._settings.profile
        catalog, values = self._frequent
        if catalog is not self._catalog:  # the sessions have changed
            catalog, values = self._frequent = self._catalog, frequent_values(self._sessions)
        return editing.offers(body.text, body.at, catalog, profile, values)

    # --- what is asked about the data

    def _askers(self) -> dict[str, Handler]:
        return {
            "query": self.query,
            "download": self.download,
            "chart": self.chart,
            "tree": self.tree,
            "response": self.response,
            "explain": self.explain,
            "values": self.values,
            "session": self.session,
        }

    async def query(self, request: Request) -> Response:
        """``POST /app/query``: the rows of a query."""
        question = await read_body(request, bodies.Question)
        visit_of(request.scope).text = question.text
        return await self._asked(request, partial(self._rows, request, question))

    async def download(self, request: Request) -> Response:
        """``POST /app/download``: where the rows of a query can be fetched as a file."""
        question = await read_body(request, bodies.FileQuestion)
        visit_of(request.scope).text = question.text
        self._downloads.check()
        ask = partial(_tried, partial(self._asker.result, question))
        result = await self._queries.run(request, ask)
        if isinstance(result, UsqlError):
            return _json(results.refused_text(result), 422)
        visit_of(request.scope).rows = len(result)
        name = self._downloads.offer(result, question.form, question.csv_safe)
        path = f"app/download/{name}"
        return _json({"path": path, "rows": len(result), "limitNote": result.limit_note})

    async def file(self, request: Request) -> Response:
        """``GET /app/download/…``: the file."""
        return self._downloads.take(request.path_params["name"])

    def _rows(
        self, request: Request, question: bodies.Question, cancelled: threading.Event
    ) -> Json:
        began = time.perf_counter()
        result = self._asker.result(question, cancelled)
        took = time.perf_counter() - began
        visit_of(request.scope).rows = min(len(result), question.limit)
        rows = results.rows_of_page(result, question.limit)
        return {**rows, "milliseconds": round(took * 1000, 2)}

    async def chart(self, request: Request) -> Response:
        """``POST /app/chart``: the specification of a chart of a query."""
        question = await read_body(request, bodies.ChartQuestion)
        if question.kind not in (AUTO, *KINDS):
            raise wrong_body("kind", f"is none of {', '.join([AUTO, *KINDS])}")
        return await self._result(
            request, question, lambda result: results.chart_of_page(result, question.kind)
        )

    async def tree(self, request: Request) -> Response:
        """``POST /app/tree``: the rows of a query by their keys."""
        question = await read_body(request, bodies.Question)
        return await self._result(request, question, results.tree_of_page)

    async def _result(
        self, request: Request, question: bodies.Question, make: Callable[[Result], Json]
    ) -> Response:
        visit_of(request.scope).text = question.text
        return await self._asked(
            request, lambda cancelled: make(self._asker.result(question, cancelled))
        )

    async def response(self, request: Request) -> Response:
        """``POST /app/response``: what the vendor's endpoint answers, and where."""
        question = await read_body(request, bodies.Question)
        visit_of(request.scope).text = question.text
        scheme = "https" if self._is_secure(request) else "http"
        base = f"{scheme}://{request.headers['host']}{request.scope.get('root_path', '')}"

        def work(cancelled: threading.Event) -> Json:
            parameters, body = self._asker.response(question, cancelled)
            return {"url": f"{base}{TABLE_PATH}?{parameters}", "response": body}

        return await self._asked(request, work)

    async def explain(self, request: Request) -> Response:
        """``POST /app/explain``: the plan of a query."""
        question = await read_body(request, bodies.PlanQuestion)
        visit_of(request.scope).text = question.text
        return await self._asked(request, partial(self._asker.plan, question))

    async def values(self, request: Request) -> Response:
        """``POST /app/values``: the values of a field."""
        question = await read_body(request, bodies.FieldQuestion)
        return await self._asked(request, partial(self._asker.values, question))

    async def session(self, request: Request) -> Response:
        """``POST /app/session``: a session as the export has it."""
        key = await read_body(request, bodies.SessionKey)
        return await self._asked(request, partial(self._asker.session, key))

    async def _asked(self, request: Request, work: Callable[[threading.Event], Json]) -> Response:
        """What ``work`` makes of the data, as JSON; 422 with the problems of a query that is refused
        or stopped."""
        compress = takes_gzip(request)

        def answer(cancelled: threading.Event) -> tuple[int, Answer]:
            try:
                return 200, _packed(work(cancelled), compress)
            except UsqlError as error:
                return 422, _packed(results.refused_text(error), compress)

        status, result = await self._queries.run(request, answer)
        return response_of(result, status)


def by_token_or_cookie(token: str) -> Authorize:
    """Requests need the token in their header, or the cookie."""
    value = cookie_of(token)

    def authorize(request: Request) -> None:
        cookie = request.cookies.get(cookie_name(request), "")
        if not (is_same(cookie, value) or is_bearer(request, token)):
            raise no_token("The cookie or the token is missing or wrong.")

    return authorize


def cookie_name(request: Request) -> str:
    """The name of the cookie. Browsers send the cookies of a host to all its ports, so that servers
    at two of them need two names."""
    port = request.url.port
    return "usql" if port is None else f"usql-{port}"


def _tried(
    ask: Callable[[threading.Event], Result], cancelled: threading.Event
) -> Result | UsqlError:
    """The result, or why there is none."""
    try:
        return ask(cancelled)
    except UsqlError as error:
        return error


def _json(value: Any, status: int = 200) -> Response:
    return Response(json_bytes(value), status, media_type=JSON)


def _packed(value: Any, compress: bool) -> Answer:
    answer = Answer(json_bytes(value), False, 0)
    return packed(answer) if compress else answer
