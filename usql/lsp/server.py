"""The language server: what an editor asks for, answered by the editor services.

Every answer is based on the text as the editor has it. Problems are published a moment after the
last change; the data is loaded in the background and used as soon as it is there.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.workspace import Workspace

from usql import __version__
from usql.catalog import Catalog, default_catalog
from usql.configuration import Configuration, nearest
from usql.editor import (
    actions,
    completion,
    embedded,
    folding,
    formatting,
    hover,
    inlay,
    rename,
    semantic,
    signature,
    symbols,
)
from usql.editor.problems.validation import validate
from usql.editor.ranges import words
from usql.errors import RenameError, UnreadableError
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic
from usql.language.tables import tables
from usql.lsp import convert
from usql.lsp.documents import Document, Documents
from usql.lsp.protocol import AnsweredError, Protocol
from usql.lsp.settings import SECTION, Rules, Settings

PAUSE = 0.05
"""Seconds without a change after which a text is judged: less than the time between two keys."""

TRIGGERS = [" ", ".", "(", '"', "'", "$", ","]
"""Characters after which an editor asks for offers by itself."""

_Handler = TypeVar("_Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Known:
    """What is known from data: its fields and property keys, and the values of fields."""

    catalog: Catalog
    values: completion.Values | None = None


class UsqlServer(LanguageServer):
    """The state besides the documents: settings, what is known from data, and the latest offers."""

    def __init__(self) -> None:
        super().__init__("usql", __version__, protocol_cls=Protocol)
        self.settings = Settings()
        self.was_shut_down = False
        self._known: dict[tuple[str, ...], Known] = {(): Known(default_catalog())}
        self._offered: dict[str, completion.Completion] = {}
        self._judging: dict[str, asyncio.Task[None]] = {}
        self._loading: dict[tuple[str, ...], asyncio.Task[None]] = {}
        self._shown: set[str] = set()
        self._suggest: types.Command | None = None

    # --- documents and settings

    def meet(self, client: types.ClientInfo | None) -> None:
        """Note the client: Visual Studio Code asks for further offers only if the accepted one
        tells it to."""
        if client is not None and client.name.startswith("Visual Studio Code"):
            self._suggest = types.Command("Suggest", "editor.action.triggerSuggest")

    def document(self, uri: str) -> Document:
        """The document with this address."""
        workspace = self.workspace
        assert isinstance(workspace, Documents)
        return workspace.document(uri)

    def configure(self, options: Any) -> None:
        """Apply an editor's settings, and show those that are invalid."""
        settings, problems = Settings.read(options)
        for problem in problems:
            self.show(problem, types.MessageType.Error)
        if settings.data != self.settings.data:
            for task in self._loading.values():
                task.cancel()
            self._loading.clear()
            self._known = {(): self._known[()]}
        self.settings = settings
        self._shown.clear()
        self.known(Rules(data=settings.data))  # start loading before a document needs it
        self.judge_all()

    def rules(self, document: Document) -> Rules:
        """The rules for a document: the settings, completed by the nearest configuration file.
        Problems of the file are shown once, and the settings then apply alone."""
        try:
            return self.settings.over(nearest(document.folder or _root(self.workspace)))
        except ValueError as error:
            self._show_once(str(error))
            return self.settings.over(Configuration())

    def known(self, rules: Rules) -> Known:
        """What is known from a document's data; only the language while that is being loaded."""
        if rules.data not in self._known and rules.data not in self._loading:
            self._loading[rules.data] = asyncio.ensure_future(self._load(rules.data))
        return self._known.get(rules.data, self._known[()])

    def catalog(self, document: Document) -> Catalog:
        """The fields of the language and of a document's data."""
        return self.known(self.rules(document)).catalog

    def _show_once(self, message: str) -> None:
        if message not in self._shown:
            self._shown.add(message)
            self.show(message, types.MessageType.Error)

    async def pull_settings(self) -> None:
        """Ask the editor for the settings, if it supports that."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.configuration:
            item = types.ConfigurationItem(section=SECTION)
            (options,) = await self.workspace_configuration_async(types.ConfigurationParams([item]))
            if options is not None:
                self.configure(options)

    async def _load(self, data: tuple[str, ...]) -> None:
        """Load the data in a separate thread."""
        try:
            self._known[data] = await asyncio.to_thread(_opened, data)
            shown = f"Fields, property keys and values of {', '.join(data)} are known."
            self.window_log_message(types.LogMessageParams(types.MessageType.Info, shown))
        except (OSError, ValueError) as error:
            self._known[data] = self._known[()]
            self.show(f"usql.data: {error}", types.MessageType.Error)
        self._loading.pop(data, None)
        self.judge_all()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Show an error that happened outside an answer."""
        if not isinstance(error, AnsweredError):
            super().report_server_error(error, source)

    def show(self, message: str, kind: types.MessageType) -> None:
        """Show the user a message."""
        self.window_show_message(types.ShowMessageParams(kind, message))

    # --- problems

    def problems(self, document: Document) -> list[Diagnostic]:
        """All problems of a document under the settings. A file that is empty or has only comments
        has none yet."""
        rules = self.rules(document)

        def judged(text: str) -> list[Diagnostic]:
            if not words(text)[0]:
                return []
            known = self.known(rules)
            return validate(text, catalog=known.catalog, profile=rules.profile, rules=rules.rules)

        if document.is_query:
            return judged(document.source)
        try:
            return embedded.judge_file(document.source, document.language, judged)
        except UnreadableError as error:
            if "extra" in str(error):  # otherwise the file is incomplete because it is being typed
                self._show_once(str(error))
            return []

    def judge_soon(self, uri: str) -> None:
        """Publish the problems of a document once its text has not changed for a moment."""
        waiting = self._judging.get(uri)
        if waiting is not None:
            waiting.cancel()
        self._judging[uri] = asyncio.ensure_future(self._judge(uri))

    def judge_all(self) -> None:
        """Publish the problems of all open documents again."""
        for document in self.workspace.text_documents.values():
            self.judge_soon(document.uri)

    def forget(self, uri: str) -> None:
        """Withdraw the problems of a document that was closed."""
        waiting = self._judging.pop(uri, None)
        if waiting is not None:
            waiting.cancel()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def _judge(self, uri: str) -> None:
        await asyncio.sleep(PAUSE)
        document = self.document(uri)
        positions = document.positions()
        problems = [convert.diagnostic(d, positions) for d in self.problems(document)]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, problems, document.version)
        )

    # --- completion

    def complete(self, document: Document, offset: int) -> list[types.CompletionItem]:
        """The offers at an offset; they are remembered for :meth:`explain`."""
        part = document.part(offset)
        if part is None:
            return []
        rules = self.rules(document)
        known = self.known(rules)
        offers = completion.complete(
            part.text,
            part.offset,
            catalog=known.catalog,
            profile=rules.profile,
            values=known.values,
        )
        offered = [mapped for o in offers if (mapped := part.offer(o, offset)) is not None]
        self._offered = {offer.label: offer for offer in offered}
        positions = document.positions()
        snippets, suggest = self._takes_snippets, self._suggest
        return [convert.completion(offer, positions, snippets, suggest) for offer in offered]

    def explain(self, item: types.CompletionItem) -> types.CompletionItem:
        """An offer with its documentation."""
        offer = self._offered.get(item.label)
        if offer is not None and offer.documentation:
            item.documentation = convert.markdown(offer.documentation)
        return item

    @functools.cached_property
    def _takes_snippets(self) -> bool:
        client = self.client_capabilities.text_document
        item = client and client.completion and client.completion.completion_item
        return bool(item and item.snippet_support)


