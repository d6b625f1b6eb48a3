"""Reads and draws the cases of ``tests/unit/editor/broken``; see the README there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from usql.analysis import Clock
from usql.editor.problems.validation import validate
from usql.language.diagnostics import Diagnostic, apply_fix

FOLDER = Path(__file__).parent / "broken"
CLOCK = Clock(1_772_500_000_000, 1_772_492_800_000, 1_772_500_000_000)
_MARK = re.compile(r" *(\^+…?|\|) (error|warning|information) [a-z-]+: .*")
_FIX = re.compile(r" *\+ .*")
_BREAK = "⏎"


@dataclass
class Case:
    """A query and what is expected of it, as the lines of the file."""

    name: str
    line: int
    profile: str = "dynatrace"
    query: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.query)

    def judge(self, text: str | None = None) -> list[Diagnostic]:
        """The problems of the case's query, or of another text in its place."""
        given = self.text if text is None else text
        return validate(given, profile=self.profile, clock=CLOCK)

    def drawn(self) -> list[str]:
        """The lines as they should stand in the file."""
        head = [] if self.profile == "dynatrace" else [f"profile: {self.profile}"]
        return head + list(draw(self.text, self.judge()))


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.usqltest"))


def read(path: Path) -> list[Case]:
    """The cases of a file."""
    cases: list[Case] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("=== "):
            cases.append(Case(line[4:], number))
        elif cases and line and not line.startswith("# "):
            case = cases[-1]
            case.lines.append(line)
            if line.startswith("profile: "):
                case.profile = line.removeprefix("profile: ")
            elif not _MARK.fullmatch(line) and not _FIX.fullmatch(line):
                case.query.append(line)
    return cases


def draw(text: str, found: Sequence[Diagnostic]) -> Iterator[str]:
    """The query, below each line what begins there, and below that the corrected texts."""
    start = 0
    for line in text.split("\n"):
        yield line
        stop = start + len(line)
        for problem in found:
            if start <= problem.span.start <= stop:
                yield from _draw_one(text, problem, start, stop)
        start = stop + 1


def _draw_one(text: str, problem: Diagnostic, start: int, stop: int) -> Iterator[str]:
    blank = " " * (problem.span.start - start)
    width = min(problem.span.end, stop) - problem.span.start
    mark = "^" * width + "…" * (problem.span.end > stop) if width else "|"
    yield f"{blank}{mark} {problem.severity.value} {problem.name}: {problem.message}"
    for fix in problem.fixes:
        yield f"{blank}+ {apply_fix(text, fix).replace(chr(10), _BREAK)}"


def complete() -> None:
    """Write what is found below every query of the folder."""
    for path in files():
        head: list[str] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("=== "):
                break
            head.append(line)
        blocks = ["\n".join([f"=== {case.name}", *case.drawn()]) for case in read(path)]
        text = "\n".join(head).rstrip()
        path.write_text("\n\n".join([text, *blocks]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    complete()
