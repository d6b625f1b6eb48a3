"""The vendor's endpoints, under ``/api/v1`` and ``/e/{environment}/api/v1`` (docs/SERVER.md)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from usql.queryable import Queryable
from usql.result.texts.jsonbytes import json_bytes
from usql.server.access import visit_of
from usql.server.admission import Admission
from usql.server.answers import clock_of, table, tree
from usql.server.endpoints import Authorize, Endpoint, Handler, by_token, json_body, wrong_body
from usql.server.parameters import pairs_of, parameters_of
from usql.server.refusals import JSON, Refusal
from usql.server.responses import Answer, packed, response_of, takes_gzip
from usql.server.settings import Settings
from usql.server.tokens import is_same, public_part

PREFIXES = ("/api/v1", "/e/{environment}/api/v1")

TABLE_PATH = "/api/v1/userSessionQueryLanguage/table"
"""Where tables are asked for."""

VERSION = "1.325.0"
"""The version of the vendor's cluster that clients are told: they check its format, some its number."""

SCOPES = ("DTAQLAccess", "DataExport", "ReadConfig", "WriteConfig")
"""The scopes of the token that clients are told. Queries need the first; BizOpsConfigurator only
starts with all of them."""


class Vendor:
    """The handlers of the vendor's endpoints."""

    def __init__(self, sessions: Queryable, settings: Settings, admission: Admission) -> None:
        self._sessions = sessions
        self._settings = settings
        self._admission = admission
        self._began = time.time_ns() // 1_000_000

    def routes(self) -> Iterator[BaseRoute]:
        """Each endpoint under both prefixes."""
        token = by_token(self._settings.token)
        endpoints: list[tuple[str, str, Handler, Authorize | None]] = [
            ("/userSessionQueryLanguage/table", "GET", self.table, token),
            ("/userSessionQueryLanguage/tree", "GET", self.tree, token),
            ("/tokens/lookup", "POST", self.lookup, token),
            ("/config/clusterversion", "GET", self.version, token),
            ("/time", "GET", self.time, None),
        ]
        for path, method, handler, authorize in endpoints:
            endpoint = Endpoint(path, method, handler, authorize)
            for prefix in PREFIXES:
                yield Route(prefix + path, endpoint)

    async def table(self, request: Request) -> Response:
        """``GET userSessionQueryLanguage/table``."""
        return await self._query(request, table, has_pages=True)

    async def tree(self, request: Request) -> Response:
        """``GET userSessionQueryLanguage/tree``."""
        return await self._query(request, tree, has_pages=False)

    async def _query(
        self, request: Request, make: Callable[..., Answer], has_pages: bool
    ) -> Response:
        parameters = parameters_of(pairs_of(request.scope["query_string"]), has_pages)
        visit = visit_of(request.scope)
        visit.text = parameters.query
        compress = takes_gzip(request)

        def work(cancelled: threading.Event) -> Answer:
            answer = make(self._sessions, parameters, self._settings, cancelled)
            return packed(answer) if compress else answer

        answer = await self._admission.run(request, work)
        visit.rows = answer.rows
        return response_of(answer)

    async def lookup(self, request: Request) -> Response:
        """``POST tokens/lookup``: information about the token of this server."""
        body = await json_body(request)
        if not isinstance(body, dict) or not isinstance(body.get("token"), str):
            raise wrong_body("token", "is required and must be a string")
        token = self._settings.token
        if not is_same(body["token"], token):
            raise Refusal(404, "There is no such token.")
        known = {
            "id": public_part(token),
            "name": "usql serve",
            "userId": "usql",
            "revoked": False,
            "created": self._began,
            "personalAccessToken": False,
            "scopes": SCOPES,
        }
        return Response(json_bytes(known), media_type=JSON)

    async def version(self, request: Request) -> Response:
        """``GET config/clusterversion``."""
        return Response(json_bytes({"version": VERSION}), media_type=JSON)

    async def time(self, request: Request) -> Response:
        """``GET time``: the value of ``$NOW`` in UTC milliseconds, as text."""
        _, now = clock_of(self._sessions, self._settings)
        return PlainTextResponse(str(now))
