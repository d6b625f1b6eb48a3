"""A server at a port: TLS, slow clients, clients that go away, and how it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

import usql
from tests.unit.server.asking import TABLE, TOKEN
from tests.unit.server.running import PATIENCE, Running, certificate_in, serving
from tests.unit.server.slow import SLOW, slow_data
from usql.server.guard import LARGEST_HEAD
from usql.server.serving import Address

QUERY = f"{TABLE}?query={quote('SELECT COUNT(*) FROM usersession')}&startTimestamp=1&endTimestamp=9000000000000"
HEADERS = {"Authorization": f"Api-Token {TOKEN}"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("server"), "--sample") as found:
        yield found


def asked(running: Running, target: str = QUERY, **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)) as client:
        client.request("GET", target, headers={**HEADERS, **headers})
        found = client.getresponse()
        return found.status, found.read()


def raw(running: Running, data: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", running.port), PATIENCE)
    client.sendall(data)
    return client


def posted(running: Running, path: str, body: bytes, length: int) -> bytes:
    """A request with the token and a body, which says that it has this length."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nContent-Length: {length}\r\n"
        f"Content-Type: application/json\r\nAuthorization: Api-Token {TOKEN}\r\n\r\n"
    )
    return head.encode() + body


def everything(client: socket.socket) -> bytes:
    found = b""
    while data := client.recv(65_536):
        found += data
    return found


def test_it_answers(running: Running) -> None:
    status, body = asked(running)
    assert status == 200
    assert json.loads(body)["values"] == [[1000]]
    assert asked(running, Host="evil.test")[0] == 421
    assert asked(running, Host=f"localhost:{running.port}")[0] == 200
    assert asked(running, Host=f"localhost:{running.port + 1}")[0] == 421
    assert asked(running, Host="localhost")[0] == 421


def test_bytes_that_are_no_request(running: Running) -> None:
    for data in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                 b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"):  # fmt: skip
        with raw(running, data) as client:
            assert b" 400 " in everything(client)
    for data in (
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
    ):
        with raw(running, data) as client:
            assert b" 400 " in everything(client)
    with raw(
        running, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"
    ) as client:
        assert b" 400 " in client.recv(100)
    assert asked(running)[0] == 200


def test_a_head_without_an_end(running: Running) -> None:
    with raw(running, b"GET / HTTP/1.1\r\nX: ") as client:
        sent = 0
        try:
            while sent < 100 * LARGEST_HEAD:
                sent += client.send(b"x" * 8192)
                time.sleep(0.001)
        except OSError:
            pass
        assert sent < 20 * LARGEST_HEAD
    assert asked(running)[0] == 200


def test_a_body_that_goes_on_after_its_answer(running: Running) -> None:
    head = f"POST /api/v1/tokens/lookup HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nContent-Length: 100000000\r\n\r\n"
    with raw(running, head.encode()) as client:
        sent = 0
        try:
            while sent < 100 * LARGEST_HEAD:
                sent += client.send(b"x" * 8192)
                time.sleep(0.001)
        except OSError:
            pass
        assert sent < 20 * LARGEST_HEAD
    assert asked(running)[0] == 200


def test_idle_connections_do_not_stop_a_query(running: Running) -> None:
    clients = [raw(running, data) for data in [b"", b"GET / HTTP/1.1\r\nHo"] * 50]
    assert asked(running)[0] == 200
    for client in clients:
        client.close()


def test_the_log_has_neither_token_nor_query(running: Running) -> None:
    asked(running, f"{QUERY}&api-token={TOKEN}")
    log = running.log.read_text()
    assert "GET /userSessionQueryLanguage/table 200" in log
    assert TOKEN not in log
    assert "COUNT" not in log


