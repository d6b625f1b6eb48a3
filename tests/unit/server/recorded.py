"""Recorded requests: what clients send, and what the server answers.

In ``requests/*.http`` a line ``--> METHOD target`` begins a request; headers follow it and, after an
empty line, a body. ``{token}`` stands for the server's token. The lines ``<-- …`` came back: the
status, the headers that are about the request, and the body. Lines that begin with ``#`` explain.
``python -m tests.unit.server.recorded`` sends all requests again and writes the answers.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.testclient import TestClient

import usql
from tests.places import ROOT
from tests.unit.server.asking import TOKEN, client_of

REQUESTS = Path(__file__).with_name("requests")

FILES = sorted(REQUESTS.glob("*.http"))

_TOLD = ("access-control-", "allow", "content-type", "www-authenticate")
_MOMENT = re.compile(r'(?<="created":)\d+')


def replay(text: str) -> str:
    """The text with the answers that the server gives now, over the examples' sessions."""
    sessions = usql.open(ROOT / "tests" / "data" / "sessions.ndjson")
    client = client_of(sessions, header={}, allow_origins=["http://localhost:8000"])
    head, *requests = text.split("--> ")
    answered = head + "".join(f"--> {_replayed(client, request)}" for request in requests)
    return answered.rstrip() + "\n"


def _replayed(client: TestClient, text: str) -> str:
    """One request with its answer."""
    sent = "\n".join(line for line in text.splitlines() if not line.startswith("<-- ")).strip()
    head, _, body = sent.replace("{token}", TOKEN).partition("\n\n")
    first, *lines = head.splitlines()
    method, target = first.split(" ", 1)
    headers = dict(line.split(": ", 1) for line in lines)
    found = client.request(
        method, f"http://localhost:8642{target}", headers=headers, content=body or None
    )
    answer = [f"<-- {found.status_code}"]
    answer += [f"<-- {n}: {v}" for n, v in sorted(found.headers.items()) if n.startswith(_TOLD)]
    answer += [f"<-- {_shown(found.text)}"] * bool(found.text)
    return "\n".join([sent, "", *answer, "", ""])


def _shown(body: str) -> str:
    return _MOMENT.sub("0", body.replace(TOKEN, "{token}"))


if __name__ == "__main__":
    for file in FILES:
        file.write_text(replay(file.read_text(encoding="utf-8")), encoding="utf-8")
