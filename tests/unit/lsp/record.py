"""Recorded protocol sessions: what an editor sends, and what the server answers.

In ``sessions/*.session`` a line ``--> method params`` is sent as it stands, and the lines
``<-- …`` below it came back: the result of a request, or a notification with its name. Lines that
begin with ``#`` explain. ``python -m tests.unit.lsp.record`` sends all sessions again and writes the
answers anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.unit.lsp.wire import Wire

SESSIONS = sorted(Path(__file__).with_name("sessions").glob("*.session"))

_NOTIFICATIONS = ("textDocument/did", "initialized", "exit", "workspace/did")
_JUDGED = ("textDocument/did", "workspace/did")
"""What is followed by the problems of the document."""


def replay(text: str) -> str:
    """The session with the answers that the server gives now."""
    with Wire() as wire:
        return "\n".join(_replayed(wire, text.splitlines())) + "\n"


def _replayed(wire: Wire, lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("<-- "):
            continue
        yield line
        if not line.startswith("--> "):
            continue
        _, method, *rest = line.split(" ", 2)
        params = json.loads(rest[0]) if rest else None
        if method.startswith(_NOTIFICATIONS):
            wire.notify(method, params)
            if method == "exit":
                yield f"<-- exit code {wire.exit_code()}"
            elif method.startswith(_JUDGED):
                yield from _until(wire, "textDocument/publishDiagnostics")
        else:
            yield from _until(wire, wire.request(method, params))


def _until(wire: Wire, wanted: str | int) -> Iterator[str]:
    """The messages up to a notification of this name or the answer of this number."""
    while True:
        message = wire.receive()
        if "method" in message:
            yield f"<-- {message['method']} {_shown(message['params'])}"
            if message["method"] == wanted:
                return
        else:
            answer = message.get("error", message.get("result"))
            yield f"<-- {'error ' if 'error' in message else ''}{_shown(answer)}"
            if message["id"] == wanted:
                return


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Record all sessions anew."""
    for path in SESSIONS:
        path.write_text(replay(path.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
