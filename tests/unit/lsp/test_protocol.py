"""Requests that make no sense get an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.lsp.wire import Wire

INVALID_PARAMS = -32602
HERE = {"uri": "file:///queries/a.usql"}
START = {"line": 0, "character": 0}


@pytest.fixture(scope="module")
def wire() -> Any:
    with Wire() as wire:
        wire.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        wire.receive()
        wire.notify("initialized", {})
        yield wire


def ask(wire: Wire, method: str, params: object) -> dict[str, Any]:
    number = wire.request(method, params)
    answer = wire.receive()
    assert answer["id"] == number
    return answer


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/hover", 5),
        ("textDocument/hover", None),
        ("textDocument/hover", {"textDocument": HERE}),
        ("textDocument/hover", {"textDocument": HERE, "position": {"line": "x", "character": 0}}),
        ("textDocument/completion", {"textDocument": HERE, "position": [0, 0]}),
        ("textDocument/formatting", {"textDocument": HERE, "options": 1}),
        ("textDocument/codeAction", {"textDocument": HERE, "range": {"start": START}}),
        ("textDocument/rename", {"textDocument": HERE, "position": START}),
    ],
)  # fmt: skip
def test_parameters_that_are_not_the_protocols(wire: Wire, method: str, params: object) -> None:
    error = ask(wire, method, params)["error"]
    assert error["code"] == INVALID_PARAMS
    assert method in error["message"]


def test_a_document_that_nobody_opened(wire: Wire, tmp_path: Path) -> None:
    latin = tmp_path / "latin.usql"
    latin.write_bytes("SELECT 'ä'".encode("latin-1"))
    for uri in ("file:///no/such.usql", latin.as_uri()):
        params = {"textDocument": {"uri": uri}, "position": START}
        error = ask(wire, "textDocument/hover", params)["error"]
        assert error["code"] == INVALID_PARAMS
        assert uri in error["message"]


def test_the_server_goes_on(wire: Wire) -> None:
    ask(wire, "textDocument/hover", 5)
    opened = {**HERE, "languageId": "usql", "version": 1, "text": "SELECT city FROM usersession"}
    wire.notify("textDocument/didOpen", {"textDocument": opened})
    params = {"textDocument": HERE, "position": {"line": 0, "character": 8}}
    assert "city" in str(ask(wire, "textDocument/hover", params)["result"])
