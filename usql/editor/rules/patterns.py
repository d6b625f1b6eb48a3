"""``like-without-wildcard``: patterns that are plain texts (LANGUAGE.md §6)."""

from __future__ import annotations

from collections.abc import Iterator

from usql.catalog import FieldType
from usql.editor.rules.subject import Subject, bare
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic
from usql.language.formatter import quote
from usql.language.literals.like import Wildcard, parse_like
from usql.language.rules import Correction, Rule, Severity


def plain_patterns(subject: Subject) -> Iterator[Diagnostic]:
    """LIKE with a text without a wildcard."""
    for node in s.walk(subject.query):
        if not isinstance(node, s.Like) or not isinstance(node.left, s.Field):
            continue
        if subject.has_hole(node):
            continue
        pattern = bare(node.pattern)
        field = subject.resolve(node.left)
        if not isinstance(pattern, s.String) or field is None or not field.type.is_text:
            continue
        parts = parse_like(pattern.value).parts
        if any(isinstance(p, Wildcard) for p in parts):
            continue
        text = "".join(str(p) for p in parts)
        message = "The pattern has no wildcard (* % ?) and matches this exact text only."
        if "_" in text:
            message += " `_` is an ordinary character."
        fixes = []
        between = Span(node.left.span.end, node.span.end)
        if field.type is not FieldType.IP and not subject.holds_comment(between):
            op = "!=" if node.negated else "="
            edits = (
                Edit(Span(node.left.span.end, pattern.span.start), f" {op} "),
                Edit(pattern.span, quote(text)),
            )
            fixes.append(Fix(f"write {op}", edits))
        wider = quote(f"*{pattern.value}*")
        fixes.append(Fix(f"write {wider}", (Edit(pattern.span, wider),), is_guess=True))
        yield diagnostic("like-without-wildcard", message, pattern.span, fixes)


RULES = {
    plain_patterns: (
        Rule(
            "USQL610",
            "like-without-wildcard",
            Severity.WARNING,
            "6.2",
            "A LIKE pattern without a wildcard is an equality.",
            explanation="A pattern without `*`, `%` or `?` matches only its own text, so it is an equality; "
            "`_` is an ordinary character. The second correction puts `*` around the text; for an"
            " address it is the only one and asks a different question, so `--fix` does not apply"
            " it.",
            example='SELECT city FROM usersession WHERE country LIKE "Spain"',
            correction=Correction.SAFE,
        ),
    ),
}
"""What each check reports."""
