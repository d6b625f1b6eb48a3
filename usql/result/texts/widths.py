"""The widths of texts in terminal cells, where accents and the parts of an emoji take none."""

from __future__ import annotations

from collections.abc import Iterator

from usql.escape import LETTERS_JOINER


def width(text: str) -> int:
    """The width of a text in cells.

    >>> width("Linz"), width("東京"), width("👩\u200d👩\u200d👧")
    (4, 4, 2)
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # imported late, since few texts need it

    # A joiner merges pictures into one sign, but letters only stand closer.
    return cell_len(LETTERS_JOINER.sub("", text))


def cut(text: str, most: int) -> str:
    """The text, cut and ended by ``…`` if it is wider than ``most`` cells (at least one); clusters
    of characters are not split.

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
    """The text, padded with spaces to ``to`` cells."""
    spaces = " " * (to - width(text))
    return spaces + text if is_right else text + spaces


def wrapped(text: str, to: int | None) -> Iterator[str]:
    """The lines of a sentence, at most ``to`` cells wide; wider words are split.

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
