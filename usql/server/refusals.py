"""Refusals, and the vendor's envelope for them."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from usql.errors import ControlFlow
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Lines, UsqlError
from usql.result.texts.jsonbytes import json_bytes

JSON = "application/json; charset=utf-8"

_STOPPED = {"USQL801", "USQL802", "USQL803"}
"""The rules that stop a running query. The same query would be stopped again."""

_CANCELLED = "USQL804"


@dataclass(frozen=True, slots=True)
class Violation:
    """The problem with one parameter, or another part of a request."""

    path: str
    message: str
    location: str = "QUERY"

    def as_json(self) -> dict[str, str]:
        """The entry of ``constraintViolations``."""
        return {"path": self.path, "message": self.message, "parameterLocation": self.location}


class Refusal(ControlFlow):
    """Ends a request with an error. The guard turns it into a response."""

    def __init__(
        self,
        status: int,
        message: str,
        *violations: Violation,
        headers: Mapping[str, str] | None = None,
        problems: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.violations = violations
        self.headers = dict(headers or {})
        self.problems = problems

    def response(self) -> Response:
        """The response, with the error in the vendor's envelope."""
        error: dict[str, Any] = {"code": self.status, "message": self.message}
        if self.violations:
            error["constraintViolations"] = [v.as_json() for v in self.violations]
        if self.problems:
            error["usql"] = list(self.problems)
        return Response(json_bytes({"error": error}), self.status, self.headers, JSON)


class ClientGone(ControlFlow):
    """The client has disconnected."""


def wrong_parameter(name: str, message: str) -> Refusal:
    """400: a parameter has an invalid value."""
    return Refusal(400, f"{name}: {message}", Violation(name, message))


def refused_query(error: UsqlError) -> Refusal:
    """404 for a query with errors, 400 for one that was stopped (not 503: clients would repeat it for
    minutes), 503 for one that was cancelled because the server shuts down."""
    errors = [d for d in error.diagnostics if d.is_error]
    codes = {d.code for d in errors}
    if _CANCELLED in codes:
        return closing()
    lines = Lines(error.text)
    first = errors[0]
    line, column = lines.position(first.span.start)
    message = f"{first.code} {first.name} at {line}:{column}: {first.message}"
    if first.fixes:
        message += " Correction: " + ", or ".join(fix.title for fix in first.fixes) + "."
    return Refusal(
        400 if codes & _STOPPED else 404,
        " ".join(message.split()),
        problems=[_problem(d, lines) for d in errors],
    )


def _problem(diagnostic: Diagnostic, lines: Lines) -> dict[str, Any]:
    line, column = lines.position(diagnostic.span.start)
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "message": diagnostic.message,
        "line": line,
        "column": column,
        "span": [diagnostic.span.start, diagnostic.span.end],
        "fixes": [
            {
                "title": fix.title,
                "edits": [{"span": [e.span.start, e.span.end], "text": e.text} for e in fix.edits],
            }
            for fix in diagnostic.fixes
        ],
    }


def busy(places: int, seconds: int) -> Refusal:
    """429: all ``places``, for queries that run and those that wait, are occupied. Some clients wait
    for as long as a header says, others until the time in the message."""
    reset = int(time.time() + seconds)
    moment = datetime.datetime.fromtimestamp(reset, datetime.UTC)
    headers = {
        "Retry-After": str(seconds),
        "X-RateLimit-Limit": str(places),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(reset * 1_000_000),
    }
    message = (
        "Too many queries at once. "
        f"Reset time: {moment.strftime('%Y-%m-%dT%H:%M:%SZ')} ({reset * 1000})"
    )
    return Refusal(429, message, headers=headers)


def too_many_connections() -> Refusal:
    """503: other clients have all the connections."""
    return Refusal(503, "There are too many connections.", headers={"Retry-After": "5"})


def closing() -> Refusal:
    """503: the server shuts down."""
    return Refusal(503, "The server is shutting down.", headers={"Retry-After": "5"})
