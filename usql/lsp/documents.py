"""The open documents, kept in step with the editor.

pygls treats every line end that Python knows as one, unlike the protocol: after a U+2028 in a
string it would misplace every change. So its documents are used, but not their arithmetic.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument, Workspace

from usql.editor.completion import Completion
from usql.editor.embedded import LANGUAGE_IDS, Embedded, find, language_of
from usql.errors import UnreadableError
from usql.frozen import dataclass
from usql.language.diagnostics import Span
from usql.lsp.positions import Positions


@dataclass(frozen=True, slots=True)
class Part:
    """The query at an offset of a document: its text, the offset in that text, and where it is
    embedded, ``None`` if it is the whole document."""

    text: str
    offset: int
    query: Embedded | None = None

    def span(self, span: Span) -> Span:
        """A span of the query as a span of the document."""
        return span if self.query is None else self.query.span(span)

    def offer(self, offer: Completion, place: int) -> Completion | None:
        """An offer at this offset of the document; ``None`` if it cannot be written there."""
        if self.query is None:
            return offer
        edit = self.query.edit(offer.edit)
        if edit is None or not edit.span.start <= place <= edit.span.end:
            return None
        inside = offer.cursor - offer.edit.span.start
        is_same = edit.text == offer.edit.text and inside <= len(edit.text)
        cursor = edit.span.start + (inside if is_same else len(edit.text))
        return replace(offer, edit=edit, cursor=cursor)


class Document(TextDocument):
    """A text document whose changes use the positions of the protocol."""

    _parsed: tuple[str, list[Embedded]] | None = None

    @property
    def language(self) -> str:
        """The language that its queries are embedded in, by the editor's name for it, else by the
        file's name."""
        known = LANGUAGE_IDS.get(self.language_id or "")
        return known or language_of(self.path or "")

    @property
    def is_query(self) -> bool:
        """Whether it contains only queries."""
        return self.language == "usql"

    @property
    def query(self) -> str:
        """The whole text if it contains only queries, else an empty text: requests about a whole
        document are not answered for queries embedded in it."""
        return self.source if self.is_query else ""

    @property
    def folder(self) -> Path | None:
        """The folder of its file, if it has one."""
        path = to_fs_path(self.uri) if self.uri.startswith("file:") else None
        return None if path is None else Path(path).parent

    def part(self, offset: int) -> Part | None:
        """The query at an offset; ``None`` if there is none."""
        if self.is_query:
            return Part(self.source, offset)
        for query in self._queries():
            index = query.index(offset)
            if index is not None:
                return Part(query.text, index, query)
        return None

    def _queries(self) -> list[Embedded]:
        text = self.source
        if self._parsed is None or self._parsed[0] != text:
            try:
                self._parsed = text, find(text, self.language)
            except UnreadableError:
                self._parsed = text, []
        return self._parsed[1]

    def positions(self) -> Positions:
        """The conversions for the current text."""
        return Positions(self.source, self.position_codec.encoding or "utf-16")

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        text = self.source
        span = self.positions().span(change.range)
        self._source = text[: span.start] + change.text + text[span.end :]


class Documents(Workspace):
    """A workspace of such documents."""

    @classmethod
    def like(cls, other: Workspace) -> Documents:
        """An empty workspace with the folders and encoding of another one."""
        return cls(
            other.root_uri,
            types.TextDocumentSyncKind.Incremental,
            list(other.folders.values()),
            other.position_encoding,
        )

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return Document(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            position_codec=self.position_codec,
        )

    def document(self, uri: str) -> Document:
        """The document with this address; one that is not open is read from its file."""
        document = self.get_text_document(uri)
        assert isinstance(document, Document)
        try:
            _ = document.source
        except (OSError, UnicodeDecodeError) as error:
            raise JsonRpcInvalidParams(f"{uri} is not open and cannot be read: {error}") from error
        return document
