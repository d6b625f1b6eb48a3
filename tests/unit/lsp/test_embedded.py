"""Documents with queries in them, and documents of folders that are configured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

import usql
from tests.unit.lsp.test_server import COMMAND, judged
from tests.unit.lsp.wire import PATIENCE
from usql.language.rules import RULES

PROGRAM = '''\
"""é"""
q = f"""
SELECT cty AS "é😀" FROM usersession
WHERE country == "{name}" LIMIT 9000"""
'''
URI = "file:///programs/a.py"


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND))
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    capabilities = client_capabilities("visual-studio-code")
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities))
    yield
    await lsp_client.shutdown_session()


def opened(client: LanguageClient, text: str, uri: str = URI, language: str = "python") -> None:
    item = types.TextDocumentItem(uri, language, 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))


def at(line: int, character: int) -> tuple[types.TextDocumentIdentifier, types.Position]:
    return types.TextDocumentIdentifier(URI), types.Position(line, character)


@pytest.mark.asyncio
async def test_problems_of_a_program_and_their_corrections(client: LanguageClient) -> None:
    opened(client, PROGRAM)
    found = await judged(client, 1)
    assert [(d.code, d.range.start.line, d.range.start.character, d.range.end.character) for d in found] == [
        ("USQL202 unknown-field", 2, 7, 10),
        ("USQL104 double-equals", 3, 14, 16),
        ("USQL701 placeholder", 3, 18, 24),
        ("USQL501 limit-too-large", 3, 32, 36),
    ]  # fmt: skip
    pages = [d.code_description.href for d in found if d.code_description is not None]
    assert pages == [RULES[str(d.code).split()[1]].page for d in found]
    document, place = at(3, 15)
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(document, types.Range(place, place), types.CodeActionContext([]))
    )
    assert actions is not None
    assert [a.title for a in actions] == ["Write =", "Apply all safe corrections"]
    (first, _) = actions
    assert isinstance(first, types.CodeAction)
    assert first.edit is not None
    assert first.edit.changes is not None
    (edit,) = first.edit.changes[URI]
    assert (edit.new_text, edit.range.start.character) == ("=", 14)


@pytest.mark.asyncio
async def test_help_inside_of_a_literal(client: LanguageClient) -> None:
    opened(client, PROGRAM)
    hover = await client.text_document_hover_async(types.HoverParams(*at(3, 8)))
    assert hover is not None
    assert hover.range == types.Range(types.Position(3, 6), types.Position(3, 13))
    items = await client.text_document_completion_async(types.CompletionParams(*at(2, 8)))
    assert isinstance(items, list)
    (city,) = [i for i in items if i.label == "city"]
    assert isinstance(city.text_edit, types.TextEdit)
    assert city.text_edit.range == types.Range(types.Position(2, 7), types.Position(2, 10))
    for place in (at(0, 2), at(1, 2), at(4, 0)):
        assert await client.text_document_hover_async(types.HoverParams(*place)) is None
        assert not await client.text_document_completion_async(types.CompletionParams(*place))


@pytest.mark.asyncio
async def test_a_program_is_laid_out_and_coloured_by_others(client: LanguageClient) -> None:
    opened(client, PROGRAM)
    document, place = at(3, 8)
    options = types.FormattingOptions(4, insert_spaces=True)
    made = types.DocumentFormattingParams(document, options)
    assert not await client.text_document_formatting_async(made)
    colours = types.SemanticTokensParams(document)
    assert await client.text_document_semantic_tokens_full_async(colours) is None
    assert not await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    outline = types.DocumentSymbolParams(document)
    assert not await client.text_document_document_symbol_async(outline)
    renamed = types.PrepareRenameParams(document, place)
    assert await client.text_document_prepare_rename_async(renamed) is None
    with pytest.raises(JsonRpcException, match="in files of queries alone"):
        await client.text_document_rename_async(types.RenameParams(*at(2, 16), "b"))
    whole = types.Range(types.Position(0, 0), types.Position(4, 0))
    hints = types.InlayHintParams(document, whole)
    assert not await client.text_document_inlay_hint_async(hints)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("typescript", "const q = `SELECT cty FROM usersession`;"),
        ("javascriptreact", "const q = <A q='SELECT cty FROM usersession'/>;"),
        ("markdown", "- ~~~usql\n  SELECT cty FROM usersession\n"),
        ("yaml", "q: SELECT cty FROM usersession"),
        ("jsonc", '{"q": "SELECT cty FROM usersession" /* ü */}'),
        ("terraform", 'q = "SELECT cty FROM usersession"'),
        ("plaintext", "SELECT cty FROM usersession"),
    ],
)
async def test_the_editor_names_the_language(
    client: LanguageClient, language: str, text: str
) -> None:
    opened(client, text, "untitled:1", language)
    found = await judged(client, 1)
    assert [d.code for d in found] == ["USQL202 unknown-field"]


@pytest.mark.asyncio
async def test_what_is_no_such_file_yet_has_no_problems(client: LanguageClient) -> None:
    opened(client, "a: b\n- SELECT cty FROM usersession", "file:///a.yaml", "yaml")
    assert await judged(client, 1) == []


# --- configuration ----------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_nearest_file_of_a_document_holds(client: LanguageClient, tmp_path: Path) -> None:
    usql.sample(sessions=20, seed=1).write(tmp_path / "s.ndjson")
    (tmp_path / "usql.toml").write_text(
        'profile = "offline"\nignore = ["use-in"]\ndata = "s.ndjson"\n'
    )
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "usql.toml").write_text("")
    text = 'SELECT city FROM usersession WHERE city = "a" OR city = "b" LIMIT 9000'
    opened(client, text, (tmp_path / "a.usql").as_uri(), "usql")
    assert await judged(client, 1) == []
    async with asyncio.timeout(PATIENCE):
        while not any("s.ndjson are known" in m.message for m in client.log_messages):
            await client.wait_for_notification(types.WINDOW_LOG_MESSAGE)
    opened(client, text, (tmp_path / "vendor" / "b.usql").as_uri(), "usql")
    async with asyncio.timeout(PATIENCE):
        while not (codes := client.diagnostics.get((tmp_path / "vendor" / "b.usql").as_uri())):
            await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert [d.code for d in codes] == ["USQL704 use-in", "USQL501 limit-too-large"]
    client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"usql": {"profile": "dynatrace", "ignore": ["USQL6"]}})
    )
    async with asyncio.timeout(PATIENCE):
        while not (codes := client.diagnostics.get((tmp_path / "a.usql").as_uri())):
            await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert [d.code for d in codes] == ["USQL704 use-in", "USQL501 limit-too-large"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("ignored = []", "there is no key 'ignored'; ignore may be meant"),
        ('ignore = ["usein"]', "there is no rule 'usein'"),
    ],
)
async def test_a_wrong_file_is_told_once(
    client: LanguageClient, tmp_path: Path, written: str, message: str
) -> None:
    (tmp_path / "usql.toml").write_text(written)
    uri = (tmp_path / "a.usql").as_uri()
    opened(client, "SELECT cty FROM usersession LIMIT 5", uri, "usql")
    assert [d.code for d in await judged(client, 1)] == ["USQL202 unknown-field"]
    hover = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 18))
    assert await client.text_document_hover_async(hover) is not None
    (shown,) = client.messages
    assert shown.message.startswith(f"{tmp_path}/usql.toml: {message}")
