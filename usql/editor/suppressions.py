"""``-- usql: ignore[rule, …]``: comments that silence rules.

Behind words of a query the comment is for its line. On a line of its own it is for the next line
with words, and before the first word of a query for the whole query. The text's own errors
(USQL1xx) cannot be silenced: what cannot be read cannot be judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from usql.catalog.names import near
from usql.frozen import dataclass
from usql.language import diagnostics as language
from usql.language.diagnostics import Diagnostic, Span, diagnostic
from usql.language.lexer import Comment
from usql.language.parser import Parsed
from usql.language.rules import RULES, Rule

_DIRECTIVE = re.compile(r"(?:--|/\*)\s*usql:\s*ignore\[([^\]]*)\]", re.IGNORECASE)
_NAME = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class Named:
    """One name in a comment and where it stands."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment: the rules it names, and the characters in which it silences them."""

    comment: Comment
    names: tuple[Named, ...]
    scope: Span


def rule_named(name: str) -> Rule | None:
    """The rule of this name or code, case ignored."""
    wanted = name.lower()
    return RULES.get(wanted) or next((r for r in RULES.values() if r.code.lower() == wanted), None)


def suppressions(text: str, parsed: Parsed) -> tuple[Suppression, ...]:
    """The directives among the comments of a query."""
    found = []
    for comment in parsed.comments:
        match = _DIRECTIVE.match(comment.text)
        if match is None:
            continue
        start = comment.span.start + match.start(1)
        names = tuple(
            Named(x[0], Span(start + x.start(), start + x.end())) for x in _NAME.finditer(match[1])
        )
        found.append(Suppression(comment, names, _scope(text, parsed, comment)))
    return tuple(found)


def without_directives(parsed: Parsed) -> Parsed:
    """The query without these comments: they are the checker's own, no comment to warn of."""
    kept = tuple(c for c in parsed.comments if not _DIRECTIVE.match(c.text))
    return parsed if len(kept) == len(parsed.comments) else replace(parsed, comments=kept)


def _scope(text: str, parsed: Parsed, comment: Comment) -> Span:
    line = text.rfind("\n", 0, comment.span.start) + 1
    if text[line : comment.span.start].strip():
        return Span(line, _line_end(text, comment.span.end))
    if comment.span.end <= parsed.span.start:
        return Span(comment.span.start, max(parsed.span.end, comment.span.end))
    after = comment.span.end
    for other in parsed.comments:  # a run of comments stands for the same line
        if other.span.start >= after and not text[after : other.span.start].strip():
            after = other.span.end
    word = len(text) - len(text[after:].lstrip())
    return Span(comment.span.start, _line_end(text, word))


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def silence(
    found: Iterable[Diagnostic], given: Sequence[Suppression], judged: Iterable[str]
) -> list[Diagnostic]:
    """What is left of the problems of one query, and the problems of the comments themselves.

    ``judged`` are the rules that were looked for: only of these a comment can be unused.
    """
    left: list[Diagnostic] = []
    used: set[Named] = set()
    for problem in found:
        silencers = [] if problem.code.startswith("USQL1") else _silencers(problem, given)
        used.update(silencers)
        if not silencers:
            left.append(problem)
    names = set(judged)
    for one in given:
        for named in one.names:
            rule = rule_named(named.name)
            if rule is None:
                left.append(_unknown(named))
            elif named not in used and rule.name in names:
                left.append(_unused(one, named))
    return left


def _silencers(problem: Diagnostic, given: Iterable[Suppression]) -> list[Named]:
    return [
        named
        for one in given
        if one.scope.start <= problem.span.start <= one.scope.end
        for named in one.names
        if named.name.lower() in (problem.name, problem.code.lower())
    ]


def _unknown(named: Named) -> Diagnostic:
    fixes = [language.replace(f"write {n}", named.span, n) for n in near(named.name, list(RULES))]
    return diagnostic("unknown-rule", f"There is no rule `{named.name}`.", named.span, fixes)


def _unused(one: Suppression, named: Named) -> Diagnostic:
    message = f"`{named.name}` reports nothing here."
    at = one.names.index(named)
    if len(one.names) == 1:
        span = one.comment.span
    elif at:
        span = Span(one.names[at - 1].span.end, named.span.end)
    else:
        span = Span(named.span.start, one.names[1].span.start)
    return diagnostic(
        "unused-ignore", message, named.span, [language.replace("remove it", span, "")]
    )
