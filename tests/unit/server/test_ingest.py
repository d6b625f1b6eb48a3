"""The vendor's session export: what is taken, refused and acknowledged."""

from __future__ import annotations

import asyncio
import base64
import errno
import gzip
import json
import os
import socket
import threading
import time
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import usql
from tests.unit.live.bodies import answers, answers_of, ids, line, lines
from tests.unit.server.asking import HEADER, TABLE, TOKEN, client_of
from tests.unit.server.running import PATIENCE, Running, serving
from usql.errors import PlaceBusy
from usql.live.following import Following
from usql.live.writer import Writer
from usql.server import ingest
from usql.server.application import Application
from usql.server.ingest import Ingest, judged
from usql.server.refusals import Refusal
from usql.server.settings import Settings

PASSWORD = "a password: with colon"
BASIC = {"Authorization": "Basic " + base64.b64encode(f"usql:{PASSWORD}".encode()).decode()}
ACTION = b'{"index": {"_index": "s", "_type": "t", "_id": "1"}}\n'
VERIFICATION = (
    b'{"visitorId": "v", "visitId": "i", "startTime": 1, "endTime": 2, "visitType": "REAL_USER"}'
)


@dataclass
class Taking:
    """A server that takes an export into a folder."""

    client: TestClient
    writer: Writer

    def post(self, body: bytes, path: str = "/ingest", method: str = "POST", **headers: str) -> int:
        self.response = self.client.request(method, path, content=body, headers=BASIC | headers)
        return self.response.status_code

    def sessions(self) -> usql.Sessions:
        """Those that are there now."""
        self.writer.flush()
        return usql.open(self.writer.path)


@pytest.fixture
def taking(tmp_path: Path) -> Iterator[Taking]:
    with Writer(tmp_path / "shop.live", "testing") as writer:
        settings = Settings(token=TOKEN, hosts=frozenset({"localhost"}), now="now")
        following = Following(writer, usql.live.open(writer.path), print)
        application = Application(following, settings, Ingest(writer, PASSWORD))
        with TestClient(application, base_url="http://localhost:8642") as client:
            yield Taking(client, writer)


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("packing", ["identity", "gzip", "members"])
def test_lines_are_taken(taking: Taking, method: str, packing: str) -> None:
    body = b"".join(lines(40))
    if packing != "identity":
        parts = (body,) if packing == "gzip" else (body[:999], body[999:])
        body = b"".join(map(gzip.compress, parts))
    headers = {} if packing == "identity" else {"Content-Encoding": "gzip"}
    assert taking.post(body, method=method, **headers) == 200
    assert taking.response.json() == {"accepted": 40, "rejected": 0}
    assert answers(taking.sessions()) == answers_of(lines(40))


def test_elasticsearch_gets_the_answer_that_it_gives(taking: Taking) -> None:
    assert taking.post(b"".join(ACTION + one for one in lines(10)), "/ingest/_bulk") == 200
    assert taking.response.json() == {"took": 0, "errors": False, "items": []}
    assert answers(taking.sessions()) == answers_of(lines(10))


def test_a_body_that_is_sent_again_counts_once(taking: Taking) -> None:
    for _ in range(3):
        assert taking.post(b"".join(lines(10))) == 200
    sessions = taking.sessions()
    assert answers(sessions) == answers_of(lines(10))
    assert sessions.notes == ("20 sessions arrived again and were left out.",)


def test_the_documented_verification_is_answered_and_kept(taking: Taking) -> None:
    assert taking.post(VERIFICATION, method="PUT") == 200
    assert taking.response.json() == {"accepted": 0, "rejected": 1}
    assert len(taking.sessions()) == 0
    kept = (taking.writer.path / "rejects.ndjson").read_bytes()
    assert json.loads(kept) == json.loads(VERIFICATION)


def test_lines_are_counted_at_once_as_far_as_they_can_be() -> None:
    body = (
        ACTION + line("a") + b'\n \r\nno JSON\n{"colour": 1}\n[1' + b"]\n" + b'{"_source": {}}\n7\n'
    )
    assert judged(body) == (3, 3)
    assert judged(b'{"USERSESSIONID": 5}\n{"userSessionId": ["odd"]}\n\xff\n[]') == (2, 2)
    assert judged(b"[" * 100_000) == (0, 1)
    assert judged(b"") == (0, 0)


@pytest.mark.parametrize(
    "name", ["", "Basic", "Basic !", "Basic dXNxbDp3cm9uZw==", f"Api-Token {TOKEN}"]
)
def test_credentials_are_needed(taking: Taking, name: str) -> None:
    assert taking.post(line("a"), Authorization=name) == 401
    assert taking.response.headers["www-authenticate"].startswith("Basic ")
    assert len(taking.sessions()) == 0


