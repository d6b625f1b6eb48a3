"""Lines made of dots: each character cell holds two by four of them (Unicode's Braille
patterns)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a cell, by row and column (Unicode, block Braille Patterns)."""
_BLANK = 0x2800


class Dots:
    """A canvas of ``width`` by ``height`` cells.

    >>> dots = Dots(4, 2)
    >>> dots.line([(0.0, 0.0), (1.0, 1.0)])
    >>> for row in dots.rows():
    ...     print("".join(piece for piece, _ in row).rstrip())
      ⡠⠊
    ⡠⠊
    """

    def __init__(self, width: int, height: int) -> None:
        self._across = width * 2
        self._down = height * 4
        self._bits = [[0] * width for _ in range(height)]
        self._colours: list[list[int | None]] = [[None] * width for _ in range(height)]

    def point(self, x: float, y: float, colour: int = 0) -> None:
        """Draw an isolated point as a small cross, since a single dot is easily overlooked."""
        across, down = self._nearest(x, y)
        for right, below in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)):
            if 0 <= across + right < self._across and 0 <= down + below < self._down:
                self._dot(across + right, down + below, colour)

    def line(self, points: Sequence[tuple[float, float]], colour: int = 0) -> None:
        """Join points, given as fractions of the width and of the height with the origin at the
        lower left. Later lines are drawn over earlier ones."""
        dots = [self._nearest(x, y) for x, y in points]
        for x, y in dots[:1]:
            self._dot(x, y, colour)
        for (x0, y0), (x1, y1) in pairwise(dots):
            steps = max(abs(x1 - x0), abs(y1 - y0), 1)
            for step in range(steps + 1):
                share = step / steps
                self._dot(round(x0 + (x1 - x0) * share), round(y0 + (y1 - y0) * share), colour)

    def rows(self) -> Iterator[list[tuple[str, int | None]]]:
        """Each row from the top, as pieces of one colour; the colour is ``None`` where nothing is
        drawn."""
        for bits, colours in zip(self._bits, self._colours, strict=True):
            pieces: list[tuple[str, int | None]] = []
            for cell, colour in zip(bits, colours, strict=True):
                character = chr(_BLANK + cell) if cell else " "
                if pieces and pieces[-1][1] == colour:
                    pieces[-1] = (pieces[-1][0] + character, colour)
                else:
                    pieces.append((character, colour))
            yield pieces

    def _nearest(self, x: float, y: float) -> tuple[int, int]:
        """The dot nearest to a point."""
        return round(x * (self._across - 1)), round((1 - y) * (self._down - 1))

    def _dot(self, x: int, y: int, colour: int) -> None:
        self._bits[y // 4][x // 2] |= _BITS[y % 4][x % 2]
        self._colours[y // 4][x // 2] = colour
