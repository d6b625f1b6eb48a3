"""Applying corrections: one by one, or all that are safe at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from usql.language.diagnostics import Diagnostic, Edit, Fix, apply_fix

SAFE = frozenset(
    """
    curly-quote double-equals backtick-alias count-star doubled-comma now-function duration
    clause-order having list-needs-in unqualified-field property-case
    like-without-wildcard order-without-effect use-in use-not-in unused-ignore
    """.split()
)
"""Rules whose first correction keeps the meaning, or says what can only have been meant."""

_MOST_ROUNDS = 20
"""One correction may make another possible; texts settle after two or three rounds."""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits, which must not overlap."""
    return apply_fix(text, Fix("", tuple(edits)))


def fix_all(text: str, diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> str:
    """The text after the first correction of every diagnostic of a ``SAFE`` rule; with ``unsafe``,
    of every one. Of corrections that touch the same place only the first is applied: judge the
    new text and call again, or use :func:`settle`."""
    return apply(text, chosen_edits(diagnostics, unsafe=unsafe))


def chosen_edits(diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> list[Edit]:
    """The edits of the corrections that :func:`fix_all` applies."""
    chosen: list[Edit] = []
    for fix in _first_fixes(diagnostics, unsafe):
        if not any(_touch(new, old) for new in fix.edits for old in chosen):
            chosen += fix.edits
    return chosen


def settle(
    text: str, judge: Callable[[str], Sequence[Diagnostic]], *, unsafe: bool = False
) -> tuple[str, int]:
    """Correct the text until nothing more can be corrected; the text, and how many problems went.

    A round that would leave more errors than before is not taken.
    """
    found = judge(text)
    at_first = len(found)
    for _ in range(_MOST_ROUNDS):
        mended = fix_all(text, found, unsafe=unsafe)
        if mended == text:
            break
        left = judge(mended)
        if _errors(left) > _errors(found):
            break
        text, found = mended, left
    return text, at_first - len(found)


def _errors(found: Iterable[Diagnostic]) -> int:
    return sum(d.is_error for d in found)


def _first_fixes(diagnostics: Iterable[Diagnostic], unsafe: bool) -> Iterator[Fix]:
    """The corrections by their place, errors first: they may have made the others."""
    listed = sorted(diagnostics, key=lambda d: (not d.is_error, d.span))
    for found in listed:
        if found.fixes and (unsafe or found.name in SAFE):
            yield found.fixes[0]


def _touch(one: Edit, other: Edit) -> bool:
    """Whether two edits meet, also at their ends: there their order would matter."""
    return one.span.start <= other.span.end and other.span.start <= one.span.end
