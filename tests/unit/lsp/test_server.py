from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

import usql
from tests.unit.lsp.wire import PATIENCE
from usql.language.functions import FUNCTIONS
from usql.lsp.convert import LEGEND

URI = "file:///queries/typed.usql"
COMMAND = [sys.executable, "-m", "usql", "lsp", "--stdio"]


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND))
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    capabilities = client_capabilities("visual-studio-code")
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities))
    yield
    await lsp_client.shutdown_session()


def opened(client: LanguageClient, text: str, uri: str = URI) -> None:
    item = types.TextDocumentItem(uri, "usql", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))


def place(line: int, character: int) -> types.TextDocumentPositionParams:
    return types.TextDocumentPositionParams(
        types.TextDocumentIdentifier(URI), types.Position(line, character)
    )


async def judged(client: LanguageClient, version: int) -> list[types.Diagnostic]:
    """The problems of the document in this version."""
    async with asyncio.timeout(PATIENCE):
        while True:
            published = await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
            if published.version == version:
                return list(published.diagnostics)


async def offered(client: LanguageClient, line: int, character: int) -> list[types.CompletionItem]:
    at = place(line, character)
    found = await client.text_document_completion_async(
        types.CompletionParams(at.text_document, at.position)
    )
    assert isinstance(found, list)
    return found


def typed(client: LanguageClient, version: int, line: int, character: int, text: str) -> None:
    at = types.Position(line, character)
    change = types.TextDocumentContentChangePartial(types.Range(at, at), text)
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version, URI), [change]
        )
    )


@pytest.mark.asyncio
async def test_a_query_typed_letter_by_letter(client: LanguageClient) -> None:
    """Each letter is sent alone. The words of the query are among the offers as soon as they are
    begun; at rest there are at most three problems while it is unfinished, and none at the end."""
    query = (
        'SELECT country, COUNT(*) AS "🏙 n"\n'
        "FROM usersession\n"
        'WHERE userType = "REAL_USER" AND useraction.duration > 1000\n'
        "GROUP BY country ORDER BY COUNT(*) DESC LIMIT 5"
    )
    opened(client, "")
    assert await judged(client, 1) == []
    wanted = {
        "sel": "SELECT",
        "cou": "country",
        "COU": "COUNT(*)",
        "FR": "FROM",
        "users": "usersession",
        "WH": "WHERE",
        "userT": "userType",
        '"RE': '"REAL_USER"',
        "AN": "AND",
        "useraction.dur": "duration",
        "GR": "GROUP BY",
        "ORD": "ORDER BY",
        "DE": "DESC",
        "LIM": "LIMIT",
    }
    seen = set()
    line = character = 0
    for version, letter in enumerate(query, 2):
        typed(client, version, line, character, letter)
        line, character = (
            (line + 1, 0) if letter == "\n" else (line, character + 1 + (letter > "\uffff"))
        )
        items = await offered(client, line, character)
        so_far = query[: version - 1]
        for word, label in wanted.items():
            if so_far.endswith(word) and so_far[: -len(word)][-1:] in ("", " ", "\n", "("):
                assert label in [item.label for item in items], so_far
                seen.add(word)
        for item in items:
            assert isinstance(item.text_edit, types.TextEdit)
            assert item.text_edit.range.end.line == line
    assert seen == set(wanted) - {"sel"}
    found = await judged(client, len(query) + 1)
    assert [d.message for d in found if d.severity == types.DiagnosticSeverity.Error] == []
    hover = await client.text_document_hover_async(types.HoverParams(*_at(2, 37)))
    assert hover is not None
    assert "useraction" in str(hover.contents)
    assert client.messages == []


def _at(line: int, character: int) -> tuple[types.TextDocumentIdentifier, types.Position]:
    at = place(line, character)
    return at.text_document, at.position


@pytest.mark.asyncio
async def test_problems_while_typing_with_pauses(client: LanguageClient) -> None:
    query = "SELECT city, COUNT(*) FROM usersession WHERE NOT bounce = TRUE GROUP BY city LIMIT 5"
    opened(client, "")
    await judged(client, 1)
    version = 1
    for begin in range(0, len(query), 6):
        version += 1
        typed(client, version, 0, begin, query[begin : begin + 6])
        found = await judged(client, version)
        assert len(found) <= 3, query[: begin + 6]
    assert found == []


