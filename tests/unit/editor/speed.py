"""How long the editor services take: ``python -m tests.unit.editor.speed``.

Every service is asked at every third offset of every query of ``tests/data/queries.txt``, in a text
that no service has seen before, as while typing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from tests.places import CORPUS
from usql.editor import completion, folding, hover, inlay, semantic, signature, symbols
from usql.editor.problems.validation import validate

SERVICES: dict[str, Callable[[str, int], object]] = {
    "complete": completion.complete,
    "complete at the end": lambda text, at: completion.complete(text[:at], at),
    "validate": lambda text, at: validate(text),
    "validate, unfinished": lambda text, at: validate(text[:at]),
    "hover": hover.hover,
    "signature help": signature.signature_help,
    "semantic tokens": lambda text, at: semantic.tokens(text),
    "folding": lambda text, at: folding.ranges(text),
    "symbols": lambda text, at: symbols.symbols(text),
    "inlay hints": lambda text, at: inlay.hints(text),
}


def places() -> Iterator[tuple[str, int]]:
    """Texts and offsets."""
    for line in CORPUS.read_text("utf-8").splitlines():
        if line and not line.startswith("--"):
            query = line.removeprefix("? ")
            for offset in range(0, len(query) + 1, 3):
                yield query, offset


def main() -> None:
    """Print a table of milliseconds."""
    given = list(places())
    completion.complete("", 0)  # the grammar is read once per process
    print(f"{len(given)} places; milliseconds of the processor: median, 99 %, most")
    for name, service in SERVICES.items():
        taken = []
        for number, (text, offset) in enumerate(given):
            fresh = f"{text} -- {name} {number}"
            began = time.thread_time()
            service(fresh, offset)
            taken.append((time.thread_time() - began) * 1000)
        taken.sort()
        rare = taken[int(len(taken) * 0.99)]
        print(f"{name:24} {statistics.median(taken):6.2f} {rare:6.2f} {taken[-1]:6.2f}")


if __name__ == "__main__":
    main()