def _root(workspace: Workspace) -> Path:
    """The folder that the editor has opened, else the server's working directory."""
    return Path(workspace.root_path or ".")


def _opened(data: tuple[str, ...]) -> Known:
    """What is known from loaded sessions; ``ValueError`` for data that cannot be read. Bad rows are
    left out, since they do not concern a query's text."""
    import usql
    from usql.frequent import frequent_values
    from usql.store.sources.remote import scheme_of

    for name in data:  # settings may come with a folder that someone else wrote
        if name == "-" or scheme_of(name) is not None:
            raise ValueError(f"{name}: an editor's data is a file or a folder of this machine")
    try:
        sessions = usql.open(list(data), on_error="skip", progress=lambda _: None)
    except usql.DataError as error:
        raise ValueError(str(error)) from None
    return Known(sessions.catalog, frequent_values(sessions))


def make_server() -> UsqlServer:
    """A server with all its features, ready to be started."""
    server = UsqlServer()
    _documents(server)
    _reading(server)
    _writing(server)
    return server


# --- documents ----------------------------------------------------------------------------------


def _documents(server: UsqlServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.protocol._workspace = Documents.like(server.workspace)
        tables()  # read the grammar before the first key press, not after it
        server.meet(params.client_info)
        server.configure(params.initialization_options)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await server.pull_settings()

    @server.feature(types.SHUTDOWN)
    def shut_down(_: None) -> None:
        server.was_shut_down = True

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def changed(params: types.DidChangeConfigurationParams) -> None:
        if params.settings:
            server.configure(params.settings)
        else:
            await server.pull_settings()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.judge_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        server.judge_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)


