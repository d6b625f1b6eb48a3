"""Sentences that count and name, for people."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 5


def counted(
    count: int, one: str, many: str, names: Sequence[str], separator: str = "; "
) -> list[str]:
    """A list with one sentence that counts, and names the first few of ``names``; empty if there is
    nothing to count. ``one`` says what one is, ``many`` what several are."""
    if not count:
        return []
    shown = names[:MOST_NAMED]
    more = f"{separator}and {count - len(shown)} more" if count > len(shown) else ""
    return [f"{count} {one if count == 1 else many}: {separator.join(shown)}{more}."]
