"""Folding ranges: what an editor may hide below its first line."""

from __future__ import annotations

from collections.abc import Iterator

from usql.editor.context import CLAUSES
from usql.editor.ranges import Statement, statements, words
from usql.frozen import dataclass
from usql.language.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Fold:
    """A span of several lines that may be folded; ``is_comment`` for comments."""

    span: Span
    is_comment: bool = False


def ranges(text: str) -> list[Fold]:
    """Queries, clauses, brackets and comments that span several lines, in order; if two begin at
    the same place, the larger one comes first."""
    in_queries = [fold for statement in statements(text) for fold in _query(statement)]
    folds = [*in_queries, *_comments(text)]
    several = {f for f in folds if "\n" in text[f.span.start : f.span.end]}
    return sorted(several, key=lambda f: (f.span.start, -f.span.end))


def _query(statement: Statement) -> Iterator[Fold]:
    tokens = statement.tokens
    if not tokens:
        return
    yield Fold(Span(tokens[0].start, tokens[-1].end))
    open_: list[int] = []
    clause: int | None = None
    for index, token in enumerate(tokens):
        if token.type == "LPAR":
            open_.append(token.start)
        elif token.type == "RPAR" and open_:
            yield Fold(Span(open_.pop(), token.end))
        elif token.type in CLAUSES and not open_:
            if clause is not None:
                yield Fold(Span(clause, tokens[index - 1].end))
            clause = token.start
    if clause is not None:
        yield Fold(Span(clause, tokens[-1].end))


def _comments(text: str) -> Iterator[Fold]:
    """Each comment of several lines, and runs of comments on lines of their own."""
    run: Span | None = None
    for comment in words(text)[1]:
        line = text.rfind("\n", 0, comment.span.start) + 1
        if text[line : comment.span.start].strip():
            run = None
            if "\n" in comment.text:
                yield Fold(comment.span, is_comment=True)
            continue
        if run is not None and not text[run.end : comment.span.start].strip():
            run = Span(run.start, comment.span.end)
        else:
            if run is not None:
                yield Fold(run, is_comment=True)
            run = comment.span
    if run is not None:
        yield Fold(run, is_comment=True)
