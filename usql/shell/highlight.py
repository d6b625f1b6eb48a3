"""Colours and underlines in typed text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, _TokenType

from usql.language.diagnostics import Diagnostic
from usql.language.rules import Severity
from usql.pygments import UsqlLexer
from usql.shell.problems import query_begin

STYLE = Style.from_dict(
    {
        "keyword": "ansiblue bold",
        "function": "ansiyellow",
        "table": "ansicyan",
        "string": "ansigreen",
        "number": "ansimagenta",
        "variable": "ansimagenta",
        "comment": "ansibrightblack italic",
        "command": "bold",
        "error": "ansired underline",
        "warning": "underline",
        "bottom-toolbar": "noreverse",
        "toolbar.error": "ansired bold",
        "toolbar.warning": "ansiyellow bold",
        "toolbar.information": "ansiblue bold",
        "toolbar.key": "reverse",
        "toolbar.active": "bold underline",
        "toolbar.dim": "ansibrightblack",
        "prompt": "bold",
        "continuation": "ansibrightblack",
    }
)
"""The terminal's own colours, which the user has chosen."""

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Keyword, "class:keyword"),
    (Operator.Word, "class:keyword"),
    (Name.Function, "class:function"),
    (Name.Class, "class:table"),
    (Name.Variable, "class:variable"),
    (String, "class:string"),
    (Number, "class:number"),
    (Comment, "class:comment"),
    (Error, "class:error"),
)

Drawn = Callable[[Document], Sequence[Diagnostic]]


class QueryLexer(Lexer):
    """Colours the words of a query, and underlines the problems that ``drawn`` returns."""

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn

    def invalidation_hash(self) -> object:
        """The problems to underline, since colouring does not depend on the text alone."""
        return tuple(self._drawn(get_app().current_buffer.document))

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The styled pieces of each line."""
        text = document.text
        styles = _styles(text)
        # The document of the layout has no cursor.
        buffer = get_app().current_buffer
        for problem in self._drawn(buffer.document if buffer.text == text else document):
            kind = "error" if problem.severity is Severity.ERROR else "warning"
            end = max(problem.span.end, problem.span.start + 1)
            for at in range(problem.span.start, min(end, len(text))):
                styles[at] += f" class:{kind}"
        lines = list(_lines(text, styles))
        return lambda number: lines[number] if number < len(lines) else []


def _styles(text: str) -> list[str]:
    """The style of each character."""
    begin = query_begin(text)
    styles = ["class:command"] * begin
    for _, kind, piece in UsqlLexer().get_tokens_unprocessed(text[begin:]):
        style = next((style for known, style in _CLASSES if known in kind.split()), "")
        styles += [style] * len(piece)
    return styles


def _lines(text: str, styles: Sequence[str]) -> Iterable[StyleAndTextTuples]:
    line: StyleAndTextTuples = []
    for ch, style in zip(text, styles, strict=True):
        if ch == "\n":
            yield line
            line = []
        else:
            line.append((style, ch))
    yield line