@pytest.mark.asyncio
async def test_every_correction_can_be_taken(client: LanguageClient) -> None:
    text = "SELECT cty,, COUNT * FROM usersesion WHERE country == 'Spain' AND userType = 'ROBOTS'"
    opened(client, text)
    found = await judged(client, 1)
    whole = types.Range(types.Position(0, 0), types.Position(0, len(text)))
    given = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(URI), whole, types.CodeActionContext(found)
        )
    )
    assert given is not None
    actions = [a for a in given if isinstance(a, types.CodeAction)]
    quick = [a for a in actions if a.kind == types.CodeActionKind.QuickFix]
    fixed = {d.message for a in quick for d in a.diagnostics or ()}
    assert {d.message for d in found if d.severity == types.DiagnosticSeverity.Error} <= fixed
    (everything,) = [a for a in actions if a.kind == types.CodeActionKind.SourceFixAll]
    assert everything.edit is not None
    assert everything.edit.changes is not None
    assert len(everything.edit.changes[URI]) >= 3


@pytest.mark.asyncio
async def test_snippets_put_the_cursor_inside(client: LanguageClient) -> None:
    opened(client, "SELECT cou\nFROM usersession WHERE startTime > ")
    items = {item.label: item for item in await offered(client, 0, 10)}
    count = items["COUNT"]
    assert count.insert_text_format == types.InsertTextFormat.Snippet
    assert isinstance(count.text_edit, types.TextEdit)
    assert count.text_edit.new_text == "COUNT($0)"
    explained = await client.completion_item_resolve_async(count)
    assert FUNCTIONS["COUNT"].meaning in str(explained.documentation)
    ago = next(i for i in await offered(client, 1, 36) if i.label == "$NOW - DURATION")
    assert isinstance(ago.text_edit, types.TextEdit)
    assert ago.text_edit.new_text == '\\$NOW - DURATION("$0")'


@pytest.mark.asyncio
async def test_colours_folds_and_outline(client: LanguageClient) -> None:
    opened(client, "SELECT\n  city AS c\nFROM usersession; SELECT 1 FROM useraction")
    document = types.TextDocumentIdentifier(URI)
    coloured = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document)
    )
    assert coloured is not None
    kinds = [LEGEND.token_types[n] for n in coloured.data[3::5]]
    assert kinds[:5] == ["keyword", "property", "keyword", "variable", "keyword"]
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    assert folds is not None
    assert (folds[0].start_line, folds[0].end_line) == (0, 2)
    outline = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert outline is not None
    assert [entry.name for entry in outline] == ["city AS c", "1"]


@pytest.mark.asyncio
async def test_a_name_that_can_not_be_is_refused_with_a_reason(client: LanguageClient) -> None:
    opened(client, "SELECT city AS a, ip AS b FROM usersession")
    with pytest.raises(JsonRpcException, match="another column of the name b"):
        await client.text_document_rename_async(types.RenameParams(*_at(0, 15), "b"))
    assert (
        await client.text_document_prepare_rename_async(types.PrepareRenameParams(*_at(0, 8)))
        is None
    )


@pytest.mark.asyncio
async def test_what_the_data_knows_is_offered(client: LanguageClient, tmp_path: Path) -> None:
    data = tmp_path / "sessions.ndjson"
    rows = [
        {"city": city, "stringProperties": [{"key": "my key", "value": "x"}], "plan": "gold"}
        for city in ("Linz", "Wien", "Wien")
    ]
    data.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    opened(client, "SELECT stringProperties. FROM usersession WHERE city = ")
    await judged(client, 1)
    client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"usql": {"data": str(data)}})
    )
    async with asyncio.timeout(PATIENCE):
        while not any("are known" in m.message for m in client.log_messages):
            await client.wait_for_notification(types.WINDOW_LOG_MESSAGE)
    keys = [item.label for item in await offered(client, 0, 24)]
    assert keys == ['"my key"']
    values = [item.label for item in await offered(client, 0, 55)]
    assert values[:2] == ['"Wien"', '"Linz"']
    typed(client, 2, 0, 0, "SELECT pl FROM usersession; ")
    assert next(i.label for i in await offered(client, 0, 9)) == "plan"


