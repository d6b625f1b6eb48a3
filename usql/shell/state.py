"""The state of a shell, and what it does with queries and results."""

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
from usql.asking.question import QueryOptions
from usql.errors import Error
from usql.escape import escape_controls
from usql.files.atomic import replacing_file
from usql.formats import BINARY, FORMATS
from usql.result.options import Options
from usql.result.remarks import warnings
from usql.result.terminal import draw
from usql.result.texts.cells import counted
from usql.result.writing import write_result

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from usql.result import Result
    from usql.sessions import Sessions

    Draw = Callable[[Console], None]


class CommandError(Error):
    """A command failed; the text says why."""


@dataclass(slots=True)
class Output:
    """A file that results go to instead of the screen, and how many have been written."""

    path: Path
    file: RawIOBase
    form: str
    results: int = 0

    def add(self, content: bytes) -> None:
        """Write a result completely, or none of it if the file has no room."""
        begin = self.file.tell() if self.file.seekable() else None
        remaining = memoryview(content)
        try:
            while remaining:
                remaining = remaining[self.file.write(remaining) :]
        except BaseException as error:
            if begin is not None:
                with contextlib.suppress(OSError):  # a device cannot be truncated
                    self.file.seek(begin)
                    self.file.truncate()
            if isinstance(error, OSError):
                error.filename = os.fspath(self.path)
            raise


@dataclass
class State(ABC):
    """What the commands of a shell work with: results go to ``console``, everything else to
    ``notes``.

    ``options`` are the options of :meth:`usql.Sessions.query` for every query (timeframe, clock);
    ``page`` shows what is printed on a console, on the screen or, if that is too small, in the
    pager. ``form`` is the format of results, one of ``usql.formats``, with ``csv_safe`` for CSV; a
    ``quiet`` shell prints no warnings about queries. ``result`` is the latest result; ``load``
    opens other data by its names, and ``opened`` counts how often it did. ``failures`` counts
    failures; ``reading`` are the files that are being read. ``once`` is a file, with its format,
    that gets the next result in place of ``output``, completely or not at all.
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
        """Run all commands and queries of a script, including those after one that fails."""

    def ask(self, query: str) -> Result:
        """The result of a query, kept as the latest one. Raises ``UsqlError`` if it is refused."""
        self.last_query = query
        began = time.perf_counter()
        options = QueryOptions(profile=self.profile, **self.options)
        self.result = self.sessions.ask(query, options)
        self._elapsed = time.perf_counter() - began
        self._remark(self.result)
        return self.result

    def _remark(self, result: Result) -> None:
        """Print what the rows do not show: warnings about the query, and that the default limit cut
        rows."""
        for warning in () if self.quiet else warnings(result):
            self.note(warning, "yellow")
        if result.limit_note is not None:
            self.say(f"note: {result.limit_note}")

    def show(self, result: Result) -> None:
        """Write a result to where results go, in the current format."""
        if self.once is not None:
            (path, form), self.once = self.once, None
            with replacing_file(path) as file:
                file.write(self._encoded(result, form))
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
        """Print on the screen, through the pager if it is too long for that."""
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
        """Print a text of several lines, with control characters escaped."""
        shown = escape_controls(text, keep="\n")
        self.console.print(shown, highlight=False, markup=False, soft_wrap=True, end="")

    def close(self) -> None:
        """Close the file that results go to."""
        if self.output is not None:
            self.output.file.close()
            self.output = None

    def open(self, names: list[str]) -> None:
        """Use other data from now on, and release the data before it, which stays if the new data
        cannot be loaded."""
        sessions = self.load(names)
        for note in sessions.notes:
            self.say(f"note: {note}")
        self.sessions = sessions
        self.opened += 1

    def _write(self, output: Output, result: Result) -> None:
        if output.results and output.form in BINARY:
            raise CommandError(f"{output.path} holds one result; name another file with .output.")
        output.add(self._encoded(result, output.form))
        output.results += 1
        self._tell_written(result, output.path)

    def _encoded(self, result: Result, form: str) -> bytes:
        """A result as the bytes for a file."""
        buffer = io.BytesIO()
        write_result(result, buffer, form, options=self._look)
        return buffer.getvalue()

    def _tell_written(self, result: Result, path: Path) -> None:
        self.say(f"{counted(len(result), 'row')} written to {path}")

    @property
    def _look(self) -> Options:
        """How results look: times include the offset of the clock, if there is one."""
        offset = self.options.get("utc_offset") or None
        return Options(csv_safe=self.csv_safe, utc_offset=offset, with_limit_note=False)

    def note(self, text: str, style: str, keep: str = "\n") -> None:
        """Print something apart from the results, in a style of rich."""
        shown = escape_controls(text, keep)
        # Drawings and pipes keep their lines; on a screen a sentence breaks between words.
        is_wrapped = self.notes.is_terminal and "\n" not in shown
        self.notes.print(
            shown, style=style, highlight=False, markup=False, soft_wrap=not is_wrapped
        )
