"""What clients sent, compared with the requests that the fast tests send again every day."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.places import ROOT
from tests.unit.server.asking import TOKEN
from tests.unit.server.recorded import REQUESTS, replay
from tests.unit.server.running import Running, serving

WRITES = "USQL_WRITE_REQUESTS" in os.environ
"""Whether the recorded requests are written instead of compared."""


@contextmanager
def recording(folder: Path, data: Path, *options: str) -> Iterator[tuple[Running, Path]]:
    """A server over data in a process of its own, and the file of the requests that it gets."""
    file = folder / "requests"
    file.touch()
    before = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        f"from tests.clients.recorder import record; record({str(file)!r})"
    )
    with serving(folder, str(data), *options, before=before) as running:
        yield running, file


def compare(file: Path, name: str, origin: str = "") -> None:
    """The requests in the file are those of ``requests/NAME.http``. The page's origin and the token
    stand there by other names."""
    lines = file.read_text(encoding="utf-8").splitlines()
    sent = "\n".join(_written(json.loads(line)) for line in lines).replace(TOKEN, "{token}")
    if origin:
        sent = sent.replace(origin, "http://localhost:8000")
    fixture = REQUESTS / f"{name}.http"
    text = fixture.read_text(encoding="utf-8")
    if WRITES:
        fixture.write_text(replay(f"{text.splitlines()[0]}\n\n{sent}"), encoding="utf-8")
        text = fixture.read_text(encoding="utf-8")
    recorded = [line for line in text.splitlines()[1:] if line and not line.startswith("<-- ")]
    assert [line for line in sent.splitlines() if line] == recorded


def _written(request: dict[str, Any]) -> str:
    """A request as the file has it."""
    head = [f"--> {request['method']} {request['target']}"]
    head += [f"{name}: {value}" for name, value in request["headers"]]
    return "\n".join([*head, "", request["body"], ""])
