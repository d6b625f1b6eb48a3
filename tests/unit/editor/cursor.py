"""Texts with a ``|`` where the cursor stands."""

from __future__ import annotations

from usql.editor.completion import Completion


def split(marked: str) -> tuple[str, int]:
    """The text without its mark, and the mark's offset."""
    left, mark, right = marked.partition("|")
    assert mark, f"no cursor in {marked!r}"
    return left + right, len(left)


def applied(text: str, completion: Completion) -> str:
    """The text after a completion, with the cursor marked."""
    span, written = completion.edit.span, completion.edit.text
    made = text[: span.start] + written + text[span.end :]
    return made[: completion.cursor] + "|" + made[completion.cursor :]
