"""The hint below a query while it is being typed."""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_width

from usql.editor.signature import Signature
from usql.escape import escape_controls
from usql.language.diagnostics import Diagnostic
from usql.shell.problems import fixes

Units = Iterable[StyleAndTextTuples]
"""The pieces of a hint, between which a line may break."""

FIX_KEYS = ("f2", "f3", "f4")
"""The keys that apply the corrections which the hint lists."""


def problem_hint(problem: Diagnostic) -> Units:
    """What is wrong, and the keys that correct it."""
    severity = problem.severity.value
    yield [(f"class:toolbar.{severity}", f" {severity}")]
    yield from words(escape_controls(problem.message))
    for key, fix in zip(FIX_KEYS, fixes(problem), strict=False):
        yield [
            ("", "  "),
            ("class:toolbar.key", f" {key.upper()} "),
            ("", f" {escape_controls(fix.title)}"),
        ]


def signature_hint(signature: Signature) -> Units:
    """The signature, with the argument at the cursor marked, and what the function does."""
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
    """The units one after the other, none broken over two lines if it fits on one."""
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
