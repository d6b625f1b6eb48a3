"""Formatting: a text, or the queries that a selection touches, in their canonical layout."""

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
    """A query with its comments and its ``;``, or comments alone: the characters, and the canonical
    text."""

    span: Span
    made: str


def format_text(text: str) -> str:
    """All queries of a text in their canonical layout, an empty line between two; comments stay.

    A query that cannot be read stays as it is: its words may still change.

    >>> print(format_text("select city from usersession; -- all\\nselect 1 from useraction"))
    SELECT city
    FROM usersession; -- all
    <BLANKLINE>
    SELECT 1 FROM useraction
    """
    return "\n\n".join(part.made for part in _parts(text))


def format_edits(text: str, span: Span | None = None) -> list[Edit]:
    """The edits that lay out a text, which then ends with a line break; or only those queries that
    touch ``span``, with what stands between them left alone.

    >>> format_edits("select city from usersession; select 1 from useraction", Span(32, 32))
    [Edit(span=Span(start=30, end=54), text='SELECT 1 FROM useraction')]
    """
    if span is None:
        whole = format_text(text) + "\n" if text.strip() else text
        return [] if whole == text else [Edit(Span(0, len(text)), whole)]
    edits = []
    for part in _parts(text):
        touched = part.span.start <= span.end and span.start <= part.span.end
        if touched and part.made != text[part.span.start : part.span.end]:
            edits.append(Edit(part.span, part.made + _gap(part.made, text[part.span.end :])))
    return edits


def _gap(made: str, following: str) -> str:
    """The line break that keeps what follows out of a comment at the end of a query."""
    return "\n" if _ends_line(made) and following.partition("\n")[0].strip() else ""


def _ends_line(made: str) -> bool:
    """Whether whatever is written behind would be part of a comment."""
    last = next(reversed(words(made)[1]), None)
    return last is not None and last.text.startswith("--") and last.span.end == len(made)


def _parts(text: str) -> Iterator[_Part]:
    cut = statements(text)
    parsed = iter(queries(text))
    taken = 0
    for index, statement in enumerate(cut):
        comments = statement.comments[taken:]
        taken = 0
        places = [*(t.span for t in statement.tokens), *(c.span for c in comments)]
        if not places:
            continue
        end = max(p.end for p in places)
        made = ""
        if statement.tokens:
            query = next(parsed)
            made = _made(query, comments)
            if query.has_semicolon:
                end = statement.span.end + 1
                behind = () if _ends_line(made) else _behind(text, cut[index + 1])
                if behind:
                    taken, end = len(behind), behind[-1].span.end
                    made = _made(query, comments + behind)
        place = Span(min(p.start for p in places), end)
        yield _Part(place, made or text[place.start : place.end])


def _made(parsed: Parsed, comments: tuple[Comment, ...]) -> str:
    """The canonical text of a query; nothing of one that cannot be read."""
    if parsed.query is None or any(d.is_error for d in parsed.diagnostics):
        return ""
    return format_query(parsed.query, comments, ";" if parsed.has_semicolon else "")


def _behind(text: str, statement: Statement) -> tuple[Comment, ...]:
    """The comments at the beginning of a statement on the line of the ``;`` before it."""
    found: list[Comment] = []
    end = statement.span.start
    for comment in statement.comments:
        if text[end : comment.span.start].strip(" \t"):
            break
        found.append(comment)
        end = comment.span.end
    return tuple(found)
