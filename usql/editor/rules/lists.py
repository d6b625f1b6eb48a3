"""``use-in`` and ``use-not-in``: several tests of one field that could be one list (LANGUAGE.md
§5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from usql.analysis.bound import FieldRef
from usql.editor.rules.subject import Subject, bare, is_open
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic
from usql.language.rules import Correction, Rule, Severity


@dataclass(frozen=True, slots=True)
class Listed:
    """A test that can be written as a list of values: ``field [NOT] IN (values)``."""

    field: s.Field
    values: tuple[s.Expression, ...]
    negated: bool


def listed(subject: Subject, node: s.Node) -> Listed | None:
    """An equality, an inequality or an ``IN`` as a list, also after NOT or in brackets."""
    match bare(node):
        case s.Not(part=part):
            inner = listed(subject, part)
            return inner and Listed(inner.field, inner.values, not inner.negated)
        case s.Comparison(op="=" | "!=" as op, left=left, right=right):
            field, values, negated = bare(left), (right,), op == "!="
        case s.In(left=left, values=s.ValueList(values=values), negated=negated):
            field = bare(left)
        case _:
            return None
    if not isinstance(field, s.Field) or subject.has_hole(node):
        return None
    if any(isinstance(bare(v), s.Null | s.ValueList) for v in values):
        return None  # NULL cannot stand in a list
    return Listed(field, values, negated)


def several_tests(subject: Subject) -> Iterator[Diagnostic]:
    """Equalities of one field joined by OR, and inequalities joined by AND."""
    for node in s.walk(subject.query):
        match node:
            case s.Or(parts=parts):
                yield from _several(subject, parts, negated=False)
            case s.And(parts=parts) if not is_open(node):
                yield from _several(subject, parts, negated=True)


def _several(subject: Subject, parts: Sequence[s.Node], negated: bool) -> Iterator[Diagnostic]:
    by_field: dict[FieldRef, list[s.Node]] = {}
    for part in parts:
        test = listed(subject, part)
        if test is None or test.negated != negated:
            continue
        field = subject.resolve(test.field)
        if field is not None:
            by_field.setdefault(field, []).append(part)
    for chosen in by_field.values():
        if len(chosen) < 2:
            continue
        name, word = ("use-not-in", "NOT IN") if negated else ("use-in", "IN")
        test = listed(subject, chosen[0])
        assert test is not None
        message = f"{len(chosen)} tests of `{subject.shown(test.field)}` are one {word}."
        span = Span(chosen[0].span.start, chosen[-1].span.end)
        fix = as_one_list(subject, parts, chosen)
        yield diagnostic(name, message, span, () if fix is None else (fix,))


def as_one_list(subject: Subject, parts: Sequence[s.Node], chosen: Sequence[s.Node]) -> Fix | None:
    """Replace the tests ``chosen`` among ``parts`` by one list in the place of the first; ``None``
    if that would delete a comment."""
    tests = [test for node in chosen if (test := listed(subject, node)) is not None]
    entries = dict.fromkeys(subject.source(v) for test in tests for v in test.values)
    word = "NOT IN" if tests[0].negated else "IN"
    written = f"{subject.source(tests[0].field)} {word} ({', '.join(entries)})"
    edits = [Edit(chosen[0].span, written)]
    at = {id(part): index for index, part in enumerate(parts)}
    for node in chosen[1:]:
        span = Span(parts[at[id(node)] - 1].span.end, node.span.end)
        if edits[-1].span.end == span.start:  # adjacent parts make one edit
            edits[-1] = Edit(Span(edits[-1].span.start, span.end), edits[-1].text)
        else:
            edits.append(Edit(span, ""))
    if any(subject.holds_comment(e.span) for e in edits):
        return None
    return Fix(f"write {word} with a list", tuple(edits))


RULES = {
    several_tests: (
        Rule(
            "USQL704",
            "use-in",
            Severity.INFORMATION,
            "5.4",
            "Several equalities of one field joined by OR are one IN.",
            explanation="Several equalities of one field joined by `OR` can be written as one `IN`.",
            example='SELECT city FROM usersession WHERE country = "Spain" OR country = "France"',
            correction=Correction.SAFE,
        ),
        Rule(
            "USQL705",
            "use-not-in",
            Severity.INFORMATION,
            "5.4",
            "Several inequalities of one field joined by AND are one NOT IN.",
            explanation="Several inequalities of one field joined by `AND` can be written as one `NOT IN`.",
            example='SELECT city FROM usersession WHERE country != "Spain" AND NOT country = "France"',
            correction=Correction.SAFE,
        ),
    ),
}
"""What each check reports."""