def test_the_credentials_let_nobody_ask(taking: Taking) -> None:
    assert taking.client.get(TABLE, headers=BASIC).status_code == 401


def test_other_methods_and_codings_are_refused(taking: Taking) -> None:
    assert taking.post(b"", method="GET") == 405
    assert taking.response.headers["allow"] == "POST, PUT, OPTIONS"
    assert taking.post(b"", method="OPTIONS") == 204
    assert taking.post(b"x", **{"Content-Encoding": "br"}) == 415
    assert taking.post(b"x", **{"Content-Encoding": "gzip"}) == 400
    assert taking.post(gzip.compress(line("a"))[:-9], **{"Content-Encoding": "gzip"}) == 400
    assert taking.post(line("a"), Host="evil.test") == 421
    assert taking.post(line("a"), Origin="https://evil.test") == 403
    assert len(taking.sessions()) == 0


def test_without_ingest_there_is_no_such_path(sessions: usql.Sessions, client: TestClient) -> None:
    assert client.post("/ingest", content=line("a"), headers=BASIC).status_code == 404


def test_large_bodies_and_bombs_are_refused(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "LARGEST_BULK", 5000)
    monkeypatch.setattr(ingest, "LARGEST_UNPACKED", 100_000)
    assert taking.post(b" " * 5001) == 413
    assert taking.post(gzip.compress(b" " * 100_001), **{"Content-Encoding": "gzip"}) == 413
    many = b"".join(gzip.compress(b" " * 30_000) for _ in range(4))
    assert taking.post(many, **{"Content-Encoding": "gzip"}) == 413
    assert (
        taking.post(gzip.compress(b" " * 99_000 + line("a")), **{"Content-Encoding": "gzip"}) == 200
    )
    assert ids(taking.sessions()) == ["a"]


