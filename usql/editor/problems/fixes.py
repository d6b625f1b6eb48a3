"""Applying corrections: one by one, or all safe ones at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from usql.language.diagnostics import Diagnostic, Edit, Fix, apply_fix
from usql.language.rules import RULES, Correction

_MOST_ROUNDS = 20
"""One correction may make another possible; texts settle after two or three rounds."""


def correction_of(problem: Diagnostic) -> Correction:
    """How the problem's first correction may be applied automatically."""
    return RULES[problem.name].correction


def is_safe(problem: Diagnostic) -> bool:
    """Whether the problem's first correction may be applied automatically."""
    return (
        bool(problem.fixes)
        and correction_of(problem) is Correction.SAFE
        and not problem.fixes[0].is_guess
    )


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits, which must not overlap."""
    return apply_fix(text, Fix("", tuple(edits)))


def fix_all(text: str, diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> str:
    """The text after the first correction of every diagnostic if it is safe; with ``unsafe`` also
    those that are not, except ones to be made by hand. Of corrections that touch the same place
    only the first is applied: check the new text and call again, or use :func:`settle`."""
    return apply(text, chosen_edits(diagnostics, unsafe=unsafe))


def chosen_edits(diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> list[Edit]:
    """The edits that :func:`fix_all` applies."""
    return [edit for fix in _chosen(diagnostics, unsafe) for edit in fix.edits]


def _chosen(diagnostics: Iterable[Diagnostic], unsafe: bool) -> list[Fix]:
    """The corrections that can be applied together: each that touches none before it."""
    chosen: list[Fix] = []
    for fix in _first_fixes(diagnostics, unsafe):
        edits = [edit for other in chosen for edit in other.edits]
        if not any(_touch(new, old) for new in fix.edits for old in edits):
            chosen.append(fix)
    return chosen


def settle(
    text: str,
    judge: Callable[[str], Sequence[Diagnostic]],
    *,
    unsafe: bool = False,
    keeps: Callable[[str], bool] = lambda _: True,
) -> tuple[str, int]:
    """Correct the text until nothing more can be corrected; returns the text and the number of
    corrections. A round is discarded if it would leave more errors than before, or a text that
    ``keeps`` rejects."""
    diagnostics, applied = judge(text), 0
    for _ in range(_MOST_ROUNDS):
        chosen = _chosen(diagnostics, unsafe)
        fixed = apply(text, (e for fix in chosen for e in fix.edits))
        remaining = judge(fixed)
        if fixed == text or _errors(remaining) > _errors(diagnostics) or not keeps(fixed):
            break
        text, diagnostics, applied = fixed, remaining, applied + len(chosen)
    return text, applied


def _errors(diagnostics: Iterable[Diagnostic]) -> int:
    return sum(d.is_error for d in diagnostics)


def _first_fixes(diagnostics: Iterable[Diagnostic], unsafe: bool) -> Iterator[Fix]:
    """The corrections by place, those of errors first, since errors may have caused the others."""
    listed = sorted(diagnostics, key=lambda d: (not d.is_error, d.span))
    for problem in listed:
        if is_safe(problem) or (
            unsafe and problem.fixes and correction_of(problem) is not Correction.BY_HAND
        ):
            yield problem.fixes[0]


def _touch(one: Edit, other: Edit) -> bool:
    """Whether two edits meet, also at their ends, where their order would matter."""
    return one.span.start <= other.span.end and other.span.start <= one.span.end