# --- reading ------------------------------------------------------------------------------------


def _reading(server: UsqlServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def show(params: types.HoverParams) -> types.Hover | None:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        offset = positions.offset(params.position)
        part = document.part(offset)
        if part is None:
            return None
        explanation = hover.hover(part.text, part.offset, server.catalog(document))
        if explanation is None:
            return None
        return convert.hover(replace(explanation, span=part.span(explanation.span)), positions)

    @server.feature(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        types.SemanticTokensRegistrationOptions(legend=convert.LEGEND, full=True),
    )
    def colour(params: types.SemanticTokensParams) -> types.SemanticTokens | None:
        document = server.document(params.text_document.uri)
        if not document.is_query:
            return None  # colouring programs is another server's job
        return convert.semantic(semantic.tokens(document.source), document.positions())

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def fold(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        return [convert.fold(region, positions) for region in folding.ranges(document.query)]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outline(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        return [convert.symbol(entry, positions) for entry in symbols.symbols(document.query)]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        offset = positions.offset(params.position)
        occurrences = rename.occurrences(document.query, offset, server.catalog(document))
        if occurrences is None:
            return None
        return [types.DocumentHighlight(positions.range(span)) for span in occurrences.spans]

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        span = positions.span(params.range)
        inlays = inlay.hints(document.query, server.rules(document).profile, span)
        return [convert.hint(one, positions) for one in inlays]


# --- writing ------------------------------------------------------------------------------------


def _writing(server: UsqlServer) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=TRIGGERS, resolve_provider=True),
    )
    def complete(params: types.CompletionParams) -> list[types.CompletionItem]:
        document = server.document(params.text_document.uri)
        return server.complete(document, document.positions().offset(params.position))

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def explain(item: types.CompletionItem) -> types.CompletionItem:
        return server.explain(item)

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    )
    def arguments(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        document = server.document(params.text_document.uri)
        offset = document.positions().offset(params.position)
        part = document.part(offset)
        call = None if part is None else signature.signature_help(part.text, part.offset)
        return None if call is None else convert.signature(call)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def lay_out(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = server.document(params.text_document.uri)
        return convert.edits(formatting.format_edits(document.query), document.positions())

    @server.feature(types.TEXT_DOCUMENT_RANGE_FORMATTING)
    def lay_out_range(params: types.DocumentRangeFormattingParams) -> list[types.TextEdit]:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        edits = formatting.format_edits(document.query, positions.span(params.range))
        return convert.edits(edits, positions)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(
            code_action_kinds=[types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]
        ),
    )
    def act(params: types.CodeActionParams) -> list[types.CodeAction]:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        span = positions.span(params.range)
        problems = server.problems(document)
        if document.is_query:
            profile = server.rules(document).profile
            offers = actions.actions(document.source, span, problems, profile)
        else:
            offers = actions.corrections(span, problems)
        converted = [convert.action(one, document.uri, positions) for one in offers]
        kinds = params.context.only
        return [a for a in converted if not kinds or _is_of(a, kinds)]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def may_rename(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        document = server.document(params.text_document.uri)
        positions = document.positions()
        offset = positions.offset(params.position)
        occurrences = rename.occurrences(document.query, offset, server.catalog(document))
        if occurrences is None:
            return None
        touched = next(s for s in occurrences.spans if s.start <= offset <= s.end)
        return types.PrepareRenamePlaceholder(positions.range(touched), occurrences.name)

    @server.feature(
        types.TEXT_DOCUMENT_RENAME,
        types.RenameOptions(prepare_provider=True),
    )
    def change_name(params: types.RenameParams) -> types.WorkspaceEdit:
        document = server.document(params.text_document.uri)
        if not document.is_query:
            raise JsonRpcException(
                "Names are changed in files of queries alone, not in queries inside other files.",
                types.LSPErrorCodes.RequestFailed,
            )
        positions = document.positions()
        offset = positions.offset(params.position)
        try:
            edits = rename.rename(document.query, offset, params.new_name, server.catalog(document))
        except RenameError as error:
            raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed) from None
        return types.WorkspaceEdit(changes={document.uri: convert.edits(edits, positions)})


def _is_of(action: types.CodeAction, kinds: Any) -> bool:
    """Whether an action is of a wanted kind or of one of its subkinds."""
    kind = str(getattr(action.kind, "value", action.kind))
    names = [str(getattr(w, "value", w)) for w in kinds]
    return any(kind == name or kind.startswith(f"{name}.") for name in names)
