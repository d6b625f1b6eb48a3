"""The limits of connections and bodies: those of the documentation, and what is given to uvicorn."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

import usql
from tests.places import ROOT
from tests.unit.server.asking import TOKEN
from usql.server import ingest
from usql.server import serving as server
from usql.server.admission import RETRY
from usql.server.endpoints import LARGEST_BODY, LONGEST_BODY
from usql.server.guard import LARGEST_HEAD
from usql.server.page.downloads import MOST_DOWNLOADS
from usql.server.serving import Address


def test_limits_are_those_that_the_page_about_security_promises() -> None:
    """Numbers that other tests make smaller, so as not to wait."""
    page = " ".join((ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8").split())
    for promise in (
        f"{server.MOST_CONNECTIONS} connections are open at once",
        f"one without a request is closed after {server.KEPT_ALIVE} s",
        f"64 kB of head and 64 kB of body, on the page 800 kB, and {server.LONGEST_HEAD:g} s to send each",
        "a client a minute to read what waits for it",
        f"At most {MOST_DOWNLOADS} files are downloaded at once",
        f"A body may have {ingest.LARGEST_BULK >> 20} MiB, {ingest.LARGEST_UNPACKED >> 20} MiB once",
        f"and {ingest.LONGEST_BULK:g} s to arrive",
    ):
        assert promise in page
    assert (server.MOST_CONNECTIONS, server.KEPT_ALIVE, server.LONGEST_PAUSE) == (500, 5, 60)
    assert RETRY < server.KEPT_ALIVE
    assert (LARGEST_HEAD, LARGEST_BODY, LONGEST_BODY) == (64 << 10, 64 << 10, server.LONGEST_HEAD)


class Loop:
    """Notes what is to be called, and when."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, object]] = []

    def call_later(self, seconds: float, call: object) -> SimpleNamespace:
        self.calls.append((seconds, call))
        return SimpleNamespace(cancel=lambda: None)


def connection(monkeypatch: pytest.MonkeyPatch, others: int) -> Any:
    """A connection that is made while so many others are open, without uvicorn's part of it."""
    monkeypatch.setattr(AutoHTTPProtocol, "connection_made", lambda self, transport: None)
    monkeypatch.setattr(AutoHTTPProtocol, "pause_writing", lambda self: None)
    monkeypatch.setattr(AutoHTTPProtocol, "data_received", lambda self, data: None)
    one: Any = server.Connection.__new__(server.Connection)
    one.loop, one.cycle, one.sent = Loop(), None, []
    one.transport = SimpleNamespace(
        abort=object(), is_closing=lambda: False, close=lambda: None, write=one.sent.append
    )
    one.connections = {*range(others), one}
    one.connection_made(one.transport)
    return one


def test_a_connection_has_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    one = connection(monkeypatch, server.MOST_CONNECTIONS - 1)
    one.data_received(b"GET / HTTP/1.1")
    one.pause_writing()
    abort = one.transport.abort
    assert one.loop.calls == [(server.LONGEST_HEAD, abort), (server.LONGEST_PAUSE, abort)]
    assert one.sent == []
    beyond = connection(monkeypatch, server.MOST_CONNECTIONS)
    beyond.data_received(b"GET / HTTP/1.1")
    assert beyond.sent[0].startswith(b"HTTP/1.1 503 ")


def test_the_server_is_given_the_limits(
    sessions: usql.Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[uvicorn.Config] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: given.append(self.config))
    for name in ("usql.access", "usql.server", "uvicorn.error"):  # it tells them where to write
        for state in ("handlers", "level", "propagate"):
            logger = logging.getLogger(name)
            monkeypatch.setattr(logger, state, getattr(logger, state))
    with Address(port=0).listening() as listening:
        server.serve(usql.server.app(sessions, token=TOKEN), Address(port=0), listening)
    (config,) = given
    assert (config.http, config.ws) == (server.Connection, "none")
    assert config.timeout_keep_alive == server.KEPT_ALIVE
    assert config.timeout_graceful_shutdown == 2 * server.GRACE
    assert [config.access_log, config.proxy_headers, config.server_header] == [False] * 3
