"""What a shell knows and does, without a terminal: settings, queries, results, commands."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from usql.language.diagnostics import UsqlError
from usql.result.cells import counted
from usql.result.export import BINARY, write
from usql.result.terminal import plain_text
from usql.shell.statements import is_command, queries, statements

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from usql.result import Result
    from usql.sessions import Sessions


class CommandError(Exception):
    """A command can not be done; the text says why."""


@dataclass(slots=True)
class Output:
    """A file that results go to instead of the screen, and how many it has got."""

    path: Path
    file: BinaryIO
    form: str
    results: int = 0


@dataclass
class Shell:
    """Answers what is typed: results on ``console``, all else that is said on ``notes``.

    ``options`` are those of :meth:`usql.Sessions.query` that hold for every query (timeframe,
    clock); ``page`` shows a text that is longer than the screen. ``form`` is how results are
    written: ``table`` or a format of ``usql.result.export``. ``result`` is the last result,
    ``failures`` counts what could not be done, ``reading`` are the files that are being read.
    """

    sessions: Sessions
    console: Console
    notes: Console
    page: Callable[[str], None] | None = None
    profile: str = "dynatrace"
    options: Mapping[str, Any] = field(default_factory=dict)
    timing: bool = False
    form: str = "table"
    output: Output | None = None
    result: Result | None = None
    last_query: str | None = None
    failures: int = 0
    reading: set[Path] = field(default_factory=set)
    is_done: bool = False
    _elapsed: float = 0.0

    def run(self, text: str) -> None:
        """Do one thing that was typed: a command, or the queries of the text."""
        if is_command(text):
            self._guard(lambda: self._command(text.strip()))
            return
        for query in queries(text):
            self._guard(lambda query=query: self.show(self.ask(query)))  # type: ignore[misc]

    def run_script(self, text: str) -> None:
        """Do all commands and queries of a script; after one that fails the others are done."""
        for statement in statements(text):
            if self.is_done:
                break
            self.run(statement)

    def ask(self, query: str) -> Result:
        """The result of a query, kept as the last one. Raises ``UsqlError`` if it is refused."""
        self.last_query = query
        began = time.perf_counter()
        self.result = self.sessions.query(query, profile=self.profile, **self.options)
        self._elapsed = time.perf_counter() - began
        return self.result

    def show(self, result: Result) -> None:
        """Write a result to where results go, in the form they are written in."""
        if self.output is not None:
            self._write(self.output, result)
        elif self.form != "table":
            write(result, self.form, cast(TextIO, self.console.file))
        elif self.console.is_terminal:
            self.print(result)
        else:
            text = plain_text(result, self.console.width, most_rows=None)
            self.console.file.write(text + "\n")
        if self.timing:
            self.say(f"{self._elapsed * 1000:.1f} ms")

    def print(self, shown: RenderableType) -> None:
        """Print on the screen, through the pager if it is longer than that."""
        if self.page is None:
            self.console.print(shown)
            return
        with self.console.capture() as captured:
            self.console.print(shown)
        text = captured.get()
        if text.count("\n") >= self.console.size.height:
            self.page(text)
        else:
            self.console.file.write(text)

    def say(self, text: str) -> None:
        """Print a sentence."""
        self.notes.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Close the file that results go to."""
        if self.output is not None:
            self.output.file.close()
            self.output = None

    def _write(self, output: Output, result: Result) -> None:
        if output.results and output.form in BINARY:
            raise CommandError(f"{output.path} holds one result; name another file with .output.")
        if output.form == "table":
            text = plain_text(result, width=10_000, most_rows=None) + "\n"
            output.file.write(text.encode())
        else:
            write(result, output.form, output.file)
        output.file.flush()
        output.results += 1
        self.say(f"{counted(len(result), 'row')} written to {output.path}")

    def _command(self, text: str) -> None:
        from usql.shell.commands import run_command

        run_command(self, text)

    def _guard(self, action: Callable[[], None]) -> None:
        """Do it; what goes wrong is told and counted, and the shell goes on."""
        try:
            action()
        except UsqlError as error:
            self._fail(str(error))
        except (CommandError, ValueError, OSError) as error:
            self._fail(f"error: {error}")
        except KeyboardInterrupt:
            self._fail("interrupted")

    def _fail(self, text: str) -> None:
        self.failures += 1
        self.notes.print(text, style="red", highlight=False, markup=False, soft_wrap=True)