def test_a_bomb_is_never_unpacked_as_a_whole() -> None:
    """300 megabytes, of which no more than the limit is made."""
    import tracemalloc

    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(Refusal, match="longer than"):
        ingest._unpacked(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2.5 * ingest.LARGEST_UNPACKED
    tracemalloc.stop()


def test_slow_bodies_are_given_up(taking: Taking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "LONGEST_BULK", 0.0)

    async def never(*_: object) -> bytes:
        await asyncio.sleep(60)
        return b""

    monkeypatch.setattr(ingest, "_received", never)
    assert taking.post(line("a")) == 408


def test_a_full_disk_is_told_and_nothing_is_acknowledged(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def full(file: int, content: bytes) -> int:
        if len(content) > 500:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, content)

    monkeypatch.setattr(os, "write", full)
    assert taking.post(b"".join(lines(20))) == 503
    assert taking.response.headers["retry-after"] == "30"
    assert str(taking.writer.path) not in taking.response.text
    monkeypatch.undo()
    assert taking.post(b"".join(lines(20))) == 200
    assert answers(taking.sessions()) == answers_of(lines(20))


def test_bodies_of_many_clients_are_all_there(taking: Taking) -> None:
    def post(some: tuple[bytes, ...]) -> None:
        assert (
            taking.client.post("/ingest", content=b"".join(some), headers=BASIC).status_code == 200
        )

    threads = [threading.Thread(target=post, args=(lines(120)[i::12],)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(taking.sessions()) == sorted(json.loads(one)["userSessionId"] for one in lines(120))


def test_queries_are_answered_meanwhile_and_see_what_came(taking: Taking) -> None:
    query = {"query": "SELECT COUNT(*) FROM usersession", "startTimestamp": "1"}
    assert taking.client.get(TABLE, params=query, headers=HEADER).json()["values"] == [[0]]
    assert taking.post(line("a")) == 200
    taking.writer.waiting_since = 0.0  # fifteen seconds ago, and more
    assert taking.client.get(TABLE, params=query, headers=HEADER).json()["values"] == [[1]]


@pytest.mark.parametrize("password", ["short", "control\ncharacter", "ünicode-password"])
def test_passwords_are_checked(password: str) -> None:
    with pytest.raises(ValueError, match="at least 8 printable ASCII characters") as raised:
        ingest.check_password(password)
    assert password not in str(raised.value)


# --- the application ------------------------------------------------------------------------------


def test_an_application_takes_an_export_into_the_folder_of_its_sessions(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "shop.live"
    usql.live.append(folder, [{"userSessionId": "old", "startTime": 1000}])
    sessions = usql.live.open(folder)
    with client_of(sessions, ingest_password=PASSWORD, keep="90d") as client:
        assert "deleting 1 session" in caplog.text
        about = client.get("/app/info").json()
        assert (about["ingest"], about["sessions"]) == (True, 0)
        assert abs(about["clock"]["now"] / 1000 - time.time()) < 60
        assert client.post("/ingest", content=line("a"), headers=BASIC).status_code == 200
        with pytest.raises(PlaceBusy, match="writing what arrives at /ingest"):
            usql.live.append(folder, [])
    assert ids(usql.open(folder)) == ["a"]
    assert usql.live.append(folder, []).sessions == 0  # others may write again
    with client_of(sessions) as client:
        assert client.get("/app/info").json()["ingest"] is False


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ingest_password": "short"}, "ingest_password: the password must have"),
        ({"ingest_password": PASSWORD, "keep": "soon"}, "keep: "),
        ({"keep": "90d"}, "keep: needs ingest_password"),
        ({"ingest_password": PASSWORD, "now": "yesterday"}, "now: "),
    ],
)
def test_settings_of_an_application_that_takes_an_export(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    usql.live.append(tmp_path / "shop.live", [])
    with pytest.raises(ValueError, match=message):
        client_of(usql.live.open(tmp_path / "shop.live"), **settings)
    assert usql.live.append(tmp_path / "shop.live", []).sessions == 0  # nobody writes there


def test_an_application_over_other_sessions_takes_no_export(sessions: usql.Sessions) -> None:
    with pytest.raises(ValueError, match="ingest_password: the sessions must be those of a live"):
        client_of(sessions, ingest_password=PASSWORD)


# --- the command ----------------------------------------------------------------------------------


def test_the_command_serves_and_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USQL_INGEST_PASSWORD", PASSWORD)
    usql.live.append(tmp_path / "shop.live", [{"userSessionId": "old", "startTime": 1000}])
    with serving(tmp_path, "shop.live", "--ingest", "--keep", "90d") as server:
        assert server.process.stdout is not None
        printed = server.process.stdout.readline()
        assert printed == f"The session export goes to {server.url}/ingest, as user usql.\n"
        request = urllib.request.Request(
            f"{server.url}/ingest", b"".join(lines(30)), BASIC, method="PUT"
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            assert (response.status, json.load(response)) == (200, {"accepted": 30, "rejected": 0})
        with pytest.raises(
            TimeoutError, match=f"process {server.process.pid} .*at {server.url}/ingest"
        ):
            usql.live.append(tmp_path / "shop.live", [])
        assert server.end() in (0, -15)
        log = server.log.read_text()
    assert "deleting 1 session, the last of which ended at 1970-01-01 00:00:01.000" in log
    assert PASSWORD not in log
    assert "POST /ingest 200" not in log
    assert "PUT /ingest 200" in log
    assert answers(usql.open(tmp_path / "shop.live")) == answers_of(lines(30))


def raw(server: Running, headers: str, body: bytes, *, ends: bool = False) -> bytes:
    """What is answered to a body as it is sent; with ``ends`` the client sends nothing more."""
    head = f"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n"
    basic = f"Authorization: {BASIC['Authorization']}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(f"{head}{basic}{headers}\r\n\r\n".encode() + body)
        if ends:
            client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65_536), b""))


def test_bodies_that_are_not_as_long_as_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USQL_INGEST_PASSWORD", PASSWORD)
    one, two = line("a"), line("b")
    chunked = "Transfer-Encoding: chunked"
    with serving(tmp_path, "shop.live", "--ingest") as server:
        assert raw(server, f"Content-Length: {len(one) + 1}", one, ends=True) == b""
        answer = raw(server, f"Content-Length: {len(one)}", one + two)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b'{"accepted":1,"rejected":0}')
        for body in (b"zz\r\n" + two, b"-1\r\n" + two, b"%x\r\n%bx" % (len(two), two)):
            assert b"200 OK" not in raw(server, chunked, body + b"\r\n0\r\n\r\n")
        both = f"Content-Length: 3\r\n{chunked}"
        assert raw(server, both, b"%x\r\n%b\r\n0\r\n\r\n" % (len(two), two)).startswith(
            b"HTTP/1.1 400 "
        )
        assert raw(server, chunked, b"%x\r\n%b" % (len(two), two), ends=True) == b""
        extended = b"%x;a=b;c\r\n%b\r\n0;d\r\nTrailer: x\r\n\r\n" % (len(one), one)
        assert raw(server, chunked, extended).endswith(b'{"accepted":1,"rejected":0}')
        server.end()
    sessions = usql.open(tmp_path / "shop.live")
    assert ids(sessions) == ["a"]
    assert sessions.notes == ("1 session arrived again and was left out.",)