@pytest.mark.asyncio
@pytest.mark.parametrize("data", ["-", "s3://bucket/a.ndjson", "file:///a.ndjson"])
async def test_data_of_settings_is_a_file_of_this_machine(
    client: LanguageClient, data: str
) -> None:
    client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"usql": {"data": data}})
    )
    async with asyncio.timeout(PATIENCE):
        while not client.messages:
            await client.wait_for_notification(types.WINDOW_SHOW_MESSAGE)
    told = f"usql.data: {data}: an editor's data is a file or a folder of this machine"
    assert client.messages[0].message == told


@pytest.mark.asyncio
async def test_data_that_can_not_be_read_is_said(client: LanguageClient) -> None:
    client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"usql": {"data": "/no/such/file.ndjson"}})
    )
    async with asyncio.timeout(PATIENCE):
        while not client.messages:
            await client.wait_for_notification(types.WINDOW_SHOW_MESSAGE)
    assert client.messages[0].message.startswith("usql.data: /no/such/file.ndjson")


@pytest.mark.asyncio
async def test_settings_are_asked_for() -> None:
    client = pytest_lsp.make_test_lsp_client()
    client.set_configuration({"profile": "offline"}, section="usql")
    await client.start_io(*COMMAND)
    capabilities = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(configuration=True)
    )
    await client.initialize_session(types.InitializeParams(capabilities=capabilities))
    opened(client, "SELECT city FROM usersession")
    document = types.TextDocumentIdentifier(URI)
    whole = types.Range(types.Position(0, 0), types.Position(0, 28))
    async with asyncio.timeout(PATIENCE):
        while await client.text_document_inlay_hint_async(types.InlayHintParams(document, whole)):
            await asyncio.sleep(0.05)
    await client.shutdown_session()


@pytest.mark.asyncio
async def test_code_is_told_to_ask_again() -> None:
    client = pytest_lsp.make_test_lsp_client()
    await client.start_io(*COMMAND)
    await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            client_info=types.ClientInfo("Visual Studio Code"),
        )
    )
    opened(client, "SELECT city, COUNT(*) FROM user")
    (first, *_) = await offered(client, 0, 31)
    assert first.command == types.Command("Suggest", "editor.action.triggerSuggest")
    commands = {i.label: i.command is not None for i in await offered(client, 0, 13)}
    assert commands["COUNT"]
    assert commands["usersession."]
    assert not commands["name"]
    await client.shutdown_session()


@pytest.mark.asyncio
async def test_over_tcp() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*COMMAND[:-1], "--tcp", f"127.0.0.1:{port}"])
    client = pytest_lsp.make_test_lsp_client()
    until = time.monotonic() + PATIENCE
    while True:
        try:
            await client.start_tcp("127.0.0.1", port)
            break
        except ConnectionError:
            assert time.monotonic() < until
            await asyncio.sleep(0.1)
    await client.initialize_session(types.InitializeParams(capabilities=types.ClientCapabilities()))
    opened(client, "SELECT cty FROM usersession LIMIT 5")
    assert [d.code for d in await judged(client, 1)] == ["USQL202 unknown-field"]
    await client.shutdown_async(None)
    client.exit(None)
    assert server.wait(PATIENCE) == 0
    await client.stop()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("address", ["nowhere", "host:port", "host:99999"])
def test_an_address_must_be_one(address: str) -> None:
    done = subprocess.run(
        [*COMMAND[:-1], "--tcp", address], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "is not an address" in done.stderr


def test_without_pygls_it_is_said_what_to_install() -> None:
    code = (
        "import sys; sys.modules.update(pygls=None, lsprotocol=None); "
        "from usql.cli import run; sys.exit(run(['lsp']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'usql-engine[lsp]'" in done.stderr


def test_the_server_starts_without_data() -> None:
    """Neither numpy nor pyarrow is loaded before data is asked for."""
    code = (
        "import sys; from usql.lsp.server import make_server; make_server(); "
        "print([m for m in ('numpy', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert usql.__version__
