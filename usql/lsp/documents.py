"""The open documents, kept in step with the editor.

pygls takes every line end that Python knows for one, which the protocol does not: after a U+2028
in a string it would misplace every change. Its documents are kept, their arithmetic is not.
"""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.workspace import TextDocument, Workspace

from usql.lsp.positions import Positions


class Document(TextDocument):
    """A text document that changes by the positions of the protocol."""

    def positions(self) -> Positions:
        """The conversions for the text as it stands."""
        return Positions(self.source, self.position_codec.encoding or "utf-16")

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        text = self.source
        span = self.positions().span(change.range)
        self._source = text[: span.start] + change.text + text[span.end :]


class Documents(Workspace):
    """A workspace of such documents."""

    @classmethod
    def like(cls, other: Workspace) -> Documents:
        """An empty workspace with another one's folders and encoding."""
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
        """The document of this address; one that is not open is read from its file."""
        found = self.get_text_document(uri)
        assert isinstance(found, Document)
        try:
            _ = found.source
        except (OSError, UnicodeDecodeError) as error:
            raise JsonRpcInvalidParams(f"{uri} is not open and cannot be read: {error}") from error
        return found
