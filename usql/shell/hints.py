"""What stands below a query while it is written."""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_width

from usql.editor.signature import Signature
from usql.harmless import harmless
from usql.language.diagnostics import Diagnostic
from usql.shell.problems import fixes

Units = Iterable[StyleAndTextTuples]
"""Pieces of a hint between which a line may break."""

FIX_KEYS = ("f2", "f3", "f4")
"""Each applies one of the corrections that the hint below the query lists."""


def problem_hint(found: Diagnostic) -> Units:
    """What is wrong, and the keys that mend it."""
    severity = found.severity.value
    yield [(f"class:toolbar.{severity}", f" {severity}")]
    yield from words(harmless(found.message))
    for key, fix in zip(FIX_KEYS, fixes(found), strict=False):
        yield [
            ("", "  "),
            ("class:toolbar.key", f" {key.upper()} "),
            ("", f" {harmless(fix.title)}"),
        ]


def signature_hint(signature: Signature) -> Units:
    """The signature, the argument at the cursor marked, and what the function does."""
    label = signature.label
    pieces: StyleAndTextTuples = [("", " ")]
    end = 0
    for number, span in enumerate(signature.parameters):
        style = "class:toolbar.active" if number == signature.active else ""
        pieces += [("", label[end : span.start]), (style, label[span.start : span.end])]
        end = span.end
    yield [*pieces, ("", label[end:] + " ")]
    yield from words(signature.function.meaning, "class:toolbar.dim")


def words(text: str, style: str = "") -> Units:
    """A sentence, which may break between any two words."""
    return ([(style, f" {word}")] for word in text.split())


def flow(units: Units, columns: int) -> StyleAndTextTuples:
    """Units one after the other, each whole on a line if it fits."""
    flowed: StyleAndTextTuples = []
    used = 0
    for unit in units:
        size = fragment_list_width(unit)
        if used and used + size > columns:
            flowed.append(("", "\n"))
            used = 0
        flowed += unit
        used += size
    return flowed
