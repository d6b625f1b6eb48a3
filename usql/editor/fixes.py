"""Applying corrections: one by one, or all that are safe at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from usql.language.diagnostics import Diagnostic, Edit, Fix, apply_fix
from usql.language.rules import RULES, Correction

_MOST_ROUNDS = 20
"""One correction may make another possible; texts settle after two or three rounds."""


def correction_of(problem: Diagnostic) -> Correction:
    """What becomes of the problem's first correction where nobody looks at it."""
    return RULES[problem.name].correction


def is_safe(problem: Diagnostic) -> bool:
    """Whether the problem's first correction may be applied unseen."""
    return (
        bool(problem.fixes)
        and correction_of(problem) is Correction.SAFE
        and not problem.fixes[0].is_guess
    )


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits, which must not overlap."""
    return apply_fix(text, Fix("", tuple(edits)))


def fix_all(text: str, diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> str:
    """The text after the first correction of every diagnostic where it is safe; with ``unsafe``, of
    every one that is not to be made by hand. Of corrections that touch the same place only the first
    is applied: judge the new text and call again, or use :func:`settle`."""
    return apply(text, chosen_edits(diagnostics, unsafe=unsafe))


def chosen_edits(diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> list[Edit]:
    """The edits that :func:`fix_all` makes."""
    return [edit for fix in _chosen(diagnostics, unsafe) for edit in fix.edits]


def _chosen(diagnostics: Iterable[Diagnostic], unsafe: bool) -> list[Fix]:
    """The corrections to apply at once: those that come first and touch none before them."""
    chosen: list[Fix] = []
    for fix in _first_fixes(diagnostics, unsafe):
        taken = [edit for other in chosen for edit in other.edits]
        if not any(_touch(new, old) for new in fix.edits for old in taken):
            chosen.append(fix)
    return chosen


def settle(
    text: str,
    judge: Callable[[str], Sequence[Diagnostic]],
    *,
    unsafe: bool = False,
    keeps: Callable[[str], bool] = lambda _: True,
) -> tuple[str, int]:
    """Correct the text until nothing more can be corrected; the text, and how many corrections
    that took. A round that would leave more errors than before, or a text that is not one that
    ``keeps`` what is to be kept, is not taken."""
    found, applied = judge(text), 0
    for _ in range(_MOST_ROUNDS):
        chosen = _chosen(found, unsafe)
        mended = apply(text, (e for fix in chosen for e in fix.edits))
        left = judge(mended)
        if mended == text or _errors(left) > _errors(found) or not keeps(mended):
            break
        text, found, applied = mended, left, applied + len(chosen)
    return text, applied


def _errors(found: Iterable[Diagnostic]) -> int:
    return sum(d.is_error for d in found)


def _first_fixes(diagnostics: Iterable[Diagnostic], unsafe: bool) -> Iterator[Fix]:
    """The corrections by their place, errors first: they may have made the others."""
    listed = sorted(diagnostics, key=lambda d: (not d.is_error, d.span))
    for found in listed:
        if is_safe(found) or (
            unsafe and found.fixes and correction_of(found) is not Correction.BY_HAND
        ):
            yield found.fixes[0]


def _touch(one: Edit, other: Edit) -> bool:
    """Whether two edits meet, also at their ends: there their order would matter."""
    return one.span.start <= other.span.end and other.span.start <= one.span.end
