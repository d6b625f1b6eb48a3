"""Code actions: corrections of reported problems, all corrections at once, or a comment that
silences a rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from usql.editor.inlay import hints
from usql.editor.problems.fixes import chosen_edits, correction_of
from usql.editor.problems.suppressions import suppressions
from usql.editor.ranges import query_at, words
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span
from usql.language.rules import Correction

_TEXT = "USQL1"
"""The first letters of the codes that no comment silences."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that an editor can offer to do: its title, its edits, and the problems that it
    fixes.

    ``is_preferred`` marks a correction that may be applied without a choice; ``is_fix_all`` the one
    for the whole text.
    """

    title: str
    edits: tuple[Edit, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    is_preferred: bool = False
    is_fix_all: bool = False


def actions(
    text: str, span: Span, diagnostics: Sequence[Diagnostic], profile: str = "dynatrace"
) -> list[Action]:
    """The actions for the problems that touch ``span``, and for the text as a whole.

    ``diagnostics`` are those of the whole text, as ``validate`` returns them.
    """
    touched = _touched(span, diagnostics)
    return [
        *_corrections(touched),
        *_written_limit(text, span, profile),
        *_every_correction(diagnostics),
        *_silenced(text, touched),
    ]


def corrections(span: Span, diagnostics: Sequence[Diagnostic]) -> list[Action]:
    """Only the corrections: for a file that contains queries but is not one."""
    return [*_corrections(_touched(span, diagnostics)), *_every_correction(diagnostics)]


def _touched(span: Span, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [d for d in diagnostics if d.span.start <= span.end and span.start <= d.span.end]


def _corrections(touched: Iterable[Diagnostic]) -> list[Action]:
    return [
        Action(_title(fix.title), fix.edits, (d,), is_preferred=number == 0 and _is_likely(d, fix))
        for d in touched
        for number, fix in enumerate(d.fixes)
    ]


def _every_correction(diagnostics: Sequence[Diagnostic]) -> list[Action]:
    every = tuple(chosen_edits(diagnostics))
    if not every:
        return []
    fixed = tuple(d for d in diagnostics if d.fixes and d.fixes[0].edits[0] in every)
    return [Action("Apply all safe corrections", every, fixed, is_fix_all=True)]


def _is_likely(problem: Diagnostic, fix: Fix) -> bool:
    """Whether the first correction may be applied without a choice: not if it changes what the
    query asks for."""
    return not fix.is_guess and correction_of(problem) is not Correction.BY_HAND


def _title(title: str) -> str:
    return title[:1].upper() + title[1:]


def _written_limit(text: str, span: Span, profile: str) -> list[Action]:
    """Writing out the default limit of a query without LIMIT."""
    return [Action(f"Write {h.label}", (h.edit,)) for h in hints(text, profile, span)]


def _silenced(text: str, touched: Iterable[Diagnostic]) -> list[Action]:
    """A comment at the end of the line, for each rule that a comment can silence."""
    actions = []
    for one in touched:
        edit = None if one.code.startswith(_TEXT) else _ignore(text, one)
        if edit is not None:
            actions.append(Action(f"Ignore {one.name} on this line", (edit,), (one,)))
    return actions


def _ignore(text: str, one: Diagnostic) -> Edit | None:
    """Add the rule's name to the line's ignore comment, or write a new one, before another comment
    if there is one; ``None`` if a string continues over the end of the line."""
    end = text.find("\n", one.span.start)
    end = len(text) if end < 0 else end
    tokens, comments = words(text)
    if any(t.start < end < t.end for t in tokens):
        return None
    line = text.rfind("\n", 0, one.span.start) + 1
    comment = next((c for c in comments if line <= c.span.start < end), None)
    if comment is None:
        return Edit(Span(end, end), f"  -- usql: ignore[{one.name}]")
    parsed = query_at(text, one.span.start)
    known = () if parsed is None else suppressions(text, parsed)
    names = next((s.names for s in known if s.comment == comment), ())
    if names:
        place = Span(names[-1].span.end, names[-1].span.end)
        return Edit(place, f", {one.name}")
    place = Span(comment.span.start, comment.span.start)
    return Edit(place, f"/* usql: ignore[{one.name}] */ ")