def test_slow_clients_are_left(tmp_path: Path) -> None:
    """A connection that is made, and one that sends half a request's head, end by themselves."""
    before = "import usql.server.serving as s; s.LONGEST_HEAD = 0.2"
    with serving(tmp_path, "--sample", before=before) as running:
        assert asked(running)[0] == 200
        for data in (b"", b"GET / HTTP/1.1\r\nHo"):
            with raw(running, data) as client:
                assert everything(client) == b""
        with raw(
            running, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % running.port
        ) as client:
            answered = b""
            while not answered.endswith(b"ok"):
                answered += client.recv(10_000)
            client.sendall(b"GET / HT")
            assert everything(client) == b""


def test_slow_bodies_are_refused(tmp_path: Path) -> None:
    before = "import usql.server.endpoints as e; e.LONGEST_BODY = 0.2"
    with serving(tmp_path, "--sample", before=before) as running:
        for path in ("/session", "/app/query", "/api/v1/tokens/lookup"):
            with raw(running, posted(running, path, b"{", 100)) as client:
                assert client.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert asked(running)[0] == 200


def test_a_client_that_does_not_read_is_left(tmp_path: Path) -> None:
    """Its connection ends, and with it the download of several megabytes, which it could resume at any
    moment before."""
    before = "import usql.server.serving as s; s.LONGEST_PAUSE = 0.5"
    body = b'{"text":"SELECT JSON FROM usersession","form":"csv"}'
    with serving(tmp_path, "--sample", "--profile", "offline", before=before) as running:

        def ready() -> str:
            with closing(http.client.HTTPConnection("127.0.0.1", running.port)) as asking:
                kind = {"Content-Type": "application/json"}
                asking.request("POST", "/app/download", body, {**HEADERS, **kind})
                return f"/{json.load(asking.getresponse())['path']}"

        _, file = asked(running, ready())
        whole = len(file)
        assert whole > 6_000_000
        head = f"Host: 127.0.0.1:{running.port}\r\nAuthorization: Api-Token {TOKEN}"
        request = f"GET {ready()} HTTP/1.1\r\n{head}\r\n\r\n".encode()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", running.port))
            client.sendall(request)
            deadline = time.monotonic() + PATIENCE
            while running.log.read_text().count("GET /app/download") < 2:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            received = 0
            with contextlib.suppress(ConnectionResetError):
                while data := client.recv(1_000_000):
                    received += len(data)
            assert received < whole
        assert asked(running)[0] == 200


def test_more_connections_than_there_may_be(tmp_path: Path) -> None:
    before = "import usql.server.serving as s; s.MOST_CONNECTIONS = 20"
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"
    with serving(tmp_path, "--sample", before=before) as running:
        clients = [raw(running, b"GET / HT") for _ in range(20)]
        time.sleep(0.2)
        with raw(running, request % running.port) as beyond:
            answer = everything(beyond)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"nosniff" in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == 503
        for client in clients:
            client.close()
        deadline = time.monotonic() + PATIENCE
        while asked(running)[0] != 200:
            assert time.monotonic() < deadline


# --- the end


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_signals_end_it(tmp_path: Path, how: signal.Signals, code: int) -> None:
    with serving(tmp_path, "--sample") as running, raw(running, b"GET / HT"):
        assert asked(running)[0] == 200
        assert running.end(how) == code
        assert "Traceback" not in running.log.read_text()


@pytest.mark.long
def test_who_goes_away_ends_the_query(tmp_path: Path) -> None:
    target = f"{TABLE}?query={quote(SLOW)}&startTimestamp=1&endTimestamp=9000000000000"
    with serving(
        tmp_path, str(slow_data(tmp_path)), "--profile", "offline", "--timeout", "600"
    ) as running:
        request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nAuthorization: Api-Token {TOKEN}\r\n\r\n"
        clients = [raw(running, request.encode()) for _ in range(8)]
        time.sleep(0.5)
        assert "table 200" not in running.log.read_text()
        for client in clients:
            client.close()
        deadline = time.monotonic() + PATIENCE
        while running.log.read_text().count(" 499 ") < 8:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert asked(running)[0] == 200


