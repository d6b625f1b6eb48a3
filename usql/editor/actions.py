"""Code actions: the corrections of what was found, all at once, or a comment that silences it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from usql.editor.fixes import chosen_edits, correction_of
from usql.editor.inlay import hints
from usql.editor.ranges import query_at, words
from usql.editor.suppressions import suppressions
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span
from usql.language.rules import Correction

_TEXT = "USQL1"
"""The first letters of the codes that no comment silences."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that an editor offers to do: its title, the edits, and the problems it mends.

    ``is_preferred`` marks the correction to take without looking; ``is_fix_all`` the one of the
    whole text.
    """

    title: str
    edits: tuple[Edit, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    is_preferred: bool = False
    is_fix_all: bool = False


def actions(
    text: str, span: Span, diagnostics: Sequence[Diagnostic], profile: str = "dynatrace"
) -> list[Action]:
    """What can be done for the problems that touch ``span``, and for the text as a whole.

    ``diagnostics`` are those of the whole text, as ``validate`` gives them.
    """
    touched = _touched(span, diagnostics)
    return [
        *_corrections(touched),
        *_written_limit(text, span, profile),
        *_every_correction(diagnostics),
        *_silenced(text, touched),
    ]


def corrections(span: Span, diagnostics: Sequence[Diagnostic]) -> list[Action]:
    """The corrections alone: of a file with queries in it, whose text is no query."""
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
    mended = tuple(d for d in diagnostics if d.fixes and d.fixes[0].edits[0] in every)
    return [Action("Apply all safe corrections", every, mended, is_fix_all=True)]


def _is_likely(problem: Diagnostic, fix: Fix) -> bool:
    """Whether the first correction may be taken without looking: none that asks something else."""
    return not fix.is_guess and correction_of(problem) is not Correction.BY_HAND


def _title(title: str) -> str:
    return title[:1].upper() + title[1:]


def _written_limit(text: str, span: Span, profile: str) -> list[Action]:
    """Writing the limit that a query has without saying it."""
    return [Action(f"Write {h.label}", (h.edit,)) for h in hints(text, profile, span)]


def _silenced(text: str, touched: Iterable[Diagnostic]) -> list[Action]:
    """A comment behind the line, for each rule that a comment can silence."""
    found = []
    for one in touched:
        edit = None if one.code.startswith(_TEXT) else _ignore(text, one)
        if edit is not None:
            found.append(Action(f"Ignore {one.name} on this line", (edit,), (one,)))
    return found


def _ignore(text: str, one: Diagnostic) -> Edit | None:
    """Write the rule's name into the comment of its line: one that silences others already, a new
    one before another comment, or a new one; ``None`` where a string goes over the line's end."""
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
