"""Formatting a text, or the queries that a selection touches, in the canonical layout."""

from __future__ import annotations

from collections.abc import Iterator

from usql.editor.ranges import Statement, queries, statements, words
from usql.frozen import dataclass
from usql.language.diagnostics import Edit, Span
from usql.language.formatter import format_query
from usql.language.lexer import Comment
from usql.language.parser import Parsed


@dataclass(frozen=True, slots=True)
class _Part:
    """A query with its comments and its ``;``, or only comments: the span, and the canonical
    text."""

    span: Span
    canonical: str


def format_text(text: str) -> str:
    """All queries of a text in their canonical layout, separated by empty lines; comments are kept.

    A query with syntax errors is left unchanged, since its words may still change.

    >>> print(format_text("select city from usersession; -- all\\nselect 1 from useraction"))
    SELECT city
    FROM usersession; -- all
    <BLANKLINE>
    SELECT 1 FROM useraction
    """
    return "\n\n".join(part.canonical for part in _parts(text))


def format_edits(text: str, span: Span | None = None) -> list[Edit]:
    """The edits that format a text, which then ends with a line break; or with ``span`` only the
    queries that it touches, without changing what stands between them.

    >>> format_edits("select city from usersession; select 1 from useraction", Span(32, 32))
    [Edit(span=Span(start=30, end=54), text='SELECT 1 FROM useraction')]
    """
    if span is None:
        whole = format_text(text) + "\n" if text.strip() else text
        return [] if whole == text else [Edit(Span(0, len(text)), whole)]
    edits = []
    for part in _parts(text):
        touched = part.span.start <= span.end and span.start <= part.span.end
        if touched and part.canonical != text[part.span.start : part.span.end]:
            edits.append(
                Edit(part.span, part.canonical + _gap(part.canonical, text[part.span.end :]))
            )
    return edits


def _gap(preceding: str, following: str) -> str:
    """The line break that keeps the following text out of a comment at the end of a query."""
    return "\n" if _ends_line(preceding) and following.partition("\n")[0].strip() else ""


def _ends_line(canonical: str) -> bool:
    """Whether anything written directly after it would be part of a comment."""
    last = next(reversed(words(canonical)[1]), None)
    return last is not None and last.text.startswith("--") and last.span.end == len(canonical)


def _parts(text: str) -> Iterator[_Part]:
    cut = statements(text)
    parsed = iter(queries(text))
    used = 0
    for index, statement in enumerate(cut):
        comments = statement.comments[used:]
        used = 0
        places = [*(t.span for t in statement.tokens), *(c.span for c in comments)]
        if not places:
            continue
        end = max(p.end for p in places)
        canonical = ""
        if statement.tokens:
            query = next(parsed)
            canonical = _canonical(query, comments)
            if query.has_semicolon:
                end = statement.span.end + 1
                after = () if _ends_line(canonical) else _comments_before(text, cut[index + 1])
                if after:
                    used, end = len(after), after[-1].span.end
                    canonical = _canonical(query, comments + after)
        place = Span(min(p.start for p in places), end)
        yield _Part(place, canonical or text[place.start : place.end])


def _canonical(parsed: Parsed, comments: tuple[Comment, ...]) -> str:
    """The canonical text of a query; empty for one that cannot be parsed."""
    if parsed.query is None or any(d.is_error for d in parsed.diagnostics):
        return ""
    return format_query(parsed.query, comments, ";" if parsed.has_semicolon else "")


def _comments_before(text: str, statement: Statement) -> tuple[Comment, ...]:
    """The comments at the beginning of a statement that are on the line of the ``;`` before it."""
    comments: list[Comment] = []
    end = statement.span.start
    for comment in statement.comments:
        if text[end : comment.span.start].strip(" \t"):
            break
        comments.append(comment)
        end = comment.span.end
    return tuple(comments)
