"""``-- usql: ignore[rule, …]``: comments that silence rules.

After words of a query the comment applies to its line. On a line of its own it applies to the next
line with words, and before the first word of a query to the whole query. Syntax errors (USQL1xx)
cannot be silenced, since the rest of such a query cannot be checked.
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
class RuleName:
    """A name in a comment, and its place."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment: the rules that it names, and the span in which it silences them."""

    comment: Comment
    names: tuple[RuleName, ...]
    scope: Span


def rule_named(name: str) -> Rule | None:
    """The rule with this name or code, ignoring case."""
    lower = name.lower()
    return RULES.get(lower) or next((r for r in RULES.values() if r.code.lower() == lower), None)


def suppressions(text: str, parsed: Parsed) -> tuple[Suppression, ...]:
    """The ignore comments of a query."""
    comments = []
    for comment in parsed.comments:
        match = _DIRECTIVE.match(comment.text)
        if match is None:
            continue
        start = comment.span.start + match.start(1)
        names = tuple(
            RuleName(x[0], Span(start + x.start(), start + x.end()))
            for x in _NAME.finditer(match[1])
        )
        comments.append(Suppression(comment, names, _scope(text, parsed, comment)))
    return tuple(comments)


def without_directives(parsed: Parsed) -> Parsed:
    """The query without these comments, so that no rule about lost comments counts them."""
    comments = tuple(c for c in parsed.comments if not _DIRECTIVE.match(c.text))
    return parsed if len(comments) == len(parsed.comments) else replace(parsed, comments=comments)


def _scope(text: str, parsed: Parsed, comment: Comment) -> Span:
    line = text.rfind("\n", 0, comment.span.start) + 1
    if text[line : comment.span.start].strip():
        return Span(line, _line_end(text, comment.span.end))
    if comment.span.end <= parsed.span.start:
        return Span(comment.span.start, max(parsed.span.end, comment.span.end))
    after = comment.span.end
    for other in parsed.comments:  # consecutive comments apply to the same line
        if other.span.start >= after and not text[after : other.span.start].strip():
            after = other.span.end
    word = len(text) - len(text[after:].lstrip())
    return Span(comment.span.start, _line_end(text, word))


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def silence(
    diagnostics: Iterable[Diagnostic], directives: Sequence[Suppression], judged: Iterable[str]
) -> list[Diagnostic]:
    """The remaining problems of one query, and the problems of the comments themselves.

    ``judged`` are the rules that were checked: only for these can a comment be unused.
    """
    remaining: list[Diagnostic] = []
    used: set[RuleName] = set()
    for problem in diagnostics:
        silencers = [] if problem.code.startswith("USQL1") else _silencers(problem, directives)
        used.update(silencers)
        if not silencers:
            remaining.append(problem)
    names = set(judged)
    for one in directives:
        for rule_name in one.names:
            rule = rule_named(rule_name.name)
            if rule is None:
                remaining.append(_unknown(rule_name))
            elif rule_name not in used and rule.name in names:
                remaining.append(_unused(one, rule_name))
    return remaining


def _silencers(problem: Diagnostic, directives: Iterable[Suppression]) -> list[RuleName]:
    return [
        rule_name
        for one in directives
        if one.scope.start <= problem.span.start <= one.scope.end
        for rule_name in one.names
        if rule_name.name.lower() in (problem.name, problem.code.lower())
    ]


def _unknown(rule_name: RuleName) -> Diagnostic:
    fixes = [
        language.replace(f"write {n}", rule_name.span, n) for n in near(rule_name.name, list(RULES))
    ]
    return diagnostic(
        "unknown-rule", f"There is no rule `{rule_name.name}`.", rule_name.span, fixes
    )


def _unused(one: Suppression, rule_name: RuleName) -> Diagnostic:
    message = f"`{rule_name.name}` reports nothing here."
    at = one.names.index(rule_name)
    if len(one.names) == 1:
        span = one.comment.span
    elif at:
        span = Span(one.names[at - 1].span.end, rule_name.span.end)
    else:
        span = Span(rule_name.span.start, one.names[1].span.start)
    return diagnostic(
        "unused-ignore", message, rule_name.span, [language.replace("remove it", span, "")]
    )
