"""The lines of a piece of NDJSON, found without reading their JSON."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from usql.store.bad_data import NeedsSlowPath
from usql.store.loading.json.slow_path import WHITE

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Lines:
    """The nonblank lines of a piece, which end at ``ends``. :class:`NeedsSlowPath` where a value may
    continue in the next line: where a line does not begin and end with an object."""

    def __init__(self, text: bytes, ends: Ints) -> None:
        self.text = text
        data = np.frombuffer(text, dtype=np.uint8)
        if not text.endswith(b"\n"):
            ends = np.append(ends, len(text))
        self._ends = ends
        self._begins = np.concatenate(([0], ends[:-1] + 1))
        if not (
            (ends > self._begins).all()
            and (data[self._begins] == ord("{")).all()
            and (data[ends - 1] == ord("}")).all()
        ):
            self._strip()
        self.count = len(self._ends)

    def _strip(self) -> None:
        """The same, without white space around or in place of objects."""
        places = []
        for begin, end in zip(self._begins.tolist(), self._ends.tolist(), strict=True):
            line = self.text[begin:end].strip(WHITE)
            if line:
                if line[:1] != b"{" or line[-1:] != b"}":
                    raise NeedsSlowPath
                places.append((begin, end))
        self._begins = np.array([begin for begin, _ in places], dtype=np.int64)
        self._ends = np.array([end for _, end in places], dtype=np.int64)

    def line(self, place: int) -> bytes:
        """One of the lines."""
        return self.text[self._begins[place] : self._ends[place]]

    def of(self, chosen: Bools) -> bytes:
        """The text of the chosen lines, or of all if the chosen ones are many."""
        if 2 * np.count_nonzero(chosen) > self.count:
            return self.text
        return b"\n".join(map(self.line, np.flatnonzero(chosen).tolist()))


def line_ends(text: bytes) -> Ints:
    """Where each terminated line ends."""
    return np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n"))
