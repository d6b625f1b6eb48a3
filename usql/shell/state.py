"""What a shell knows, and does with queries and results."""

from __future__ import annotations

import contextlib
import io
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import usql
from usql.asking import QueryOptions
from usql.errors import Error
from usql.files import replacing_file
from usql.formats import BINARY, FORMATS
from usql.harmless import harmless
from usql.result.cells import counted
from usql.result.options import Options
from usql.result.remarks import warnings
from usql.result.terminal import draw
from usql.result.writing import write_result

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from usql.result import Result
    from usql.sessions import Sessions

    Draw = Callable[[Console], None]


class CommandError(Error):
    """A command cannot be done; the text says why."""


@dataclass(slots=True)
class Output:
    """A file that results go to instead of the screen, and how many it has got."""

    path: Path
    file: RawIOBase
    form: str
    results: int = 0

    def add(self, content: bytes) -> None:
        """Write a result whole, or nothing of it where the file has no room."""
        begin = self.file.tell() if self.file.seekable() else None
        left = memoryview(content)
        try:
            while left:
                left = left[self.file.write(left) :]
        except BaseException as error:
            if begin is not None:
                with contextlib.suppress(OSError):  # a device keeps what it got
                    self.file.seek(begin)
                    self.file.truncate()
            if isinstance(error, OSError):
                error.filename = os.fspath(self.path)
            raise


@dataclass
class State(ABC):
    """What the commands of a shell work with: results go to ``console``, all else that is said to
    ``notes``.

    ``options`` are those of :meth:`usql.Sessions.query` that hold for every query (timeframe,
    clock); ``page`` gives what draws a console: the screen, or the pager where that is too small.
    ``form`` is how results are written: one of ``usql.formats``, in CSV
    ``csv_safe``; a ``quiet`` shell prints no warnings about queries. ``result`` is the last result,
    ``load`` opens other data, by its names; ``opened`` counts how often it did. ``failures`` counts
    what could not be done, ``reading`` are the files that are being read. ``once`` is a file, with its
    format, that takes the next result in place of ``output``, whole or not at all.
    """

    sessions: Sessions
    console: Console
    notes: Console
    page: Callable[[Draw], None] | None = None
    profile: str = "dynatrace"
    options: Mapping[str, Any] = field(default_factory=dict)
    timing: bool = False
    csv_safe: bool = False
    quiet: bool = False
    form: str = "table"
    output: Output | None = None
    once: tuple[Path, str] | None = None
    load: Callable[[list[str]], Sessions] = usql.open
    opened: int = 0
    result: Result | None = None
    last_query: str | None = None
    failures: int = 0
    reading: set[Path] = field(default_factory=set)
    is_done: bool = False
    _elapsed: float = 0.0

    @abstractmethod
    def run_script(self, text: str) -> None:
        """Do all commands and queries of a script; after one that fails the others are done."""

    def ask(self, query: str) -> Result:
        """The result of a query, kept as the last one. Raises ``UsqlError`` if it is refused."""
        self.last_query = query
        began = time.perf_counter()
        options = QueryOptions(profile=self.profile, **self.options)
        self.result = self.sessions.ask(query, options)
        self._elapsed = time.perf_counter() - began
        self._remark(self.result)
        return self.result

    def _remark(self, result: Result) -> None:
        """Tell what the rows do not: the warnings about the query, and that the default limit cut."""
        for warning in () if self.quiet else warnings(result):
            self.note(warning, "yellow")
        if result.limit_note is not None:
            self.say(f"note: {result.limit_note}")

    def show(self, result: Result) -> None:
        """Write a result to where results go, in the form they are written in."""
        if self.once is not None:
            (path, form), self.once = self.once, None
            with replacing_file(path) as file:
                file.write(self._made(result, form))
            self._tell_written(result, path)
        elif self.output is not None:
            self._write(self.output, result)
        elif not self.console.is_terminal:
            look = replace(self._look, width=self.console.width)
            write_result(result, cast(TextIO, self.console.file), self.form, options=look)
        elif FORMATS[self.form].is_drawn:
            self._draw(lambda console: draw(result, console, self.form, self._look))
        else:
            draw(result, self.console, self.form, self._look)
        if self.timing:
            self.say(f"{self._elapsed * 1000:.1f} ms")

    def print(self, shown: RenderableType) -> None:
        """Print on the screen, through the pager if it is longer than that."""
        self._draw(lambda console: console.print(shown))

    def _draw(self, draw: Draw) -> None:
        if self.page is None:
            draw(self.console)
        else:
            self.page(draw)

    def say(self, text: str) -> None:
        """Print a sentence."""
        self.note(text, "dim", keep="")

    def tell(self, text: str) -> None:
        """Print a text of several lines, as it is but for control characters."""
        shown = harmless(text, keep="\n")
        self.console.print(shown, highlight=False, markup=False, soft_wrap=True, end="")

    def close(self) -> None:
        """Close the file that results go to."""
        if self.output is not None:
            self.output.file.close()
            self.output = None

    def open(self, names: list[str]) -> None:
        """Ask other data from now on: what was loaded before is let go, and stays where the new
        cannot be loaded."""
        sessions = self.load(names)
        for note in sessions.notes:
            self.say(f"note: {note}")
        self.sessions = sessions
        self.opened += 1

    def _write(self, output: Output, result: Result) -> None:
        if output.results and output.form in BINARY:
            raise CommandError(f"{output.path} holds one result; name another file with .output.")
        output.add(self._made(result, output.form))
        output.results += 1
        self._tell_written(result, output.path)

    def _made(self, result: Result, form: str) -> bytes:
        """What a file gets of a result."""
        made = io.BytesIO()
        write_result(result, made, form, options=self._look)
        return made.getvalue()

    def _tell_written(self, result: Result, path: Path) -> None:
        self.say(f"{counted(len(result), 'row')} written to {path}")

    @property
    def _look(self) -> Options:
        """How results look: the offset of the clock is shown where there is one."""
        offset = self.options.get("utc_offset") or None
        return Options(csv_safe=self.csv_safe, utc_offset=offset, with_limit_note=False)

    def note(self, text: str, style: str, keep: str = "\n") -> None:
        """Say something beside the results, in a style of rich."""
        shown = harmless(text, keep)
        # Drawings keep their lines, and so do pipes; on a screen a sentence breaks between words.
        is_wrapped = self.notes.is_terminal and "\n" not in shown
        self.notes.print(
            shown, style=style, highlight=False, markup=False, soft_wrap=not is_wrapped
        )