@pytest.mark.long
def test_running_queries_have_some_seconds(tmp_path: Path) -> None:
    target = f"{TABLE}?query={quote(SLOW)}&startTimestamp=1&endTimestamp=9000000000000"
    with serving(
        tmp_path, str(slow_data(tmp_path)), "--profile", "offline", "--timeout", "600"
    ) as running:
        request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nAuthorization: Api-Token {TOKEN}\r\n\r\n"
        with raw(running, request.encode()) as client:
            time.sleep(0.5)
            assert running.end() == -signal.SIGTERM
            assert b" 503 " in everything(client)
        assert "Traceback" not in running.log.read_text()


# --- where it listens


def test_https(tmp_path: Path) -> None:
    certificate, key = certificate_in(tmp_path)
    with serving(
        tmp_path, "--sample", "--tls-cert", str(certificate), "--tls-key", str(key)
    ) as running:
        assert running.url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=certificate)
        for host in ("localhost", "127.0.0.1"):
            with closing(
                http.client.HTTPSConnection(host, running.port, timeout=PATIENCE, context=context)
            ) as client:
                client.request("GET", QUERY, headers=HEADERS)
                assert client.getresponse().status == 200


def test_addresses_that_others_reach_need_tls(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        with pytest.raises(ValueError, match=r"can be reached from other machines.* unencrypted"):
            Address(host=host)
    assert Address(host="0.0.0.0", proxy="https://shop.example").is_every
    assert Address(host="localhost").is_local
    certificate, key = map(str, certificate_in(tmp_path))
    every = Address(host="0.0.0.0", certificate=certificate, key=key)
    assert not every.is_local
    assert f"{socket.gethostname().lower()}:443" in every.hosts(443)
    assert every.url(8642) == f"https://{socket.gethostname()}:8642"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"certificate": "x"}, "needs a key"),
        ({"key": "x"}, "needs a key"),
        ({"certificate": __file__, "key": __file__}, "are not a certificate and its key"),
        ({"certificate": "/none", "key": "/none"}, "No such file"),
        (
            {"certificate": "x", "key": "x", "proxy": "https://shop.example"},
            "a proxy terminates TLS itself",
        ),
        ({"proxy": "shop.example"}, "is not the address of a proxy"),
        ({"proxy": "https://shop.example/usql"}, "is not the address of a proxy"),
        ({"host": "none.invalid"}, "is not an address of this machine"),
    ],
)
def test_addresses_that_are_none(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Address(**wrong)  # type: ignore[arg-type]


def test_names_of_a_server() -> None:
    assert Address().hosts(8642) == {"127.0.0.1:8642", "localhost:8642", "[::1]:8642"}
    assert {"localhost", "localhost:80"} <= Address().hosts(80)
    behind = Address(host="0.0.0.0", proxy="https://Shop.example/")
    assert "shop.example" in behind.hosts(8642)
    assert behind.url(8642) == "https://Shop.example"
    assert Address(host="::1").url(1) == "http://[::1]:1"


def test_any_address_where_all_are_listened_at(sessions: usql.Sessions) -> None:
    from starlette.testclient import TestClient

    from usql.server.application import Application
    from usql.server.settings import Settings

    every = Settings(token=TOKEN, hosts=frozenset({"localhost:8642"}), takes_addresses=True)
    client = TestClient(Application(sessions, every), base_url="http://localhost:8642")
    hosts = {"10.0.0.5:8642": 200, "[fe80::1]:8642": 200, "10.0.0.5:80": 421, "10.0.0.5": 421,
             "evil.test:8642": 421, "10.0.0.5.evil.test:8642": 421, "0x7f000001:8642": 421}  # fmt: skip
    for host, status in hosts.items():
        assert client.get("/healthz", headers={"Host": host}).status_code == status, host


def test_a_port_that_is_taken() -> None:
    with Address(port=0).listening() as taken, pytest.raises(OSError, match="in use"):
        Address(port=taken.getsockname()[1]).listening()
