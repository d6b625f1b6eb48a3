"""How many cells of a terminal texts take, of which accents and the parts of an emoji take none."""

from __future__ import annotations

from collections.abc import Iterator

from usql.harmless import LETTERS_JOINER


def width(text: str) -> int:
    """The cells that a text takes.

    >>> width("Linz"), width("東京"), width("👩\u200d👩\u200d👧")
    (4, 4, 2)
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # few texts need it

    # A joiner makes one sign of pictures, but of letters two that stand closer.
    return cell_len(LETTERS_JOINER.sub("", text))


def cut(text: str, most: int) -> str:
    """The text, which ends in ``…`` if it is wider than ``most`` cells, at least one; no cluster of
    characters is cut in two.

    >>> cut("Linz an der Donau", 5), cut("東京", 3)
    ('Linz…', '東…')
    """
    if width(text) <= most:
        return text
    if text.isascii():
        return text[: most - 1].rstrip() + "…"
    from rich.cells import split_graphemes

    end = room = 0
    for start, stop, _ in split_graphemes(text)[0]:
        room += width(text[start:stop])
        if room > most - 1:
            break
        end = stop
    return text[:end].rstrip() + "…"


def padded(text: str, to: int, *, is_right: bool = False) -> str:
    """The text with spaces beside it, ``to`` cells wide."""
    spaces = " " * (to - width(text))
    return spaces + text if is_right else text + spaces


def wrapped(text: str, to: int | None) -> Iterator[str]:
    """The lines of a sentence, none wider than ``to`` cells; words that are wider are cut.

    >>> list(wrapped("one two three", 8))
    ['one two', 'three']
    """
    line = ""
    for word in text.split(" ") if to is not None and width(text) > to else [text]:
        longer = f"{line} {word}" if line else word
        if to is None or width(longer) <= to:
            line = longer
            continue
        if line:
            yield line
        line = cut(word, to)
    yield line
